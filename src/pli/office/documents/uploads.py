"""The upload page: files arrive one by one with their progress, and their documents appear as they are filed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.db import transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from pli.capture.api import BlobUpload, BlobUploadHandler, Capture, Wishes, captures_for, receive
from pli.documents.api import kinds_of
from pli.kit.ids import new_id
from pli.office.access import StaffRequest, read_uuid, staff_required
from pli.office.documents.pickers import read_party, spell_party
from pli.office.errors import wants_json
from pli.office.runs.lots import Lot, lots_of
from pli.office.runs.words import explain_problem
from pli.parties.api import Role, get_party
from pli.processing.api import recipes_for

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)
MOST_FOLLOWED = 200
"""On the page of arrivals and in its address, which can’t be of any length. ``upload.js`` knows it."""


@csrf_exempt  # The handlers must be set before anything reads the body; upload_checked then checks the token.
@require_http_methods(["GET", "POST"])
def upload(request: HttpRequest) -> Any:
    """Show the page, or take files."""
    if not request.user.is_authenticated:
        # Before a byte of the body is read: a stranger fills no disk.
        return redirect_to_login(request.get_full_path())
    if request.method == "POST":
        request.upload_handlers = [BlobUploadHandler(request)]
    return upload_checked(request)


@csrf_protect
@staff_required(*WRITERS)
def upload_checked(request: StaffRequest) -> HttpResponse:
    """The page, or the files of one POST, each durable before the answer."""
    if request.method == "GET":
        return render(request, "office/documents/upload.html", _page(request))
    captures = _receive_all(request)
    if wants_json(request):
        return JsonResponse({"captures": [str(capture.id) for capture in captures]}, status=201)
    followed = [("capture", str(capture.id)) for capture in captures[:MOST_FOLLOWED]]
    beyond = [("more", str(len(captures) - MOST_FOLLOWED))] if len(captures) > MOST_FOLLOWED else []
    return redirect(f"{request.path}arrivals?{urlencode(followed + beyond)}")


def _page(request: StaffRequest) -> dict[str, object]:
    party_id = read_uuid(request.GET.get("party"))
    party = get_party(request.actor, party_id) if party_id else None
    return {
        "kinds": kinds_of(request.actor.organisation_id),
        "kind": request.GET.get("kind", ""),
        "recipes": list(recipes_for(request.actor).filter(is_active=True)),
        "party": spell_party(party) if party else "",
    }


@transaction.atomic
def _receive_all(request: StaffRequest) -> list[Capture]:
    """All files of a form or none: who reads that one was refused sends them all again."""
    fields = {**request.GET.dict(), **request.POST.dict()}
    party = read_party(request.actor, str(fields.get("party", "")))
    wishes = Wishes(
        kind=str(fields.get("kind") or "other"),
        party_id=party.id if party else None,
        recipe_id=_recipe(request, fields),
    )
    files: Sequence[object] = request.FILES.getlist("files")
    captures = []
    for file in files:
        if not isinstance(file, BlobUpload):
            raise TypeError("an upload that was not streamed to the store")
        capture, _is_new = receive(
            request.actor,
            channel="upload",
            stored=file.keep(),
            file_name=file.name or "document.pdf",
            source_key=str(new_id()),
            wishes=wishes,
        )
        captures.append(capture)
    return captures


def _recipe(request: StaffRequest, fields: Mapping[str, object]) -> UUID | None:
    """The recipe chosen; one that is gone counts as none chosen."""
    wanted = read_uuid(fields.get("recipe"))
    found = recipes_for(request.actor).filter(id=wanted, is_active=True).first() if wanted else None
    return found.id if found else None


@require_GET
@staff_required()
def arrivals(request: StaffRequest) -> HttpResponse:
    """What just arrived, live until every file is filed or parked."""
    wanted = [found for found in map(read_uuid, request.GET.getlist("capture")[:MOST_FOLLOWED]) if found]
    captures = list(captures_for(request.actor).filter(id__in=wanted).order_by("received_at", "id"))
    wished = read_uuid(captures[0].wishes.get("party_id")) if captures else None
    lots = lots_of(request.actor, [capture.id for capture in captures if capture.state == "PASSED"])
    going = sum(capture.state == "PASSED" and _goes_on(lots.get(capture.id)) for capture in captures)
    context = {
        "captures": captures,
        "rows": [
            (capture, lots.get(capture.id), explain_problem(capture.problem_code, capture.problem))
            for capture in captures
        ],
        "more": _count_told(request.GET.get("more", "")),
        "can_classify": any(capture.state != "PASSED" for capture in captures),
        "party": spell_party(get_party(request.actor, wished)) if wished else "",
        "pending": going + sum(capture.state == "RECEIVED" for capture in captures),
        "query": "&".join(f"capture={capture.id}" for capture in captures),
        "kinds": kinds_of(request.actor.organisation_id),
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, f"office/documents/{'arrivals_list' if part else 'arrivals'}.html", context)


def _count_told(said: str) -> int:
    """A number of files in an address; 0 for anything else."""
    return int(said) if said.isascii() and said.isdigit() and len(said) < 7 else 0


def _goes_on(lot: Lot | None) -> bool:
    """Whether a file handed to a recipe is still worked on; its run may not have begun yet."""
    return lot is None or lot.is_going


def read_ids(values: list[str]) -> list[UUID]:
    """The UUIDs among ``values``, in order, each once."""
    return list(dict.fromkeys(found for found in map(read_uuid, values) if found))
