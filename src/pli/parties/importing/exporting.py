"""Lists and reports as workbooks, safe to open: text is text, never a formula or a link."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from django.utils.translation import gettext as _

from pli.kit.clock import paris_day
from pli.parties.actors import Actor
from pli.parties.addresses import ADDRESS_FIELDS
from pli.parties.importing.columns import field_label
from pli.parties.importing.escaping import escape_cell
from pli.parties.models import Consent, LineOutcome, PartyImport, PartyKind
from pli.parties.planning import current_values
from pli.parties.problems import restore_problem
from pli.parties.queries import PartyFilter, iterate_parties
from pli.parties.validation import PARTY_FIELDS, readable_mobile

EXPORT_FIELDS = (*PARTY_FIELDS, *ADDRESS_FIELDS, "consent", "consent_date")


def write_workbook(target: Path, sheet: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Write one table of text, row by row with flat memory; gives the number of rows."""
    import xlsxwriter  # A second to load, for a few exports a day.

    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    count = 0
    with xlsxwriter.Workbook(str(target), options) as book:
        page = book.add_worksheet(sheet[:31])
        bold = book.add_format({"bold": True})
        page.freeze_panes(1, 0)
        page.set_column(0, max(len(header) - 1, 0), 20)
        for column, title in enumerate(header):
            page.write_string(0, column, escape_cell(title), bold)
        for count, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                if value:
                    page.write_string(count, column, escape_cell(value)[:32_000])
    return count


def export_parties(actor: Actor, *, kind: PartyKind, wanted: PartyFilter, target: Path) -> int:
    """The parties of a filter, in columns that an import reads back to « nothing to change »."""
    rows = (
        _row_of({**current_values(party, address), **_consent_of(party.consent, party.consent_at)})
        for party, address in iterate_parties(actor, kind, wanted)
    )
    return write_workbook(target, str(kind.label), [field_label(name) for name in EXPORT_FIELDS], rows)


def export_report(made: PartyImport, target: Path) -> int:
    """What an import did or would do, line by line, with the reason and the cure of each error."""
    header = [_("Ligne"), _("Résultat"), _("Code"), _("Nom"), _("Champ"), _("Avant"), _("Après"), _("Ce qui ne va pas"),
              _("Que faire")]  # fmt: skip
    return write_workbook(target, _("Rapport"), header, _report_rows(made))


def _report_rows(made: PartyImport) -> Iterable[list[str]]:
    for line in made.lines.order_by("number").iterator(chunk_size=2000):
        first = [str(line.number), str(LineOutcome(line.outcome).label), line.code, line.name]
        if line.outcome == LineOutcome.ERROR:
            for stored in line.problems:
                problem = restore_problem(stored)
                yield [*first, field_label(problem.field), "", "", problem.reason, problem.cure]
        elif line.outcome == LineOutcome.UPDATE:
            for name, old, new in line.changes:
                yield [*first, field_label(name), old, new, "", ""]
        else:
            yield first


def _row_of(values: dict[str, str]) -> list[str]:
    values["mobile"] = readable_mobile(values["mobile"])
    return [values[name] for name in EXPORT_FIELDS]


def _consent_of(consent: str, at: object) -> dict[str, str]:
    from datetime import datetime

    said = "" if consent == Consent.UNKNOWN else str(Consent(consent).label)
    day = paris_day(at).strftime("%d/%m/%Y") if said and isinstance(at, datetime) else ""
    return {"consent": said, "consent_date": day}
