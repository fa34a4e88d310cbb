"""Supplier invoices, delivery notes and payslips as other programs print them, and pages of them as read."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pikepdf
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen import canvas

from pli.pdf.api import read_codes, read_pages, recognise_page, render_grey
from pli.pdf.fonts import FOLDER
from pli.processing.plugs import (
    Barcode,
    Context,
    FieldSpec,
    KindSpec,
    LayoutSpec,
    PageReading,
    PartySpec,
    Word,
    Work,
)

INVOICE = KindSpec(
    "invoice",
    "Facture",
    (
        FieldSpec("number", "N° de facture"),
        FieldSpec("date", "Date de facture", "date"),
        FieldSpec("due_date", "Date d’échéance", "date"),
        FieldSpec("total", "Montant TTC", "amount"),
        FieldSpec("siren", "SIREN du fournisseur", "siren"),
        FieldSpec("iban", "IBAN", "iban"),
    ),
)
DELIVERY_NOTE = KindSpec(
    "delivery-note", "Bon de livraison", (FieldSpec("number", "N° de bon"), FieldSpec("date", "Date", "date"))
)
PAYSLIP = KindSpec("payslip", "Bulletin de paie", (FieldSpec("period", "Période"),))
KINDS = {kind.slug: kind for kind in (INVOICE, DELIVERY_NOTE, PAYSLIP)}
OWN = {"siren": "732829320", "vat": "FR44732829320", "iban": "FR7630006000011234567890189"}
SUPPLIERS = (
    PartySpec("p-elec", "ELEC01", "Électricité Générale du Ponant", "SUPPLIER", siren="552100554", vat="FR83552100554"),
    PartySpec("p-bois", "BOIS02", "Bois et Charpentes Lefèvre SARL", "SUPPLIER", siren="542051180",
              emails=("compta@bois-lefevre.example",)),
    PartySpec("p-papier", "PAP03", "Papeterie Martin", "SUPPLIER", ibans=("FR1420041010050500013M02606",)),
    PartySpec("p-client", "C0042", "Syndic Les Glycines", "CLIENT"),
    PartySpec("p-salarie", "S-017", "Noël Gaüzère", "EMPLOYEE"),
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """A text on the page: points from the left and from the top, its size."""

    x: float
    y: float
    text: str
    size: float = 10


def paper(texts: Sequence[Said]) -> bytes:
    """One A4 page."""
    pdfmetrics.registerFont(TTFont("Inter", str(FOLDER / "Inter_400Regular.ttf")))
    written = io.BytesIO()
    sheet = canvas.Canvas(written, pagesize=A4, invariant=1)
    for said in texts:
        sheet.setFont("Inter", said.size)
        sheet.drawString(said.x, A4[1] - said.y, said.text)
    sheet.showPage()
    sheet.save()
    return written.getvalue()


def electrician(number: str = "EG-2026-118", day: str = "3 mars 2026", total: str = "1 234,56 €") -> bytes:
    """Label and value on one line, colon between."""
    return paper(
        [
            Said(50, 60, "Électricité Générale du Ponant", 15),
            Said(50, 78, "4 quai de la Douane, 29200 Brest"),
            Said(350, 130, "Atelier Mercier"),
            Said(350, 144, "17 boulevard de Chantenay"),
            Said(350, 158, "44100 Nantes"),
            Said(50, 200, f"Facture n° {number}", 14),
            Said(50, 222, f"Date de facture : {day}"),
            Said(50, 238, "Date d’échéance : 2 avril 2026"),
            Said(50, 300, "Désignation"),
            Said(450, 300, "Total HT"),
            Said(50, 320, "Mise aux normes du tableau, 12 départs"),
            Said(450, 320, "1 028,80 €"),
            Said(380, 400, "Total HT"),
            Said(460, 400, "1 028,80 €"),
            Said(380, 416, "TVA 20 %"),
            Said(460, 416, "205,76 €"),
            Said(380, 436, "Total TTC", 12),
            Said(460, 436, total, 12),
            Said(50, 790, "SAS au capital de 20 000 € - SIREN 552 100 554 RCS Brest - TVA FR83552100554", 8),
            Said(50, 804, "Client : SIREN 732 829 320 - IBAN FR14 2004 1010 0505 0001 3M02 606", 8),
        ]
    )


def carpenter(number: str = "2026/0417", day: str = "03/03/26", total: str = "2.480,00") -> bytes:
    """Values under their labels, in columns."""
    return paper(
        [
            Said(50, 60, "BOIS & CHARPENTES LEFÈVRE", 16),
            Said(50, 76, "compta@bois-lefevre.example"),
            Said(50, 200, "N° DE FACTURE"),
            Said(200, 200, "DATE"),
            Said(320, 200, "CODE CLIENT"),
            Said(450, 200, "ÉCHÉANCE"),
            Said(50, 216, number),
            Said(200, 216, day),
            Said(320, 216, "MERC44"),
            Said(450, 216, "02/04/26"),
            Said(380, 500, "NET À PAYER (EUR)"),
            Said(500, 500, total),
        ]
    )


def delivery_note(number: str = "BL-00871") -> bytes:
    """A delivery note."""
    return paper(
        [
            Said(50, 60, "Bois et Charpentes Lefèvre"),
            Said(50, 120, "BON DE LIVRAISON", 16),
            Said(50, 150, f"N° de bon {number}"),
            Said(50, 166, "Date 12/03/2026"),
            Said(50, 300, "La facture suivra."),
        ]
    )


def payslip(period: str = "mars 2026") -> bytes:
    """A payslip."""
    return paper(
        [
            Said(50, 60, "Atelier Mercier"),
            Said(300, 60, "BULLETIN DE PAIE", 14),
            Said(300, 84, f"Période : {period}"),
            Said(300, 150, "GAÜZÈRE Noël"),
            Said(50, 100, "Matricule S-017"),
            Said(50, 700, "Net à payer avant impôt 2 104,33"),
        ]
    )


def as_read(pdf: bytes, *, codes: bool = False) -> tuple[PageReading, ...]:
    """Its pages as the run's first stage reads them."""
    source = io.BytesIO(pdf)
    import os
    import tempfile

    with tempfile.TemporaryFile() as file:
        file.write(source.getvalue())
        file.flush()
        os.fsync(file.fileno())
        return tuple(
            PageReading(
                told.number,
                told.width,
                told.height,
                told.text,
                tuple(Word(text, box) for text, box in told.words),
                tuple(Barcode(*code) for code in read_codes(render_grey(file, told.number, 150))) if codes else (),
                told.is_blank,
            )
            for told in read_pages(file, words=True)
        )


def as_recognised(picture: bytes) -> tuple[PageReading, ...]:
    """One scanned page (PNG) as the step ``ocr`` reads it."""
    told = recognise_page(picture)
    return (PageReading(1, 595, 842, told.text, tuple(Word(*word) for word in told.words), is_recognised=True),)


def context(*, layouts: Sequence[LayoutSpec] = (), parties: Sequence[PartySpec] = SUPPLIERS, **said: str) -> Context:
    """What the run knows."""
    return Context(
        organisation_name="Atelier Mercier",
        language="fr",
        now=datetime(2026, 3, 10, 9, 0, tzinfo=UTC),
        deadline=time.monotonic() + 60,
        kinds=KINDS,
        layouts=tuple(layouts),
        parties=tuple(parties),
        organisation_facts=OWN,
        **said,
    )


def work(pages: tuple[PageReading, ...], room: Context, *, kind: str = "invoice", **known: object) -> Work:
    """A piece of these pages."""
    typed = known.pop("typed", {})
    assert isinstance(typed, Mapping)
    return Work(pages=pages, pdf=pikepdf.new(), context=room, kind=kind, typed=typed, **known)  # type: ignore[arg-type]
