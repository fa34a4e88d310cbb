"""The list of quotes, and one quote with its history."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from pli.journal.api import events_about
from pli.journey.api import send_link_again, withdraw_quote
from pli.kit.errors import PliError
from pli.office.access import StaffRequest, staff_required
from pli.office.lists import ListFilter, Listing
from pli.office.quotes.words import history
from pli.office.saying import say_refusal
from pli.office.workbooks import EXPORTED_AT_MOST, spell_instant, workbook_response
from pli.parties.api import Role
from pli.quotes.api import OPEN_STATES, Quote, QuoteFilter, QuoteState, find_quotes, get_quote
from pli.signing.api import get_ceremony, signers_of

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)
TONES = {
    "SENT": "waiting", "READ": "active", "ACCEPTED": "active", "SIGNED": "signed", "REFUSED": "refused",
    "EXPIRED": "idle", "WITHDRAWN": "idle",
}  # fmt: skip
_FILTERS = ("q", "state", "since", "until")
DAY = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class QuotesFilter(ListFilter):
    """The list's filter, read from the page's address."""

    offered = {"state": QuoteState.choices}
    q = forms.CharField(label=gettext_lazy("Client, personne ou titre"), required=False, max_length=200)
    state = forms.ChoiceField(label=gettext_lazy("État"), required=False)
    since = forms.DateField(label=gettext_lazy("Du"), required=False, widget=DAY)
    until = forms.DateField(label=gettext_lazy("Au"), required=False, widget=DAY)

    def wanted(self) -> QuoteFilter:
        """The filter."""
        text, state = self.words("q", "state")
        since, until = self.days("since", "until")
        return QuoteFilter(text, state, since, until)


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
    """« Retirer le devis »."""
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
    """« Rappeler »."""
    if send_link_again(request.actor, quote_id):
        messages.success(request, _("Un nouveau lien est parti vers le destinataire."))
    else:
        messages.error(request, _("Il n’y a plus rien à rappeler, ou le destinataire est en train de répondre."))
    return redirect("quotes:detail", quote_id)
