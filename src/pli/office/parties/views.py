"""Lists and records of clients, employees and suppliers."""

from __future__ import annotations

import tempfile
from pathlib import Path
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.documents.api import DocumentFilter, search_documents
from pli.office.access import StaffRequest, staff_required
from pli.office.lists import Listing
from pli.office.parties.forms import AccessForm, ConsentForm, ContactForm, PartyForm
from pli.office.parties.kinds import BOOK_OF_KIND, BOOKS, Book
from pli.office.saying import show_problems
from pli.parties.api import (
    Consent,
    Party,
    PartyFilter,
    PartyKind,
    Role,
    UnableToSave,
    address_values,
    block_of,
    create_party,
    deactivate_party,
    export_parties,
    get_main_address,
    get_party,
    list_accesses,
    list_contacts,
    reactivate_party,
    select_parties,
    set_consent,
    update_party,
)

_FILTERS = ("q", "active", "consent", "portal")
_SORTS = {"name": "name", "code": "code", "updated": "updated_at"}
_ACTIVE = {"": True, "no": False, "all": None}
_PORTAL = {"": None, "yes": True, "no": False}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@staff_required()
def books(request: StaffRequest) -> HttpResponse:
    """The first address book."""
    return redirect("parties:list", book="clients")


@require_GET
@staff_required()
def listing(request: StaffRequest, book: Book) -> HttpResponse:
    """One address book: searched, filtered, sorted, all of it in the address."""
    wanted = read_filter(request.GET)
    rows = select_parties(request.actor, book.kind, wanted)
    found = Listing(request, rows, sorts=_SORTS, default="name", filters=_FILTERS)
    context = {
        "book": book,
        "books": [{"title": one.title, "url": one.slug, "current": one == book} for one in BOOKS.values()],
        "listing": found,
        "wanted": request.GET,
        "consents": Consent.choices,
        "can_write": request.actor.role != Role.AUDITOR,
        "can_import": request.actor.role in (Role.ADMIN, Role.MANAGER),
        "query": request.GET.urlencode(),
    }
    return render(request, "office/parties/list.html", context)


@require_GET
@staff_required()
def export(request: StaffRequest, book: Book) -> FileResponse:
    """The list as it is filtered and sorted, as a workbook that an import reads back."""
    folder = tempfile.TemporaryDirectory(prefix="pli-export-")
    with folder:
        target = Path(folder.name) / "export.xlsx"
        export_parties(request.actor, kind=book.kind, wanted=read_filter(request.GET), target=target)
        file = target.open("rb")  # stays readable after its folder is gone
    return FileResponse(file, as_attachment=True, filename=f"{book.export_name}.xlsx", content_type=XLSX)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Role.ADMIN, Role.MANAGER, Role.MEMBER)
def create(request: StaffRequest, book: Book) -> HttpResponse:
    """A new record."""
    form = PartyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            party = create_party(actor=request.actor, kind=book.kind, values=form.values())
        except UnableToSave as refusal:
            show_problems(form, refusal)
        else:
            messages.success(request, _("« %(name)s » est créé.") % {"name": party.name})
            return redirect("parties:detail", party_id=party.id)
    status = 422 if form.is_bound else 200
    return render(request, "office/parties/edit.html", {"book": book, "form": form}, status=status)


@require_GET
@staff_required()
def detail(request: StaffRequest, party_id: UUID) -> HttpResponse:
    """A record: who it is, how to reach it, its people, its portal, its documents."""
    party = get_party(request.actor, party_id)
    return render(request, "office/parties/detail.html", detail_context(request, party))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Role.ADMIN, Role.MANAGER, Role.MEMBER)
def edit(request: StaffRequest, party_id: UUID) -> HttpResponse:
    """Change a record."""
    party = get_party(request.actor, party_id)
    initial = {**vars(party), **address_values(get_main_address(party))}
    form = PartyForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            update_party(actor=request.actor, party_id=party.id, values=form.values())
        except UnableToSave as refusal:
            show_problems(form, refusal)
        else:
            messages.success(request, _("Les modifications sont enregistrées."))
            return redirect("parties:detail", party_id=party.id)
    context = {"book": BOOK_OF_KIND[PartyKind(party.kind)], "form": form, "party": party}
    return render(request, "office/parties/edit.html", context, status=422 if form.is_bound else 200)


@require_POST
@staff_required(Role.ADMIN, Role.MANAGER, Role.MEMBER)
def consent(request: StaffRequest, party_id: UUID) -> HttpResponse:
    """Write down what the party said of electronic sending."""
    party = get_party(request.actor, party_id)
    form = ConsentForm(request.POST)
    if form.is_valid():
        try:
            set_consent(
                actor=request.actor,
                party_id=party.id,
                consent=Consent(form.cleaned_data["consent"]),
                stated_on=form.cleaned_data["stated_on"],
            )
        except UnableToSave as refusal:
            show_problems(form, refusal)
        else:
            messages.success(request, _("Le choix est enregistré, avec sa date."))
            return redirect("parties:detail", party_id=party.id)
    context = {**detail_context(request, party), "consent_form": form}
    return render(request, "office/parties/detail.html", context, status=422)


@require_POST
@staff_required(Role.ADMIN, Role.MANAGER, Role.MEMBER)
def set_aside(request: StaffRequest, party_id: UUID) -> HttpResponse:
    """Set a party aside."""
    party = deactivate_party(actor=request.actor, party_id=party_id)
    messages.success(request, _("« %(name)s » est désactivé ; rien n’est effacé.") % {"name": party.name})
    return redirect("parties:detail", party_id=party.id)


@require_POST
@staff_required(Role.ADMIN, Role.MANAGER, Role.MEMBER)
def take_back(request: StaffRequest, party_id: UUID) -> HttpResponse:
    """Take a party back among those in use."""
    party = reactivate_party(actor=request.actor, party_id=party_id)
    messages.success(request, _("« %(name)s » est réactivé.") % {"name": party.name})
    return redirect("parties:detail", party_id=party.id)


def detail_context(request: StaffRequest, party: Party) -> dict[str, object]:
    """Everything the record shows; other views put their own form in it when it has problems."""
    address = get_main_address(party)
    return {
        "party": party,
        "book": BOOK_OF_KIND[PartyKind(party.kind)],
        "postal": block_of(party.name, address) if address else None,
        "contacts": list_contacts(request.actor, party.id),
        "accesses": list_accesses(request.actor, party.id),
        "consent_form": ConsentForm(initial={"consent": party.consent}),
        "contact_form": ContactForm(prefix="contact"),
        "access_form": AccessForm(prefix="access"),
        "can_write": request.actor.role != Role.AUDITOR,
        "documents": search_documents(request.actor, DocumentFilter(party_id=party.id), size=8).items,
    }


def read_filter(query: QueryDict) -> PartyFilter:
    """What the address of a list asks for; what it misspells is left out."""
    wanted = query.get("consent", "")
    return PartyFilter(
        q=query.get("q", "")[:200],
        is_active=_ACTIVE.get(query.get("active", ""), True),
        consent=wanted if wanted in Consent.values else "",
        has_portal=_PORTAL.get(query.get("portal", "")),
        sort=query.get("sort", "name"),
    )
