"""Bare UBL and CII invoices: a readable page, their facts, the XML unaltered; hostile ones parked."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pikepdf
import pytest
from pypdfium2 import PdfDocument

from pli.capture.api import Capture, CaptureState, SftpOptions, SourceSettings, Wishes, confirm_capture, create_source
from pli.capture.sources.arrivals import receive_drop
from pli.capture.sources.sniffing import PDF, UNKNOWN, XML, sniff
from pli.documents.api import Document, blob_path, store_bytes
from pli.pdf.api import judge_archival
from pli.processing.api import Run, RunPiece, RunState
from pli.processing.invoices.invoice import Invoice, InvoiceLine, Trader, VatPart
from pli.processing.invoices.writing import write_invoice
from tests.processing.invoices.test_facturx import UBL
from tests.processing.invoices.test_foreign import FIRST_VERSION
from tests.support.people import House, make_house
from tests.support.queue import RunJobs
from tests.support.runs import make_recipe

pytestmark = pytest.mark.django_db
CII = write_invoice(
    Invoice(
        number="F-2026-041",
        date="2026-03-03",
        due_date="2026-04-02",
        seller=Trader("Électricité Générale", siren="552100554", vat="FR83552100554", country="FR", city="Nantes"),
        buyer=Trader("Mercier", siren="732829320", vat="FR44732829320", country="FR"),
        net=Decimal("100.00"),
        tax=Decimal("20.00"),
        gross=Decimal("120.00"),
        due=Decimal("120.00"),
        lines=(InvoiceLine("Pose <b>d’un tableau</b> #set", *map(Decimal, ("2", "50", "100.00", "20"))),),
        vat_parts=(VatPart(Decimal(20), Decimal("100.00"), Decimal("20.00")),),
    )
)
BOMB = "<!DOCTYPE x [" + "".join(
    f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(9)
) + "]>"  # fmt: skip
EXTERNAL = '<!DOCTYPE Invoice [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
HOSTILE = {
    "bomb": ('<?xml version="1.0"?>' + BOMB + "<Invoice><ID>&e8;</ID></Invoice>", "entités"),
    "external": ('<?xml version="1.0"?>' + EXTERNAL + "<Invoice><ID>&x;</ID></Invoice>", "entités"),
    "deep": ("<Invoice>" + "<a>" * 500 + "</a>" * 500 + "</Invoice>", "trop profond"),
    "many": ("<Invoice>" + "<a/>" * 250_000 + "</Invoice>", "trop d’éléments"),
    "broken": ('<?xml version="1.0"?><Invoice><ID>F-1</ID>', "mal formé"),
    "page": ('<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><script/></html>', "pas une facture"),
    "other format": ("<Invoice><InvoiceNumber>7</InvoiceNumber></Invoice>", "pas une facture"),
    "huge": ('<?xml version="1.0"?><Invoice><ID>' + "x" * (11 << 20) + "</ID></Invoice>", "trop gros"),
}
Drop = Callable[..., Capture]


@pytest.fixture
def house() -> House:
    return make_house()


@pytest.fixture
def drop(house: House, run_jobs: RunJobs) -> Drop:
    """Sends a file to an SFTP account and has it examined."""

    def send(content: bytes, name: str = "facture.xml", **wanted: object) -> Capture:
        chosen = SourceSettings("ERP", SftpOptions(), kind="invoice", **wanted)  # type: ignore[arg-type]
        source, _ = create_source(house.bruno, chosen=chosen)
        stored = store_bytes([content])
        capture, _ = receive_drop(source, stored=stored, sent_name=name, media_type=sniff(content[:1024]))
        run_jobs()
        capture.refresh_from_db()
        return capture

    return send


def _page_of(capture: Capture) -> tuple[str, dict[str, bytes]]:
    """What its PDF says, and the files it carries."""
    assert capture.prepared_id
    path = blob_path(capture.prepared_id)
    text = "\n".join(page.get_textpage().get_text_range() for page in PdfDocument(path))
    with pikepdf.open(path) as pdf:
        return text, {name: spec.get_file().read_bytes() for name, spec in pdf.attachments.items()}


@pytest.mark.parametrize(
    ("content", "number", "gross", "shown", "name"),
    [
        (CII, "F-2026-041", "120.00", "120,00", "factur-x.xml"),
        (UBL.encode(), "EG-2026-118", "1234.56", "1\u202f234,56", "xrechnung.xml"),
        (FIRST_VERSION.encode(), "R-14", "238.00", "238,00", "ZUGFeRD-invoice.xml"),
    ],
    ids=["cii", "ubl", "zugferd 1"],
)
def test_an_invoice_becomes_a_page_with_its_facts_and_its_file(
    drop: Drop, content: bytes, number: str, gross: str, shown: str, name: str
) -> None:
    capture = drop(content)
    assert (capture.state, capture.problem) == (CaptureState.FILED, {})
    assert blob_path(capture.blob_id).read_bytes() == content and capture.blob.media_type == XML
    text, carried = _page_of(capture)
    assert number in text and f"{shown} EUR" in text and "Mercier" in text and "Facture" in text
    assert carried == {name: content}, "kept as it came, inside too"
    assert capture.prepared_id and judge_archival(blob_path(capture.prepared_id).read_bytes(), "3b") == []
    document = Document.objects.get()
    assert capture.document == document and document.page_count == 1
    values = {str(value) for value in document.facts.values()}
    assert {number, "2026-03-03", gross} <= values, document.facts


def test_what_it_says_is_text_and_never_markup(drop: Drop) -> None:
    text, _ = _page_of(drop(CII))
    assert "Pose <b>d’un tableau</b> #set" in text and "50" in text


@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_broken_and_foreign_xml_is_parked_with_its_reason(drop: Drop, kind: str) -> None:
    content, reason = HOSTILE[kind]
    capture = drop(content.encode())
    assert (capture.state, capture.problem_code) == (CaptureState.PARKED, "CAP-023")
    assert reason in capture.problem["details"]["reason"]
    assert blob_path(capture.blob_id).read_bytes() == content.encode() and not Document.objects.exists()


def test_its_recipe_reads_it_as_a_facturx(drop: Drop, house: House) -> None:
    recipe = make_recipe(house, steps=[{"slug": "facturx", "options": {}}])
    capture = drop(CII, recipe_id=recipe.id)
    assert capture.state == CaptureState.PASSED
    assert Run.objects.get().state == RunState.DONE
    [piece] = RunPiece.objects.all()
    document = Document.objects.get(id=piece.document_id)
    assert {"F-2026-041", "120.00"} <= {str(value) for value in document.facts.values()}


def test_confirmed_by_a_person_it_keeps_its_facts_unless_it_is_something_else(
    drop: Drop, house: House, run_jobs: RunJobs
) -> None:
    capture = drop(CII, asks_first=True)
    assert capture.state == CaptureState.WAITING
    confirm_capture(house.chloe, capture, wishes=Wishes("invoice", title="Tableau"))
    run_jobs()
    document = Document.objects.get()
    assert document.title == "Tableau" and "F-2026-041" in document.facts.values()


def test_its_form_is_told_by_its_content_and_not_by_its_name() -> None:
    for content in (
        CII,
        UBL.encode(),
        UBL.encode("utf-16"),
        b"\xef\xbb\xbf" + CII,
        b"\n <Invoice/>",
        b"<x:CreditNote/>",
    ):
        assert sniff(content[:1024]) == XML
    for content in (b"<html><body/></html>", b"Invoice", b"{}", b"<svg/>", b""):
        assert sniff(content) == UNKNOWN
    assert sniff(b"%PDF-1.7 <?xml") == PDF
