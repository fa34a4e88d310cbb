"""What webhooks tell: the public types and what each carries. Identifiers, titles and states; nobody's name, address
or number, and never a secret. docs/webhooks.md says the same to people; a test holds the two together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pli.capture.api import Capture
from pli.delivery.api import Delivery
from pli.documents.api import Document
from pli.journal.api import Event
from pli.quotes.api import Quote
from pli.signing.api import Ceremony, Signer

Build = Callable[[Event], dict[str, Any]]


@dataclass(frozen=True)
class PublicType:
    """One public type of event: what it means, the fields of its ``data``, and how they are found."""

    meaning: str
    fields: tuple[str, ...]
    build: Build


def _document(event: Event) -> dict[str, Any]:
    document = Document.objects.select_related("kind").get(id=event.subject_id)
    return {
        "document_id": str(document.id),
        "title": document.title,
        "kind": document.kind.slug,
        "folder_id": str(document.folder_id),
        "party_id": _text(document.party_id),
        "page_count": document.page_count,
    }


def _capture(event: Event) -> dict[str, Any]:
    capture = Capture.objects.get(id=event.subject_id)
    return {
        "capture_id": str(capture.id),
        "channel": capture.channel,
        "document_id": event.data.get("document_id"),
        "problem_code": event.data.get("code"),
    }


def _ceremony(state: str) -> Build:
    def build(event: Event) -> dict[str, Any]:
        ceremony = Ceremony.objects.get(id=event.subject_id)
        papers = ceremony.papers.order_by("position").values_list("document_id", flat=True)
        return {
            "ceremony_id": str(ceremony.id),
            "title": ceremony.title,
            "state": state,
            "party_id": _text(ceremony.party_id),
            "document_ids": [str(document_id) for document_id in papers],
        }

    return build


def _signer(state: str) -> Build:
    def build(event: Event) -> dict[str, Any]:
        signer = Signer.objects.select_related("ceremony").get(id=event.data["signer_id"])
        return {
            "ceremony_id": str(signer.ceremony_id),
            "title": signer.ceremony.title,
            "signer_id": str(signer.id),
            "position": signer.position,
            "state": state,
            "evidence_number": signer.evidence_number,
        }

    return build


def _delivery(state: str) -> Build:
    def build(event: Event) -> dict[str, Any]:
        delivery = Delivery.objects.get(id=event.subject_id)
        return {
            "delivery_id": str(delivery.id),
            "document_id": str(delivery.document_id),
            "carrier": delivery.carrier,
            "state": state,
        }

    return build


def _archived(event: Event) -> dict[str, Any]:
    names = ("document_id", "number", "keep_until")
    return {"filing_id": str(event.subject_id), **{name: event.data.get(name) for name in names}}


def _quote(state: str = "") -> Build:
    def build(event: Event) -> dict[str, Any]:
        quote = Quote.objects.get(id=event.subject_id)
        return {
            "quote_id": str(quote.id),
            "title": quote.title,
            "amount": quote.amount,
            "state": state or quote.state,
            "document_id": str(quote.document_id),
            "party_id": str(quote.party_id),
            "ceremony_id": str(quote.ceremony_id),
            "order": quote.order,
        }

    return build


def _balance(event: Event) -> dict[str, Any]:
    return {name: event.data.get(name) for name in ("balance", "number")}


def _invoice(event: Event) -> dict[str, Any]:
    return {name: event.data.get(name) for name in ("invoice_id", "number", "month", "net", "vat", "total")}


def _text(value: object) -> str | None:
    return str(value) if value else None


_DOCUMENT = ("document_id", "title", "kind", "folder_id", "party_id", "page_count")
_CAPTURE = ("capture_id", "channel", "document_id", "problem_code")
_CEREMONY = ("ceremony_id", "title", "state", "party_id", "document_ids")
_SIGNER = ("ceremony_id", "title", "signer_id", "position", "state", "evidence_number")
_QUOTE = ("quote_id", "title", "amount", "state", "document_id", "party_id", "ceremony_id", "order")
_DELIVERY = ("delivery_id", "document_id", "carrier", "state")

PUBLIC_TYPES: Mapping[str, PublicType] = {
    "documents.document-filed": PublicType("A document was filed.", _DOCUMENT, _document),
    "documents.document-published": PublicType("A document became visible in a portal.", _DOCUMENT, _document),
    "documents.document-moved": PublicType("A document was put in another folder.", _DOCUMENT, _document),
    "documents.facts-changed": PublicType("Facts of a document were changed.", _DOCUMENT, _document),
    "capture.capture-filed": PublicType("A file received became a document.", _CAPTURE, _capture),
    "capture.capture-parked": PublicType("A file received waits for a person.", _CAPTURE, _capture),
    "signing.ceremony-sent": PublicType("A request for signature went out.", _CEREMONY, _ceremony("IN_PROGRESS")),
    "signing.signer-opened": PublicType("A signer opened their link.", _SIGNER, _signer("OPENED")),
    "signing.signer-signed": PublicType("A signer signed.", _SIGNER, _signer("SIGNED")),
    "signing.signer-refused": PublicType("A signer refused to sign.", _SIGNER, _signer("REFUSED")),
    "signing.ceremony-completed": PublicType(
        "Everybody signed; the files are sealed and the proofs made.", _CEREMONY, _ceremony("COMPLETED")
    ),
    "signing.ceremony-refused": PublicType("A request ended by a refusal.", _CEREMONY, _ceremony("REFUSED")),
    "signing.ceremony-expired": PublicType("The deadline of a request passed.", _CEREMONY, _ceremony("EXPIRED")),
    "signing.ceremony-withdrawn": PublicType("A request was withdrawn.", _CEREMONY, _ceremony("WITHDRAWN")),
    "signing.seal-failed": PublicType("Sealing needs a person’s help.", _CEREMONY, _ceremony("SEAL_FAILED")),
    "delivery.delivery-handed": PublicType("A document was handed to a carrier.", _DELIVERY, _delivery("HANDED")),
    "delivery.delivery-made": PublicType("A delivery was made.", _DELIVERY, _delivery("DELIVERED")),
    "delivery.delivery-failed": PublicType("A delivery failed.", _DELIVERY, _delivery("FAILED")),
    "quotes.quote-sent": PublicType("A quote went out.", _QUOTE, _quote("SENT")),
    "quotes.quote-read": PublicType("The client opened a quote.", _QUOTE, _quote("READ")),
    "quotes.quote-passed": PublicType("The client passed a quote to a colleague.", _QUOTE, _quote()),
    "quotes.quote-accepted": PublicType("The client accepted a quote.", _QUOTE, _quote("ACCEPTED")),
    "quotes.quote-signed": PublicType("An accepted quote is sealed and proved.", _QUOTE, _quote("SIGNED")),
    "quotes.quote-refused": PublicType("The client refused a quote.", _QUOTE, _quote("REFUSED")),
    "quotes.quote-expired": PublicType("The last day to answer a quote passed.", _QUOTE, _quote("EXPIRED")),
    "quotes.quote-withdrawn": PublicType("A quote was withdrawn.", _QUOTE, _quote("WITHDRAWN")),
    "billing.balance-low": PublicType("The balance fell under its threshold.", ("balance", "number"), _balance),
    "billing.balance-empty": PublicType("Nothing is left on the account.", ("balance", "number"), _balance),
    "billing.invoice-issued": PublicType(
        "A month was invoiced.", ("invoice_id", "number", "month", "net", "vat", "total"), _invoice
    ),
    "archive.document-archived": PublicType(
        "A document was taken into the archive.", ("filing_id", "document_id", "number", "keep_until"), _archived
    ),
}
TEST_TYPE = "api.test"
