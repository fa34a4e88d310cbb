"""Screens of requests for signature: the list, the request itself, its follow-up."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.documents.api import Document, existing_blob_path, get_for
from pli.journal.api import events_about
from pli.kit.clock import SYSTEM_CLOCK, paris_day
from pli.kit.errors import NotFound, PliError
from pli.kit.ids import new_id
from pli.notifications.api import messages_about
from pli.office.access import StaffRequest, read_uuid, staff_required
from pli.office.documents.uploads import read_ids
from pli.office.signatures.chronology import chronology
from pli.office.signatures.people import (
    OPTIONS,
    find_people,
    organisation_of,
    people_of,
    read_rows,
    read_signers,
    sender_of,
)
from pli.parties.api import Role
from pli.signing.api import (
    CEREMONY,
    SIGNER,
    Ceremony,
    CeremonyRequest,
    CeremonyState,
    SignerState,
    get_ceremony,
    list_ceremonies,
    list_templates,
    preferred_level,
    reinvite_signer,
    remind_signer,
    retry_sealing,
    send_ceremony,
    side_for,
    signers_of,
    to_sign,
    withdraw_ceremony,
)

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)
USUAL_DAYS = 14


@require_GET
@staff_required()
def listing(request: StaffRequest) -> HttpResponse:
    """All the requests one may see, the newest first."""
    state = request.GET.get("state", "")
    part = list_ceremonies(
        request.actor, state=state, text=request.GET.get("q", "")[:200], key=request.GET.get("after", "")
    )
    query = request.GET.copy()
    query["after"] = part.next_key
    context = {
        "ceremonies": part.items,
        "next_url": f"{request.path}?{query.urlencode()}" if part.next_key else "",
        "state": state,
        "text": request.GET.get("q", ""),
        "states": [("OPEN", _("En cours")), *CeremonyState.choices],
        "is_filtered": bool(state or request.GET.get("q")),
        "mine": to_sign(request.actor),
    }
    return render(request, "office/signatures/list.html", context)


@require_http_methods(["GET", "POST"])
@staff_required(*WRITERS)
def new(request: StaffRequest) -> HttpResponse:
    """Papers, people, message, deadline; sent in one go."""
    fields = request.POST if request.method == "POST" else request.GET
    documents = [get_for(request.actor, one) for one in read_ids(fields.getlist("document")[:40])]
    if request.method == "GET" or not documents:
        return render(request, "office/signatures/new.html", request_form(request, documents, request.GET))
    try:
        ceremony = send_ceremony(request.actor, _read_request(request, documents))
    except PliError as error:
        if error.status not in (402, 409, 422):
            raise
        context = request_form(request, documents, request.POST) | {"refusal": error}
        return render(request, "office/signatures/new.html", context, status=422)
    messages.success(request, _("La demande de signature est partie."))
    return redirect("signatures:detail", ceremony.id)


def request_form(request: StaffRequest, documents: list[Document], fields: QueryDict) -> dict[str, Any]:
    """What the form of a request shows."""
    today = paris_day(SYSTEM_CLOCK.now())
    known = people_of(document.party for document in documents if document.party)
    chosen: list[Any] = [
        {"id": row["contact"], **row, "options": {part: row[part] for part in OPTIONS}} for row in read_rows(fields)
    ]
    if not chosen and len(known) == 1:
        chosen = list(known)
    return {
        "documents": documents,
        "known": known,
        "chosen": chosen,
        "fields": fields,
        "once": read_uuid(fields.get("once")) or new_id(),
        "first_day": today.isoformat(),
        "last_day": (today + timedelta(days=365)).isoformat(),
        "deadline": fields.get("deadline") or (today + timedelta(days=USUAL_DAYS)).isoformat(),
        "code_channel": fields.get("code_channel", "EMAIL"),
        "order": fields.get("order", "sequence"),
        "on_refusal": fields.get("on_refusal", "STOP"),
        "annexes": {one.id for one in split_papers(documents, fields)[1]},
        "templates": list_templates(request.actor),
        "usual": {"side": side_for(request.actor, documents[0] if documents else None)},
        "has_places": any(row["places"] for row in read_rows(fields)),
    }


def split_papers(documents: list[Document], fields: QueryDict) -> tuple[list[Document], list[Document]]:
    """The documents to sign and those to read, as chosen beside each."""
    uses = fields.getlist("paper-use")
    annexes = [one for one, use in zip(documents, uses, strict=False) if use == "read"]
    return [one for one in documents if one not in annexes], annexes


def _read_request(request: StaffRequest, documents: list[Document]) -> CeremonyRequest:
    name, email = sender_of(request.actor)
    try:
        deadline = date.fromisoformat(request.POST.get("deadline", ""))
    except ValueError:
        deadline = date.min
    level = preferred_level(organisation_of(request.actor))
    papers, annexes = split_papers(documents, request.POST)
    return CeremonyRequest(
        document_ids=tuple(document.id for document in papers),
        annex_ids=tuple(document.id for document in annexes),
        on_refusal=request.POST.get("on_refusal", "STOP"),
        may_delegate=request.POST.get("may_delegate") == "yes",
        signers=read_signers(request, request.POST, [document.id for document in papers]),
        deadline=deadline,
        sender_name=name,
        sender_email=email,
        title=request.POST.get("title", ""),
        message=request.POST.get("message", ""),
        is_in_order=request.POST.get("order") != "together",
        level=level,
        once=read_uuid(request.POST.get("once")),
    )


@never_cache
@require_GET
@staff_required()
def people(request: StaffRequest) -> HttpResponse:
    """What the address book answers while a name is typed."""
    found = find_people(request.actor, request.GET.get("q", "")[:100])
    return render(request, "pli/people_options.html", {"people": found})


@never_cache
@require_GET
@staff_required()
def detail(request: StaffRequest, ceremony_id: UUID) -> HttpResponse:
    """One request: a line per person, the file as it stands, the proof; live while it is under way."""
    ceremony = get_ceremony(request.actor, ceremony_id)
    part = request.headers.get("HX-Request") == "true"
    template = "office/signatures/follow.html" if part else "office/signatures/detail.html"
    context = _follow(request, ceremony)
    response = render(request, template, context)
    if part and not context["is_live"]:
        # Over while somebody watched: the whole page is drawn anew, for what stands around this part.
        response["HX-Refresh"] = "true"
    return response


def _follow(request: StaffRequest, ceremony: Ceremony) -> dict[str, Any]:
    signers = signers_of(ceremony)
    notices = {signer.id: messages_about(("signer", signer.id)) for signer in signers}
    is_open = ceremony.state == CeremonyState.IN_PROGRESS
    return {
        "ceremony": ceremony,
        "copies": list(ceremony.copies.order_by("position")),
        "is_sender": ceremony.created_by == request.actor.reference,
        "member_id": request.actor.member_id,
        "papers": list(ceremony.papers.select_related("document").order_by("position")),
        "signers": [
            {
                "signer": signer,
                "evidence": getattr(signer, "evidence", None),
                "joined": list(signer.asked_files.all()),
                "failed": next((one for one in notices[signer.id] if one.state == "FAILED"), None),
                "can_act": is_open and signer.state not in SIGNER.final and signer.state != SignerState.WAITING,
                "is_blocked": is_open and signer.state not in SIGNER.final and signer.wrong_tries >= 5,
            }
            for signer in signers
        ],
        "events": chronology(events_about(("ceremony", ceremony.id)), signers),
        "is_live": ceremony.state in (CeremonyState.IN_PROGRESS, CeremonyState.SEALING),
        "can_write": request.actor.role != Role.AUDITOR,
        "has_archive": ceremony.state in CEREMONY.final and any(hasattr(one, "evidence") for one in signers),
        "can_withdraw": ceremony.state in (CeremonyState.IN_PROGRESS, CeremonyState.SEAL_FAILED),
    }


@never_cache
@require_GET
@staff_required()
def file(request: StaffRequest, ceremony_id: UUID, position: int) -> HttpResponseBase:
    """A paper as it now stands: with the signatures it has so far."""
    ceremony = get_ceremony(request.actor, ceremony_id)
    paper = ceremony.papers.filter(position=position).first()
    if paper is None:
        raise NotFound
    return _download(paper.current_sha256, paper.file_name, "application/pdf")


@never_cache
@require_GET
@staff_required()
def proof(request: StaffRequest, ceremony_id: UUID, number: str, form: str) -> HttpResponseBase:
    """A signer's proof, as PDF or JSON."""
    ceremony = get_ceremony(request.actor, ceremony_id)
    for signer in signers_of(ceremony):
        evidence = getattr(signer, "evidence", None)
        if evidence is not None and evidence.number == number and form in ("pdf", "json"):
            sha256, media = {
                "pdf": (evidence.pdf_sha256, "application/pdf"),
                "json": (evidence.json_sha256, "application/json"),
            }[form]
            return _download(sha256, f"preuve {number}.{form}", media)
    raise NotFound


