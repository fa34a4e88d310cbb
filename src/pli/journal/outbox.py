"""Who listens to which event. ``journey`` subscribes; nobody else needs to."""

from __future__ import annotations

from collections.abc import Callable

from pli.journal.events import EventType
from pli.journal.models import Event

Handler = Callable[[Event], None]
_HANDLERS: dict[str, Handler] = {}
_BY_EVENT: dict[str, list[str]] = {}


def subscribe(kind: EventType, name: str) -> Callable[[Handler], Handler]:
    """Register a handler under a lasting name. It runs at least once per event, inside a transaction
    that also marks the entry done: its database effects happen exactly once."""

    def register(handler: Handler) -> Handler:
        if name in _HANDLERS:
            raise ValueError(name)
        _HANDLERS[name] = handler
        _BY_EVENT.setdefault(kind.name, []).append(name)
        return handler

    return register


def handlers_of(event_name: str) -> list[str]:
    """The handlers subscribed to an event type."""
    return _BY_EVENT.get(event_name, [])


def handler_called(name: str) -> Handler | None:
    """The handler of that name, or None when it is gone from the code."""
    return _HANDLERS.get(name)
