"""A client's quotes. The link to answer goes to the recipient's own mailbox alone, never to the screen."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from pli.documents.api import Document, documents_for, existing_blob_path
from pli.journey.api import send_link_again
from pli.kit.errors import NotFound
from pli.parties.api import Organisation
from pli.portal.access import PortalRequest, portal_required
from pli.portal.company import company_of
from pli.portal.places import places_of
from pli.quotes.api import OPEN_STATES, Quote, get_quote, quotes_for
from pli.signing.api import EvidenceRecord

TONES = {
    "SENT": "waiting", "READ": "waiting", "ACCEPTED": "active", "SIGNED": "signed", "REFUSED": "refused",
    "EXPIRED": "idle", "WITHDRAWN": "idle",
}  # fmt: skip
SHOWN_AT_MOST = 200


@never_cache
@require_GET
@portal_required
def listing(request: PortalRequest) -> HttpResponse:
    """Those that wait first, then the newest."""
    found = list(quotes_for(request.actor).order_by("-sent_at", "-id")[:SHOWN_AT_MOST])
    found.sort(key=lambda one: one.state not in OPEN_STATES[:2])
    context = {"rows": [(one, TONES[one.state]) for one in found]}
    return render(request, "portal/quotes/list.html", context | _frame(request))


def _frame(request: PortalRequest) -> dict[str, object]:
    organisation = Organisation.objects.get(id=request.actor.organisation_id)
    return {"company": company_of(organisation), "portal_places": places_of(request, "quotes")}


@never_cache
@require_GET
@portal_required
def detail(request: PortalRequest, quote_id: UUID) -> HttpResponse:
    """One quote: its papers, where it stands, how to answer, and once signed its proof."""
    quote = get_quote(request.actor, quote_id)
    context = {
        "quote": quote,
        "tone": TONES[quote.state],
        "papers": _papers(request, quote),
        "proofs": _proofs(quote),
        "can_answer": quote.state in OPEN_STATES[:2],
        "mailbox": _masked(quote.recipient_email),
    }
    return render(request, "portal/quotes/detail.html", context | _frame(request))


def _papers(request: PortalRequest, quote: Quote) -> list[Document]:
    """The quote and its annexes, as far as they are shown in this space."""
    ids = [str(quote.document_id), *quote.annex_ids]
    found = {str(one.id): one for one in documents_for(request.actor).filter(id__in=ids)}
    return [found[one] for one in ids if one in found]


def _proofs(quote: Quote) -> list[EvidenceRecord]:
    return list(EvidenceRecord.objects.filter(signer__ceremony_id=quote.ceremony_id).order_by("made_at"))


def _masked(address: str) -> str:
    """Enough of an address for its owner to know it: ``j…@client.example``."""
    name, _at, host = address.partition("@")
    return f"{name[:1]}…@{host}"


@require_POST
@portal_required
def link(request: PortalRequest, quote_id: UUID) -> HttpResponse:
    """« M’envoyer le lien pour répondre »."""
    quote = get_quote(request.actor, quote_id)
    if send_link_again(request.actor, quote_id):
        said = _("Un lien pour répondre vient de partir à %(mailbox)s. Les liens précédents ne servent plus.")
        messages.success(request, said % {"mailbox": _masked(quote.recipient_email)})
    else:
        messages.error(request, _("Ce devis n’attend plus de réponse, ou quelqu’un est en train d’y répondre."))
    return redirect("portal-quotes:detail", quote_id)


@never_cache
@require_GET
@portal_required
def proof(request: PortalRequest, quote_id: UUID, number: str) -> HttpResponseBase:
    """The proof of the client's answer, as PDF."""
    for record in _proofs(get_quote(request.actor, quote_id)):
        if record.number == number:
            response = FileResponse(
                existing_blob_path(record.pdf_sha256).open("rb"), as_attachment=True,
                filename=f"preuve {record.number}.pdf", content_type="application/pdf",
            )  # fmt: skip
            response["Content-Security-Policy"] = "sandbox; default-src 'none'"
            return response
    raise NotFound
