"""An organisation's statement as files."""

from __future__ import annotations

from pli.billing.ledger import balance_of
from pli.billing.papers import PRINTED_ENTRIES, draw_statement, spell_day, write_statement_workbook
from pli.billing.queries import EntryFilter, entries_for
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.parties.api import Actor, get_organisation

MOST_EXPORTED = 100_000


def print_statement(actor: Actor, wanted: EntryFilter, *, clock: Clock = SYSTEM_CLOCK) -> bytes:
    """The last entries that match, oldest first, as PDF: at most 2,000, the workbook has them all.

    :raises NotAllowed: for a role that does not see them.
    """
    found = entries_for(actor, wanted).select_related("usage").order_by("-number")[:PRINTED_ENTRIES]
    period = " – ".join(spell_day(day) for day in (wanted.since, wanted.until) if day)
    return draw_statement(
        get_organisation(actor),
        list(found)[::-1],
        period=period,
        balance=balance_of(actor.organisation_id),
        made_at=clock.now(),
    )


def export_statement(actor: Actor, wanted: EntryFilter, *, clock: Clock = SYSTEM_CLOCK) -> bytes:
    """The entries that match as a workbook.

    :raises NotAllowed: for a role that does not see them.
    """
    found = entries_for(actor, wanted).select_related("usage").order_by("number")[:MOST_EXPORTED]
    return write_statement_workbook(found.iterator(chunk_size=1000), made_at=clock.now())
