"""« À indexer »: whose turn it is, what was typed, and on to the next."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from pli.documents.api import FactsRefused, kinds_of
from pli.kit.errors import NotFound, PliError
from pli.kit.transitions import UnableToMove
from pli.office.access import StaffRequest, find_staff_actor, read_uuid, staff_required
from pli.office.documents.pickers import PartyUnknown, read_party, spell_party
from pli.office.errors import explain
from pli.office.indexing.desk import (
    OPEN_STATES,
    address_of,
    desk_of,
    find_kind,
    run_asked,
    typed_facts,
)
from pli.office.indexing.fields import fields_of
from pli.office.indexing.forms import NewPartyForm
from pli.office.recipes.views import field_choices
from pli.office.saying import say_refusal, show_problems
from pli.parties.api import PartyKind, Role, UnableToSave, create_party
from pli.processing.api import (
    LayoutOffer,
    RunPiece,
    complete_piece,
    get_piece,
    next_to_index,
    offer_layout,
    queue_to_index,
    readings_of,
    remember_layout,
)

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)


def count(request: HttpRequest) -> int:
    """How many documents wait to be indexed, for those who may."""
    actor = find_staff_actor(request) if request.user.is_authenticated else None
    return queue_to_index(actor).count() if actor and actor.role in WRITERS else 0


@never_cache
@require_GET
@staff_required()
def start(request: StaffRequest) -> HttpResponse:
    """The first of the queue, or word that it is empty."""
    run_id = run_asked(request)
    first = next_to_index(request.actor, run_id=run_id)
    return redirect(address_of(first, run_id)) if first else _answer(request, None)


@never_cache
@require_GET
@staff_required()
def piece(request: StaffRequest, piece_id: UUID) -> HttpResponse:
    """One document that waits: its pages and its form."""
    found = get_piece(request.actor, piece_id)
    if found.state not in OPEN_STATES:
        messages.info(request, _("Ce document n’attend plus : voici le suivant."))
        return _go_on(request, found)
    return _answer(request, found)


@never_cache
@require_GET
@staff_required()
def later(request: StaffRequest, piece_id: UUID) -> HttpResponse:
    """« Plus tard »: the next one; this one keeps its place."""
    return _go_on(request, get_piece(request.actor, piece_id))


@require_POST
@staff_required(*WRITERS)
def save(request: StaffRequest, piece_id: UUID) -> HttpResponse:
    """Keep what was typed and show the next document; what is wrong is said beside its field, nothing is lost."""
    found = get_piece(request.actor, piece_id)
    kind = find_kind(list(kinds_of(request.actor.organisation_id)), request.POST.get("kind", ""))
    if kind is None:
        raise NotFound
    given = typed_facts(request.POST) or {}
    known = {str(field["name"]) for field in kind.fields}
    try:
        party = read_party(request.actor, request.POST.get("party", ""))
        complete_piece(
            request.actor,
            piece_id,
            facts={name: value for name, value in given.items() if name in known},
            kind=kind.slug,
            party_id=party.id if party else None,
            title=request.POST.get("title", ""),
        )
    except FactsRefused as refused:
        return _answer(request, found, errors=refused.errors)
    except PartyUnknown as unknown:
        said = explain(unknown)
        return _answer(request, found, errors={}, refusal=f"{said.message} {said.remedy}")
    except UnableToMove:
        messages.info(request, _("Quelqu’un s’en est déjà occupé : voici le suivant."))
    else:
        messages.success(request, _("C’est enregistré : le document se classe."))
        if request.POST.get("remember"):
            _remember(request, piece_id)
        return _go_on(request, found, offer=offer_layout(request.actor, piece_id))
    return _go_on(request, found)


@require_POST
@staff_required(Role.ADMIN, Role.MANAGER)
def learn(request: StaffRequest, piece_id: UUID) -> HttpResponse:
    """The layout that was offered after papers typed alike; then on with the queue."""
    _remember(request, get_piece(request.actor, piece_id).id)
    return redirect("index:start")


def _remember(request: StaffRequest, piece_id: UUID) -> None:
    """« Mémoriser comme modèle », said in full: what it reads from now on, or why there is none."""
    try:
        layout = remember_layout(request.actor, piece_id)
    except PliError as refusal:
        say_refusal(request, refusal)
        return
    if layout is None:
        messages.info(request, _("Aucun modèle n’a été fait : ce qui a été saisi ne se retrouve pas sur la page."))
        return
    words = ngettext(
        "Le modèle « %(name)s » est fait : il lit %(n)s métadonnée.",
        "Le modèle « %(name)s » est fait : il lit %(n)s métadonnées.",
        count := len({rule["field"] for rule in layout.rules}),
    )
    messages.success(request, words % {"name": layout.name, "n": count})


@never_cache
@require_GET
@staff_required()
def fields(request: StaffRequest, piece_id: UUID) -> HttpResponse:
    """The fields of another kind, with what was typed already."""
    found = get_piece(request.actor, piece_id)
    kind = find_kind(list(kinds_of(request.actor.organisation_id)), request.GET.get("kind", ""))
    shown = fields_of(found, kind.fields if kind else (), given=typed_facts(request.GET), errors={})
    return render(request, "office/indexing/fields.html", {"fields": shown, "piece": found})


@never_cache
@require_GET
@staff_required()
def words(request: StaffRequest, piece_id: UUID, number: int) -> JsonResponse:
    """The words of the piece's page of that place (from 1): text, left, top, right, bottom as shares of the page."""
    found = get_piece(request.actor, piece_id)
    if not 1 <= number <= len(found.pages):
        raise NotFound
    page = found.pages[number - 1]
    reading = readings_of(found.run, [page]).get(page)
    told = [[word.text, *(round(side, 4) for side in word.box)] for word in reading.words] if reading else []
    return JsonResponse({"words": told})


