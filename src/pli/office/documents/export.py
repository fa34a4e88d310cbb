"""The list of documents taken away as a workbook, with what is noted of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import FileResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from pli.documents.api import Document, DocumentKind, all_kinds, documents_found
from pli.office.access import StaffRequest, staff_required
from pli.office.documents.filters import read_filter
from pli.office.documents.values import spell_value
from pli.office.workbooks import EXPORTED_AT_MOST, spell_instant, workbook_response

_BATCH = 500


@require_GET
@staff_required()
def export(request: StaffRequest) -> FileResponse:
    """The list as it is filtered, the newest first: a column for each thing that the kinds shown note."""
    wanted = read_filter(request.GET)
    kinds = [kind for kind in all_kinds(request.actor) if wanted.kind in ("", kind.slug)]
    noted = list(dict.fromkeys(_label(field) for kind in kinds for field in kind.fields))
    found = documents_found(request.actor, wanted).order_by("-created_at", "-id")[:EXPORTED_AT_MOST]
    header = [_("Arrivé le"), _("Document"), _("Nature"), _("Code"), _("Client ou tiers"), _("Pages"), *noted]
    rows = (_spell(document, noted) for document in found.iterator(chunk_size=_BATCH))
    return workbook_response("documents", _("Documents"), header, rows)


def _label(field: dict[str, Any]) -> str:
    return str(field["label_en" if get_language() == "en" else "label_fr"])


def _spell(document: Document, noted: Sequence[str]) -> list[str]:
    party = document.party
    values = {label: value for label, value in _facts(document)}
    return [
        spell_instant(document.created_at), document.title, _kind_name(document.kind),
        party.code if party else "", party.name if party else "", str(document.page_count),
        *(values.get(label, "") for label in noted),
    ]  # fmt: skip


def _facts(document: Document) -> Iterator[tuple[str, str]]:
    for field in document.kind.fields:
        yield _label(field), spell_value(str(field.get("type", "text")), str(document.facts.get(field["name"], "")))


def _kind_name(kind: DocumentKind) -> str:
    return (kind.name_en if get_language() == "en" else "") or kind.name_fr
