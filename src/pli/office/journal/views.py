"""The journal read, filtered, exported, and its chain verified."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from uuid import UUID

from django.http import FileResponse, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from pli.journal.api import (
    ChainCheck,
    Event,
    EventFilter,
    chain_events,
    chain_state,
    check_chain,
    each_event,
    get_event,
    inclusion_proof,
    list_events,
)
from pli.kit.clock import PARIS
from pli.office.access import StaffRequest, read_uuid, staff_required
from pli.office.journal.naming import actor_choices, rows_of
from pli.office.journal.taking_away import zipped_export
from pli.office.journal.words import SUBJECTS, event_choices, names_matching
from pli.office.workbooks import EXPORTED_AT_MOST, spell_instant, workbook_response
from pli.parties.api import Role
from pli.signing.api import trust_store
from pli.trust.api import verify_timestamp

READERS = (Role.ADMIN, Role.MANAGER, Role.AUDITOR)
_FILTERS = ("name", "actor", "subject", "id", "since", "until", "q")
COUNTS = (1_000, 10_000, 50_000)
_CHUNK = 500


def _read_filter(query: QueryDict) -> EventFilter:
    """The filter of a page's address; what it misspells narrows nothing."""

    def midnight(name: str, plus: int = 0) -> datetime | None:
        try:
            day = date.fromisoformat(query.get(name, ""))
            return datetime.combine(day + timedelta(days=plus), time(), PARIS)
        except (ValueError, OverflowError):
            return None

    def word(name: str, most: int) -> str:
        return query.get(name, "").replace("\x00", "")[:most]

    text = word("q", 200)
    return EventFilter(
        name=word("name", 80),
        actor=word("actor", 80),
        subject_type=word("subject", 40),
        subject_id=read_uuid(query.get("id")),
        since=midnight("since"),
        until=midnight("until", 1),
        text=text,
        also=names_matching(text),
    )


@never_cache
@require_GET
@staff_required(*READERS)
def listing(request: StaffRequest) -> HttpResponse:
    """Newest first; all of the filter stands in the address."""
    return _show(request)


def _show(request: StaffRequest, check: ChainCheck | None = None) -> HttpResponse:
    actor, here = request.actor, reverse("journal:list")
    page = list_events(actor.organisation_id, _read_filter(request.GET), key=request.GET.get("after", ""))
    query = request.GET.copy()
    query.pop("after", None)
    more = query.copy()
    more["after"] = page.next_key
    context = {
        "rows": rows_of(actor, page.events),
        "next_url": f"{here}?{more.urlencode()}" if page.next_key else "",
        "first_url": f"{here}?{query.urlencode()}" if request.GET.get("after") else "",
        "is_filtered": any(request.GET.get(name) for name in _FILTERS),
        "wanted": request.GET,
        "query": query.urlencode(),
        "kinds": event_choices(),
        "actors": actor_choices(actor),
        "subjects": sorted(SUBJECTS.items(), key=lambda pair: str(pair[1])),
        "state": chain_state(actor.organisation_id),
        "check": check,
        "counts": COUNTS,
    }
    return render(request, "office/journal/list.html", context)


@never_cache
@require_POST
@staff_required(*READERS)
def verify(request: StaffRequest) -> HttpResponse:
    """Recompute the chain of the last entries, and check the anchors among them with their timestamps."""
    try:
        count = int(request.POST.get("count", ""))
    except ValueError:
        count = COUNTS[0]
    organisation_id = request.actor.organisation_id
    chain_events(organisation_id)
    check = check_chain(organisation_id, count=count, verify_token=_is_token_good)
    return _show(request, check)


def _is_token_good(token: bytes, digest: bytes) -> bool:
    # An authority whose root is not in the store still dates the digest; trust in it is said by the proof's reader.
    return verify_timestamp(token, digest, trust_store().roots()).is_intact


@require_GET
@staff_required(*READERS)
def export(request: StaffRequest) -> FileResponse:
    """The list as it is filtered, for a spreadsheet."""
    header = [_("Instant"), _("Événement"), _("Type"), _("Qui"), _("Objet"), _("Nom de l’objet"), _("Identifiant"),
              _("Position"), _("Empreinte de chaîne"), _("Données")]  # fmt: skip
    found = islice(each_event(request.actor.organisation_id, _read_filter(request.GET)), EXPORTED_AT_MOST)
    return workbook_response("journal", _("Journal"), header, _cells(request, found))


def _cells(request: StaffRequest, events: Iterator[Event]) -> Iterator[list[str]]:
    while chunk := list(islice(events, _CHUNK)):
        for row in rows_of(request.actor, chunk):
            event = row.event
            data = json.dumps({**event.data, **(event.personal or {})}, ensure_ascii=False, default=str)
            yield [
                spell_instant(event.occurred_at), str(row.words), event.name, row.who, str(row.kind), row.label,
                str(event.subject_id), str(event.position or ""), event.chain_hash, data,
            ]  # fmt: skip


@require_GET
@staff_required(*READERS)
def proof(request: StaffRequest, event_id: UUID) -> HttpResponse:
    """The inclusion proof of one entry, to be checked by verify_journal.py --proof."""
    organisation_id = request.actor.organisation_id
    event = get_event(organisation_id, event_id)
    found = inclusion_proof(event.id, organisation_id=organisation_id)
    response = HttpResponse(json.dumps(found, ensure_ascii=False, indent=1), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="preuve-{event.position}.json"'
    return response


@require_POST
@staff_required(*READERS)
def export_chain_zip(request: StaffRequest) -> FileResponse:
    """The whole journal as an archive that proves itself, without Pli."""
    return FileResponse(
        zipped_export(request.actor), as_attachment=True, filename="journal-de-preuve.zip",
        content_type="application/zip",
    )  # fmt: skip