@require_POST
@staff_required(*WRITERS)
def party(request: StaffRequest) -> HttpResponse:
    """A new record from the desk; the field then holds it."""
    form = NewPartyForm(request.POST)
    if form.is_valid():
        try:
            made = create_party(
                actor=request.actor, kind=PartyKind(form.cleaned_data.pop("party_kind")), values=form.cleaned_data
            )
        except UnableToSave as refusal:
            show_problems(form, refusal)
        else:
            response = render(request, "office/indexing/party_form.html", {"party_form": NewPartyForm()})
            response["HX-Trigger"] = json.dumps({"pli:party-created": {"word": spell_party(made)}})
            return response
    return render(request, "office/indexing/party_form.html", {"party_form": form}, status=422)


def _go_on(request: StaffRequest, after: RunPiece, *, offer: LayoutOffer | None = None) -> HttpResponse:
    run_id = run_asked(request)
    coming = next_to_index(request.actor, after=after, run_id=run_id)
    if coming is None and after.state == "TO_INDEX" and queue_to_index(request.actor, run_id).exists():
        coming = queue_to_index(request.actor, run_id).first()
    if request.headers.get("HX-Request") != "true":
        address = address_of(coming, run_id) if coming else reverse("index:start")
        return redirect(f"{address}{'&' if '?' in address else '?'}offer={offer.piece_id}" if offer else address)
    response = _answer(request, coming, is_new=True, offer=offer)
    response["HX-Push-Url"] = address_of(coming, run_id) if coming else reverse("index:start")
    return response


def _answer(
    request: StaffRequest,
    shown: RunPiece | None,
    *,
    errors: dict[str, str] | None = None,
    refusal: str = "",
    is_new: bool = False,
    offer: LayoutOffer | None = None,
) -> HttpResponse:
    """The desk with a piece on it, or cleared; the desk alone for htmx. With ``errors``: what was sent, refused."""
    if offer is None and (asked := read_uuid(request.GET.get("offer"))):
        offer = offer_layout(request.actor, asked)
    given = request.POST if errors is not None else None
    if shown is None:
        context: dict[str, Any] = {"can_write": request.actor.role != Role.AUDITOR}
    else:
        context = desk_of(request, shown, given=given, errors=errors, refusal=refusal)
    is_part = request.headers.get("HX-Request") == "true" and (is_new or request.method == "POST")
    context |= {"party_form": NewPartyForm(), "offer": offer, "offered": _labels(request, offer)}
    template = "office/indexing/desk.html" if is_part else "office/indexing/show.html"
    return render(request, template, context, status=422 if given is not None else 200)


def _labels(request: StaffRequest, offer: LayoutOffer | None) -> str:
    """The fields a layout would read, as the form calls them."""
    if offer is None:
        return ""
    kind = get_piece(request.actor, offer.piece_id).kind
    return ", ".join(label for name, label in field_choices(request.actor, kind) if name in offer.fields)
