"""The entrance of the journal."""

from pli.journal.dispatch import StuckEntry, dispatch_events, retry_entry, stuck_entries, sweep_outbox
from pli.journal.events import EventType, declare, declared
from pli.journal.models import Event
from pli.journal.outbox import subscribe
from pli.journal.services import Happening, record, record_many

__all__ = [
    "Event",
    "EventType",
    "Happening",
    "StuckEntry",
    "declare",
    "declared",
    "dispatch_events",
    "record",
    "record_many",
    "retry_entry",
    "stuck_entries",
    "subscribe",
    "sweep_outbox",
]
