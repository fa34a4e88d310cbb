"""Who listens to which event. ``journey`` subscribes; nobody else needs to."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from pli.journal.events import EventType
from pli.journal.models import Event

Handler = Callable[[Event], None]
Wanted = Callable[[UUID, str], bool]
"""Whether anybody in this organisation cares for events of this name: asked when they are recorded."""
_WANTED: dict[str, Wanted] = {}
_HANDLERS: dict[str, Handler] = {}
_BY_EVENT: dict[str, list[str]] = {}


def subscribe(kind: EventType, name: str, *, wanted: Wanted | None = None) -> Callable[[Handler], Handler]:
    """Register a handler under a lasting name. It runs at least once per event, inside a transaction
    that also marks the entry done: its database effects happen exactly once.

    ``wanted``: for a handler that most organisations have no use of; where it says no, no entry is written, which a
    print run of ten thousand documents is spared.
    """

    def register(handler: Handler) -> Handler:
        if name in _HANDLERS:
            raise ValueError(name)
        _HANDLERS[name] = handler
        if wanted is not None:
            _WANTED[name] = wanted
        _BY_EVENT.setdefault(kind.name, []).append(name)
        return handler

    return register


def handlers_of(event_name: str, organisation_id: UUID) -> list[str]:
    """The handlers subscribed to an event type that this organisation has a use of."""
    subscribed = _BY_EVENT.get(event_name, [])
    return [name for name in subscribed if name not in _WANTED or _WANTED[name](organisation_id, event_name)]


def handler_called(name: str) -> Handler | None:
    """The handler of that name, or None when it is gone from the code."""
    return _HANDLERS.get(name)
