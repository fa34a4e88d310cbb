"""The form that sends a quote."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from pli.documents.api import Document, DocumentFilter, get_for, search_documents
from pli.journey.api import QuoteWishes, send_quote
from pli.kit.clock import SYSTEM_CLOCK, paris_day
from pli.kit.errors import PliError
from pli.office.access import StaffRequest, read_uuid, staff_required
from pli.office.quotes.lines import LineForm, offered_in, read_line_set
from pli.office.quotes.views import DAY, TONES, WRITERS
from pli.office.signatures.people import organisation_of, sender_of
from pli.parties.api import get_contact, list_contacts
from pli.quotes.api import (
    OPEN_STATES,
    Quote,
    QuoteAlreadyOut,
    QuoteFilter,
    QuoteState,
    add_up,
    find_quotes,
    quotes_for,
    usual_choice,
)
from pli.signing.api import SignerRequest, preferred_level

USUAL_DAYS = 30


class QuoteForm(forms.Form):
    """To whom, until when, with what."""

    contact = forms.ChoiceField(label=gettext_lazy("Destinataire"), required=False)
    name = forms.CharField(label=gettext_lazy("Ou une autre personne"), required=False, max_length=200)
    email = forms.EmailField(label=gettext_lazy("Son adresse e-mail"), required=False)
    deadline = forms.DateField(label=gettext_lazy("Valable jusqu’au"), widget=DAY)
    message = forms.CharField(
        label=gettext_lazy("Message"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    annexes = forms.MultipleChoiceField(
        label=gettext_lazy("Annexes"), required=False, widget=forms.CheckboxSelectMultiple(),
        help_text=gettext_lazy("Lues avec le devis, sans être signées : conditions générales, plan, fiche technique…"),
    )  # fmt: skip
    asks_approval = forms.BooleanField(
        label=gettext_lazy("Faire écrire « Bon pour accord » par le signataire"), required=False
    )
    may_delegate = forms.BooleanField(
        label=gettext_lazy("Le client peut passer le devis à un collègue qui a le droit de signer"),
        required=False,
        help_text=gettext_lazy(
            "L’autre reçoit son propre lien, l’ancien ne sert plus ; vous en êtes prévenu et la preuve le dit."
        ),
    )

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
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(*WRITERS)
def new(request: StaffRequest) -> HttpResponse:
    """Send a filed quote; without one, choose it."""
    fields = request.POST if request.method == "POST" else request.GET
    document_id = read_uuid(fields.get("document"))
    if document_id is None:
        return render(request, "office/quotes/choose.html", {"filed": _filed(request)})
    document = get_for(request.actor, document_id)
    form, rows = _form(request, document), read_line_set(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _new(request, document, form, rows)
    is_valid = rows.is_valid()
    if request.POST.get("more"):
        return _new(request, document, form, rows)
    if not (form.is_valid() and is_valid):
        return _new(request, document, form, rows, status=422)
    try:
        quote = send_quote(request.actor, _wishes(request, document, form, rows))
    except QuoteAlreadyOut as refusal:
        # Most often the button pressed twice: what matters is the quote that went out.
        out = find_quotes(request.actor, QuoteFilter()).filter(document=document, state__in=OPEN_STATES).first()
        if out is None:
            return _new(request, document, form, rows, refusal=refusal, status=422)
        messages.info(request, _("Ce devis est déjà parti vers %(name)s.") % {"name": out.recipient_name})
        return redirect("quotes:detail", out.id)
    except PliError as refusal:
        if refusal.status in (403, 404):
            raise
        return _new(request, document, form, rows, refusal=refusal, status=422)
    messages.success(request, _("Le devis est parti vers %(name)s.") % {"name": quote.recipient_name})
    return redirect("quotes:detail", quote.id)


@dataclass(frozen=True)
class Filed:
    """A filed quote one may send, with its last sending."""

    document: Document
    sending: Quote | None

    @property
    def is_settled(self) -> bool:
        """Out, or signed: there is nothing to send, only something to look at."""
        return self.sending is not None and self.sending.state in (*OPEN_STATES, QuoteState.SIGNED)

    @property
    def tone(self) -> str:
        return TONES[self.sending.state] if self.sending else ""


def _filed(request: StaffRequest) -> list[Filed]:
    """The quotes filed at a client's, the newest first; those still to be sent before the others."""
    found = [one for one in search_documents(request.actor, DocumentFilter(kind="quote")).items if one.party_id]
    sendings = quotes_for(request.actor).filter(document__in=found).order_by("sent_at", "id")
    last = {quote.document_id: quote for quote in sendings}
    return sorted((Filed(one, last.get(one.id)) for one in found), key=lambda one: one.sending is not None)


def _new(
    request: StaffRequest,
    document: Document,
    form: QuoteForm,
    rows: forms.BaseFormSet[LineForm],
    refusal: PliError | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"document": document, "form": form, "rows": rows, "refusal": refusal, "usual_total": _usual_total(rows)}
    return render(request, "office/quotes/new.html", context, status=status)


def _usual_total(rows: forms.BaseFormSet[LineForm]) -> Decimal | None:
    """What the first choice costs, as soon as the lines can be read."""
    lines = offered_in(rows) if rows.is_bound and rows.is_valid() else ()
    return add_up(lines, usual_choice(lines)).total if lines else None


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


def _wishes(
    request: StaffRequest, document: Document, form: QuoteForm, rows: forms.BaseFormSet[LineForm]
) -> QuoteWishes:
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
        level=preferred_level(organisation_of(request.actor)), lines=offered_in(rows),
        asks_approval=kept["asks_approval"], may_delegate=kept["may_delegate"],
    )  # fmt: skip
