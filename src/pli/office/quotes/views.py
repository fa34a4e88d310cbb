"""The list of quotes, one quote with its history, and the form that sends one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.documents.api import Document, DocumentFilter, get_for, search_documents
from pli.journal.api import events_about
from pli.journey.api import QuoteWishes, send_link_again, send_quote, withdraw_quote
from pli.kit.clock import SYSTEM_CLOCK, paris_day
from pli.kit.errors import PliError
from pli.office.access import StaffRequest, read_uuid, staff_required
from pli.office.lists import Listing
from pli.office.quotes.words import history
from pli.office.saying import say_refusal
from pli.office.signatures.people import organisation_of, sender_of
from pli.office.workbooks import EXPORTED_AT_MOST, spell_instant, workbook_response
from pli.parties.api import Role, get_contact, list_contacts
from pli.quotes.api import OPEN_STATES, Quote, QuoteFilter, QuoteState, find_quotes, get_quote
from pli.signing.api import SignerRequest, get_ceremony, preferred_level, signers_of

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)
USUAL_DAYS = 30
TONES = {
    "SENT": "waiting", "READ": "active", "ACCEPTED": "active", "SIGNED": "signed", "REFUSED": "refused",
    "EXPIRED": "idle", "WITHDRAWN": "idle",
}  # fmt: skip
_FILTERS = ("q", "state", "since", "until")
_DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class QuotesFilter(forms.Form):
    """The list's filter, read from the page's address."""

    q = forms.CharField(label=gettext_lazy("Client, personne ou titre"), required=False, max_length=200)
    state = forms.ChoiceField(label=gettext_lazy("État"), required=False)
    since = forms.DateField(label=gettext_lazy("Du"), required=False, widget=_DAY)
    until = forms.DateField(label=gettext_lazy("Au"), required=False, widget=_DAY)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["state"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", _("Tous")), *QuoteState.choices]

    def wanted(self) -> QuoteFilter:
        """The filter; what is not understood is as if it were not there."""
        self.is_valid()
        kept = self.cleaned_data
        return QuoteFilter(kept.get("q", ""), kept.get("state", ""), kept.get("since"), kept.get("until"))


class QuoteForm(forms.Form):
    """To whom, until when, with what."""

    contact = forms.ChoiceField(label=gettext_lazy("Destinataire"), required=False)
    name = forms.CharField(label=gettext_lazy("Ou une autre personne"), required=False, max_length=200)
    email = forms.EmailField(label=gettext_lazy("Son adresse e-mail"), required=False)
    deadline = forms.DateField(label=gettext_lazy("Valable jusqu’au"), widget=_DAY)
    message = forms.CharField(
        label=gettext_lazy("Message"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    annexes = forms.MultipleChoiceField(
        label=gettext_lazy("Annexes"), required=False, widget=forms.CheckboxSelectMultiple(),
        help_text=gettext_lazy("Lues et signées avec le devis : conditions générales, plan, fiche technique…"),
    )  # fmt: skip

    def __init__(self, *args: Any, contacts: list[tuple[str, str]], papers: list[tuple[str, str]], **kw: Any) -> None:
        super().__init__(*args, **kw)
        for name, choices in (("contact", [*contacts, ("", _("Une autre personne"))]), ("annexes", papers)):
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = choices
        if not papers:
            del self.fields["annexes"]

    def clean(self) -> dict[str, Any]:
        kept: dict[str, Any] = self.cleaned_data
        if not kept.get("contact") and not (kept.get("name") and kept.get("email")):
            self.add_error("contact", _("Choisissez un contact, ou indiquez un nom et une adresse e-mail."))
        return kept


@never_cache
@require_GET
@staff_required()
def listing(request: StaffRequest) -> HttpResponse:
    """Newest first; filters and place stand in the address."""
    form = QuotesFilter(request.GET)
    found = find_quotes(request.actor, form.wanted())
    shown = Listing(request, found, sorts={"sent": "sent_at", "expires": "expires_at"}, default="-sent",
                    filters=_FILTERS)  # fmt: skip
    context = {
        "form": form,
        "listing": shown,
        "rows": [(one, TONES[one.state]) for one in shown],
        "query": request.GET.urlencode(),
    }
    return render(request, "office/quotes/list.html", context)


@require_GET
@staff_required()
def export(request: StaffRequest) -> FileResponse:
    """The list as it is filtered."""
    found = find_quotes(request.actor, QuotesFilter(request.GET).wanted()).order_by("-sent_at", "-id")
    header = [_("Devis"), _("Client"), _("Destinataire"), _("Adresse"), _("Montant"), _("État"), _("Envoyé le"),
              _("Ouvert le"), _("Répondu le"), _("Valable jusqu’au"), _("Motif")]  # fmt: skip
    return workbook_response("devis", _("Devis"), header, _cells(found[:EXPORTED_AT_MOST].iterator(chunk_size=500)))


def _cells(rows: Iterator[Quote]) -> Iterator[list[str]]:
    for one in rows:
        yield [
            one.title, one.party.name, one.recipient_name, one.recipient_email, one.amount,
            str(one.get_state_display()), spell_instant(one.sent_at), spell_instant(one.read_at),
            spell_instant(one.answered_at), spell_instant(one.expires_at), one.reason,
        ]  # fmt: skip


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(*WRITERS)
def new(request: StaffRequest) -> HttpResponse:
    """Send a filed quote; without one, choose it."""
    fields = request.POST if request.method == "POST" else request.GET
    document_id = read_uuid(fields.get("document"))
    if document_id is None:
        found = search_documents(request.actor, DocumentFilter(kind="quote")).items
        return render(request, "office/quotes/choose.html", {"documents": [one for one in found if one.party_id]})
    document = get_for(request.actor, document_id)
    form = _form(request, document)
    if request.method != "POST" or not form.is_valid():
        return _new(request, document, form, status=422 if request.method == "POST" else 200)
    try:
        quote = send_quote(request.actor, _wishes(request, document, form))
    except PliError as refusal:
        if refusal.status in (403, 404):
            raise
        return _new(request, document, form, refusal=refusal, status=422)
    messages.success(request, _("Le devis est parti vers %(name)s.") % {"name": quote.recipient_name})
    return redirect("quotes:detail", quote.id)


def _new(
    request: StaffRequest, document: Document, form: QuoteForm, refusal: PliError | None = None, status: int = 200
) -> HttpResponse:
    context = {"document": document, "form": form, "refusal": refusal}
    return render(request, "office/quotes/new.html", context, status=status)


def _form(request: StaffRequest, document: Document) -> QuoteForm:
    party = document.party
    people = [one for one in (list_contacts(request.actor, party.id) if party else []) if one.is_active and one.email]
    beside = search_documents(request.actor, DocumentFilter(party_id=party.id), size=40).items if party else []
    papers = [(str(one.id), one.title) for one in beside if one.id != document.id and one.kind.slug != "quote"]
    contacts = [(str(one.id), f"{one.name} ({one.email})") for one in people]
    day = paris_day(SYSTEM_CLOCK.now()) + timedelta(days=USUAL_DAYS)
    data = request.POST if request.method == "POST" else None
    # Without an initial value the choice of somebody else, which is empty, would be the one ticked.
    first = contacts[0][0] if contacts else ""
    return QuoteForm(data, contacts=contacts, papers=papers, initial={"deadline": day, "contact": first})


def _wishes(request: StaffRequest, document: Document, form: QuoteForm) -> QuoteWishes:
    kept = form.cleaned_data
    recipient = SignerRequest(kept["name"], kept["email"])
    if kept["contact"]:
        contact = get_contact(request.actor, UUID(kept["contact"]))
        language = document.party.language if document.party else "fr"
        recipient = SignerRequest(contact.name, contact.email, contact.mobile, f"contact:{contact.id}", language)
    name, email = sender_of(request.actor)
    return QuoteWishes(
        document_id=document.id, recipient=recipient, deadline=kept["deadline"], sender_name=name, sender_email=email,
        message=kept["message"], annex_ids=tuple(UUID(one) for one in kept.get("annexes", ())),
        level=preferred_level(organisation_of(request.actor)),
    )  # fmt: skip


@never_cache
@require_GET
@staff_required()
def detail(request: StaffRequest, quote_id: UUID) -> HttpResponse:
    """One quote: where it stands, its papers, its proofs, its history."""
    quote = get_quote(request.actor, quote_id)
    ceremony = get_ceremony(request.actor, quote.ceremony_id)
    events = [*events_about(("quote", quote.id)), *events_about(("ceremony", ceremony.id))]
    context = {
        "quote": quote,
        "tone": TONES[quote.state],
        "ceremony": ceremony,
        "papers": list(ceremony.papers.select_related("document").order_by("position")),
        "proofs": [one.evidence for one in signers_of(ceremony) if hasattr(one, "evidence")],
        "history": history(events),
        "can_act": quote.state in OPEN_STATES[:2] and request.actor.role != Role.AUDITOR,
        "can_send_anew": quote.state in ("REFUSED", "EXPIRED", "WITHDRAWN") and request.actor.role != Role.AUDITOR,
    }
    return render(request, "office/quotes/detail.html", context)


@require_POST
@staff_required(*WRITERS)
def withdraw(request: StaffRequest, quote_id: UUID) -> HttpResponse:
    """« Retirer le devis »."""
    get_quote(request.actor, quote_id)
    try:
        withdraw_quote(request.actor, quote_id, request.POST.get("reason", ""))
    except PliError as refusal:
        if refusal.status in (403, 404):
            raise
        say_refusal(request, refusal)
    else:
        messages.success(request, _("Le devis est retiré ; son lien ne fonctionne plus."))
    return redirect("quotes:detail", quote_id)


@require_POST
@staff_required(*WRITERS)
def remind(request: StaffRequest, quote_id: UUID) -> HttpResponse:
    """« Rappeler »."""
    if send_link_again(request.actor, quote_id):
        messages.success(request, _("Un nouveau lien est parti vers le destinataire."))
    else:
        messages.error(request, _("Il n’y a plus rien à rappeler, ou le destinataire est en train de répondre."))
    return redirect("quotes:detail", quote_id)
