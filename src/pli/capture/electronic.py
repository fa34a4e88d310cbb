"""A bare electronic invoice (UBL, CII): read in the sandbox, shown on a page of Pli's that carries it unaltered."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from pli.capture.errors import UnreadableInvoice
from pli.capture.models import Capture
from pli.documents.api import StoredBytes, existing_blob_path, kinds_of, store_bytes
from pli.kit.sandbox import SandboxFailed, SandboxKilled, run_isolated
from pli.parties.api import Organisation
from pli.pdf.api import Attachment, typeset

MOST_BYTES = 10 << 20
_NARROW = "\u202f"


def draw_invoice(capture: Capture) -> tuple[StoredBytes, dict[str, str]]:
    """The PDF/A-3 that shows the invoice and carries its XML, and the facts of the kind asked for.

    :raises UnreadableInvoice: when it is hostile, broken, too large or no invoice; :raises UnableToStore.
    """
    name, organisation = capture.file_name, capture.organisation
    if capture.blob.size > MOST_BYTES:
        raise UnreadableInvoice(name=name, reason="Ce fichier XML est trop gros.")
    path = existing_blob_path(capture.blob_id)
    arguments = {"fields": _fields(capture), "own": _own(organisation)}
    try:
        told: dict[str, Any] = run_isolated(settings.CAPTURE_INVOICE_READER, arguments, inputs={"source": path})
    except (SandboxKilled, SandboxFailed) as death:
        raise UnreadableInvoice(name=name, reason="Sa lecture a été interrompue.") from death
    if "refused" in told:
        raise UnreadableInvoice(name=name, reason=told["refused"])
    xml = path.read_bytes()
    carried = Attachment(_carried_name(xml), xml, "text/xml", name, "source")
    with translation.override(organisation.language):
        data = {**_spelled(told["paper"], organisation.language), "words": _words(), "language": organisation.language}
    made = typeset(
        "invoice_paper", data, attachments=[carried], standard="a-3b", made_at=capture.received_at, is_tagged=False
    )
    return store_bytes([made]), told["facts"]


def _spelled(paper: dict[str, Any], language: str) -> dict[str, Any]:
    """Dates and numbers as they are written in French (03/03/2026, 1 234,50); in another language as in the file."""
    if language != "fr":
        return paper

    def number(told: str) -> str:
        whole, point, cents = told.partition(".")
        grouped = f"{int(whole):,}".replace(",", _NARROW) if whole.lstrip("-") not in ("", "0") else whole
        return grouped + ("," + cents if point else "")

    def day(told: str) -> str:
        return "/".join(reversed(told.split("-")))

    lines = [
        line | {name: number(line[name]) for name in ("quantity", "price", "rate", "net")} for line in paper["lines"]
    ]
    totals = {name: number(told) for name, told in paper["totals"].items()}
    return paper | {"date": day(paper["date"]), "due_date": day(paper["due_date"]), "lines": lines, "totals": totals}


def _carried_name(xml: bytes) -> str:
    """By its syntax, CII or UBL, the name under which programs look for an invoice in a PDF."""
    said = xml.replace(b"\0", b"")
    if b"CrossIndustryDocument" in said:
        return "ZUGFeRD-invoice.xml"
    return "factur-x.xml" if b"CrossIndustry" in said else "xrechnung.xml"


def _fields(capture: Capture) -> list[dict[str, str]]:
    """What the kind asked for wants to know."""
    for kind in kinds_of(capture.organisation_id):
        if kind.slug == capture.wishes["kind"]:
            return [
                {"name": one["name"], "label": one.get("label_fr") or one["name"], "type": one.get("type", "text")}
                for one in kind.fields
            ]
    return []


def _own(organisation: Organisation) -> dict[str, str]:
    known = {"name": organisation.name, "siren": organisation.siren, "vat": organisation.settings.get("vat")}
    return {name: str(value) for name, value in known.items() if value}


def _words() -> dict[str, str]:
    return {
        "invoice": _("Facture"),
        "credit": _("Avoir"),
        "made": _("Page faite par Pli pour la lecture : la facture est le fichier XML joint, gardé tel quel."),
        "date": _("Date"),
        "due_date": _("Échéance"),
        "order": _("N° de commande"),
        "seller": _("Vendeur"),
        "buyer": _("Client"),
        "label": _("Désignation"),
        "quantity": _("Quantité"),
        "price": _("Prix unitaire"),
        "rate": _("TVA %"),
        "line_net": _("Montant HT"),
        "net": _("Total HT"),
        "tax": _("TVA"),
        "gross": _("Total TTC"),
        "due": _("Net à payer"),
        "more": _("Autres lignes, dans le fichier joint :"),
    }
