"""The entrance of the journal."""

from pli.journal.anchors import (
    Timestamps,
    anchor_all,
    anchor_due,
    inclusion_proof,
    make_anchor,
    organisations,
    use_timestamps,
    waiting_anchors,
)
from pli.journal.catalogue import render_catalogue
from pli.journal.chain import chain_all, chain_events, entry_of
from pli.journal.checking import ChainCheck, check_chain
from pli.journal.dispatch import StuckEntry, dispatch_events, retry_entry, stuck_entries, sweep_outbox
from pli.journal.erasure import erase_personal
from pli.journal.events import EventType, declare, declared
from pli.journal.export import export_chain
from pli.journal.models import Anchor, Event
from pli.journal.outbox import subscribe
from pli.journal.queries import (
    ChainState,
    EventFilter,
    EventPage,
    chain_state,
    each_event,
    events_about,
    get_event,
    list_events,
)
from pli.journal.rows import Computed, insert_rows
from pli.journal.services import Happening, record, record_many
from pli.journal.verify_journal import ChainVerdict, verify_export, verify_inclusion, verify_proof

__all__ = [
    "Anchor",
    "ChainCheck",
    "ChainState",
    "ChainVerdict",
    "Computed",
    "Event",
    "EventFilter",
    "EventPage",
    "EventType",
    "Happening",
    "StuckEntry",
    "Timestamps",
    "anchor_all",
    "anchor_due",
    "chain_all",
    "chain_events",
    "chain_state",
    "check_chain",
    "declare",
    "declared",
    "dispatch_events",
    "each_event",
    "entry_of",
    "erase_personal",
    "events_about",
    "export_chain",
    "get_event",
    "inclusion_proof",
    "insert_rows",
    "list_events",
    "make_anchor",
    "organisations",
    "record",
    "record_many",
    "render_catalogue",
    "retry_entry",
    "stuck_entries",
    "subscribe",
    "sweep_outbox",
    "use_timestamps",
    "verify_export",
    "verify_inclusion",
    "verify_proof",
    "waiting_anchors",
]
