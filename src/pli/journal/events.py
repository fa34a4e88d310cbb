"""Event types: each says what it means and which of its fields are personal."""

from __future__ import annotations

from dataclasses import dataclass

_DECLARED: dict[str, EventType] = {}


@dataclass(frozen=True)
class EventType:
    """A kind of event, named ``room.noun-verbed``."""

    name: str
    meaning: str
    fields: frozenset[str] = frozenset()
    personal: frozenset[str] = frozenset()


def declare(name: str, meaning: str, *, fields: tuple[str, ...] = (), personal: tuple[str, ...] = ()) -> EventType:
    """Declare an event type, once per process.

    :raises ValueError: when the name is taken.
    """
    if name in _DECLARED:
        raise ValueError(name)
    kind = EventType(name, meaning, frozenset(fields), frozenset(personal))
    _DECLARED[name] = kind
    return kind


def declared() -> dict[str, EventType]:
    """Every declared type by its name."""
    return dict(sorted(_DECLARED.items()))
