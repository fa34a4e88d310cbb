"""The entrance of the journal."""

from pli.journal.events import EventType, declare, declared
from pli.journal.models import Event
from pli.journal.outbox import subscribe
from pli.journal.services import record

__all__ = ["Event", "EventType", "declare", "declared", "record", "subscribe"]