def _download(sha256: str, name: str, media_type: str) -> FileResponse:
    response = FileResponse(
        existing_blob_path(sha256).open("rb"), as_attachment=True, filename=name, content_type=media_type
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


@require_POST
@staff_required(*WRITERS)
def withdraw(request: StaffRequest, ceremony_id: UUID) -> HttpResponse:
    """Withdraw the request, with its reason."""
    get_ceremony(request.actor, ceremony_id)
    withdraw_ceremony(request.actor, ceremony_id, request.POST.get("reason", ""))
    messages.success(request, _("La demande est retirée ; les signataires invités sont prévenus."))
    return redirect("signatures:detail", ceremony_id)


@require_POST
@staff_required(*WRITERS)
def retry(request: StaffRequest, ceremony_id: UUID) -> HttpResponse:
    """Try the sealing again."""
    get_ceremony(request.actor, ceremony_id)
    retry_sealing(request.actor, ceremony_id)
    messages.success(request, _("Le scellement est relancé."))
    return redirect("signatures:detail", ceremony_id)


@require_POST
@staff_required(*WRITERS)
def resend(request: StaffRequest, ceremony_id: UUID, signer_id: UUID) -> HttpResponse:
    """A new link, to a corrected address if one is given; the former is void."""
    _require_signer(request, ceremony_id, signer_id)
    email, mobile = request.POST.get("email", "").strip(), request.POST.get("mobile", "").strip()
    reinvite_signer(request.actor, signer_id, email=email, mobile=mobile)
    messages.success(request, _("Un nouveau lien est parti ; l’ancien ne fonctionne plus."))
    return redirect("signatures:detail", ceremony_id)


@require_POST
@staff_required(*WRITERS)
def remind(request: StaffRequest, ceremony_id: UUID, signer_id: UUID) -> HttpResponse:
    """Remind a signer, unless they are at it this very moment."""
    _require_signer(request, ceremony_id, signer_id)
    if remind_signer(signer_id, by=request.actor.reference):
        messages.success(request, _("Le rappel est parti."))
    else:
        messages.info(request, _("Pas de rappel : cette personne est en train de signer, ou a déjà répondu."))
    return redirect("signatures:detail", ceremony_id)


def _require_signer(request: StaffRequest, ceremony_id: UUID, signer_id: UUID) -> None:
    if not get_ceremony(request.actor, ceremony_id).signers.filter(id=signer_id).exists():
        raise NotFound
