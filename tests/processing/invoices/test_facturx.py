"""Electronic invoices: written, judged by the norm's own schematron, read back; and hostile ones."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import facturx
import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pli.pdf.api import ArchiveInfo, judge_archival, make_archival, save_archival
from pli.processing.invoices.embedding import embed_invoice, find_invoice_files
from pli.processing.invoices.invoice import Invoice, VatPart
from pli.processing.invoices.reading import NotAnInvoice, read_invoice
from pli.processing.invoices.rules import broken_rules
from pli.processing.invoices.schematron import JudgeMissing, check_schematron
from pli.processing.invoices.tree import XmlRefused, parse_xml
from pli.processing.invoices.writing import write_invoice
from pli.processing.plugs import Done, FieldRule, FieldSpec, KindSpec, PartySpec, Skipped
from pli.processing.steps.facturx import FacturxStep, MakeFacturxStep, MakeOptions, ReadOptions
from pli.processing.steps.index import IndexOptions, IndexStep
from pli.project.demonstration import papers as demonstration
from pli.project.demonstration.layouts import OWN_INVOICE_RULES
from tests.processing.indexing import papers
from tests.processing.indexing.papers import as_read, context, work
from tests.processing.invoices.samples import BUYER, MIXED, ORDINARY, SELLER, invoice_of

LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn"))


class TestWriting:
    @pytest.mark.parametrize("invoice", [ORDINARY, MIXED])
    def test_the_schema_and_the_schematron_find_nothing_to_say(self, invoice: Invoice) -> None:
        assert broken_rules(invoice) == []
        xml = write_invoice(invoice)
        facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
        assert check_schematron(xml) == []

    def test_the_schematron_sees_wrong_totals(self) -> None:
        xml = write_invoice(replace(ORDINARY, gross=Decimal("908.41"), due=Decimal("908.41")))
        assert any("BR-CO-15" in line for line in check_schematron(xml))

    def test_no_answer_is_no_pass(self) -> None:
        with pytest.raises(JudgeMissing):
            check_schematron(b"<not-xml")

    @pytest.mark.parametrize(
        ("changes", "rule"),
        [
            ({"number": ""}, "BR-02"),
            ({"date": ""}, "BR-03"),
            ({"lines": ()}, "BR-16"),
            ({"gross": Decimal("1.00"), "due": Decimal("1.00")}, "BR-CO-15"),
            ({"tax": Decimal("1.00")}, "BR-CO-14"),
            ({"net": Decimal("1.00")}, "BR-CO-10"),
            ({"due_date": ""}, "BR-CO-25"),
            ({"seller": replace(SELLER, vat="")}, "BR-S-02"),
            ({"seller": replace(SELLER, country="")}, "BR-09"),
            ({"buyer": replace(BUYER, name="")}, "BR-07"),
            ({"vat_parts": (VatPart(Decimal(20), Decimal(757), Decimal("151.41")),)}, "BR-CO-17"),
            ({"vat_parts": (VatPart(Decimal(20), Decimal(756), Decimal("151.20")),)}, "BR-S-08"),
        ],
    )
    def test_what_would_break_a_rule_is_named_before_it_is_written(self, changes: dict, rule: str) -> None:
        assert any(line.startswith(rule) for line in broken_rules(replace(ORDINARY, **changes)))

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.text(
                    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Co", "Cn")), min_size=1, max_size=40
                )
                .map(str.strip)
                .filter(bool),
                st.decimals("0.01", "999", places=2).map(str),
                st.decimals("0", "9999", places=3).map(str),
                st.sampled_from(["20", "10", "5.5", "2.1", "0"]),
            ),
            min_size=1,
            max_size=6,
        )
    )
    def test_what_is_written_keeps_the_schema_and_comes_back(self, rows: list) -> None:
        invoice = invoice_of(*rows)
        assert broken_rules(invoice) == []
        xml = write_invoice(invoice)
        facturx.xml_check_xsd(xml, flavor="factur-x", level="en16931")
        read = read_invoice(xml)
        assert (read.number, read.date, read.due_date, read.iban, read.order) == (
            invoice.number, invoice.date, invoice.due_date, invoice.iban, invoice.order,
        )  # fmt: skip
        assert (read.net, read.tax, read.gross) == (invoice.net, invoice.tax, invoice.gross)
        assert read.seller.siren == SELLER.siren and read.buyer.name == BUYER.name
        assert [line.net for line in read.lines] == [line.net for line in invoice.lines]
        assert [" ".join(line.label.split()) for line in invoice.lines] == [line.label for line in read.lines]


UBL = """<?xml version="1.0"?>
<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
 xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
 xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
 <cbc:CustomizationID>urn:cen.eu:en16931:2017</cbc:CustomizationID><cbc:ID>EG-2026-118</cbc:ID>
 <cbc:IssueDate>2026-03-03</cbc:IssueDate><cbc:DueDate>2026-04-02</cbc:DueDate>
 <cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
 <cac:AccountingSupplierParty><cac:Party>
  <cac:PartyTaxScheme><cbc:CompanyID>FR83552100554</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>
  </cac:PartyTaxScheme><cac:PartyLegalEntity><cbc:RegistrationName>Électricité</cbc:RegistrationName>
  <cbc:CompanyID schemeID="0002">552100554</cbc:CompanyID></cac:PartyLegalEntity></cac:Party>
 </cac:AccountingSupplierParty>
 <cac:AccountingCustomerParty><cac:Party>
  <cac:PartyLegalEntity><cbc:RegistrationName>Atelier Mercier</cbc:RegistrationName>
  <cbc:CompanyID schemeID="0002">732829320</cbc:CompanyID></cac:PartyLegalEntity></cac:Party>
 </cac:AccountingCustomerParty>
 <cac:PaymentMeans><cac:PayeeFinancialAccount><cbc:ID>FR1420041010050500013M02606</cbc:ID></cac:PayeeFinancialAccount>
 </cac:PaymentMeans><cac:TaxTotal><cbc:TaxAmount currencyID="EUR">205.76</cbc:TaxAmount></cac:TaxTotal>
 <cac:LegalMonetaryTotal><cbc:TaxExclusiveAmount>1028.80</cbc:TaxExclusiveAmount>
 <cbc:TaxInclusiveAmount>1234.56</cbc:TaxInclusiveAmount><cbc:PayableAmount>1234.56</cbc:PayableAmount>
 </cac:LegalMonetaryTotal></Invoice>"""


def carrying(xml: bytes, name: str = "factur-x.xml") -> pikepdf.Pdf:
    pdf = pikepdf.open(io.BytesIO(papers.electrician()))
    pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, xml, filename=name)
    return pdf


class TestReading:
    def test_facts_and_supplier_of_an_invoice_the_page_carries(self) -> None:
        piece = work(as_read(papers.electrician()), context())
        piece.pdf = carrying(UBL.encode(), "facture.xml")
        outcome = FacturxStep().run(piece, ReadOptions())
        assert isinstance(outcome, Done) and outcome.party_id == "p-elec"
        assert {name: fact.value for name, fact in outcome.facts.items()} == {
            "number": "EG-2026-118", "date": "2026-03-03", "due_date": "2026-04-02", "total": "1234.56",
            "siren": "552100554", "iban": "FR1420041010050500013M02606",
        }  # fmt: skip
        assert all(fact.confidence > 0.95 for fact in outcome.facts.values())

    def test_who_is_meant_in_ones_own_invoice_is_the_buyer(self) -> None:
        piece = work(as_read(papers.electrician()), context())
        piece.pdf = carrying(write_invoice(ORDINARY))
        outcome = FacturxStep().run(piece, ReadOptions(kind="invoice"))
        assert isinstance(outcome, Done) and outcome.party_id == "p-elec"
        assert outcome.facts["siren"].value == BUYER.siren

    @pytest.mark.parametrize("level", ["minimum", "basicwl", "basic", "en16931", "extended"])
    def test_every_profile_of_the_reference_library(self, level: str) -> None:
        """Whatever the profile leaves out is left out; what it has is read."""
        xml = write_invoice(ORDINARY).decode()
        guideline = {"minimum": "urn:factur-x.eu:1p0:minimum", "basicwl": "urn:factur-x.eu:1p0:basicwl"}
        xml = xml.replace("urn:cen.eu:en16931:2017", guideline.get(level, "urn:cen.eu:en16931:2017"))
        if level in guideline:
            start = xml.index("<ram:IncludedSupplyChainTradeLineItem>")
            end = xml.rindex("</ram:IncludedSupplyChainTradeLineItem>") + len("</ram:IncludedSupplyChainTradeLineItem>")
            xml = xml[:start] + xml[end:]
        read = read_invoice(xml.encode())
        assert read.gross == ORDINARY.gross and read.number == ORDINARY.number
        assert bool(read.lines) == (level not in guideline)

    def test_no_invoice_is_said(self) -> None:
        piece = work(as_read(papers.electrician()), context())
        piece.pdf = pikepdf.open(io.BytesIO(papers.electrician()))
        assert isinstance(FacturxStep().run(piece, ReadOptions()), Skipped)
        piece.pdf = carrying(b"<html/>", "page.xml")
        assert isinstance(FacturxStep().run(piece, ReadOptions()), Skipped)
        with pytest.raises(NotAnInvoice):
            read_invoice(b"<html/>")

    @pytest.mark.parametrize(
        "xml",
        [
            b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>',
            b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://192.0.2.1/x.dtd"><a/>',
            b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Invoice>&x;</Invoice>',
            b"<a>" * 5000,
            b"<Invoice>" + b"<a/>" * 300_000 + b"</Invoice>",
            b"<Invoice>" + b" " * (11 << 20) + b"</Invoice>",
            b"\x00\x01\x02",
            b"",
            b"<Invoice",
            b'<?xml version="1.0" encoding="klingon"?><Invoice/>',
        ],
        ids=[
            "billion laughs",
            "outer dtd",
            "outer entity",
            "deep",
            "many",
            "large",
            "bytes",
            "empty",
            "cut",
            "encoding",
        ],
    )
    def test_hostile_files_are_refused(self, xml: bytes) -> None:
        with pytest.raises(XmlRefused):
            parse_xml(xml)
        piece = work(as_read(papers.electrician()), context())
        piece.pdf = carrying(xml)
        assert isinstance(FacturxStep().run(piece, ReadOptions()), Skipped)

    @pytest.mark.parametrize(
        "total", ["NaN", "1e999999999", "-1E+999999999", "1e-999999999", "9" * 40, "Infinity", "١٢"]
    )
    def test_nonsense_in_the_right_places_is_left_out(self, total: str) -> None:
        xml = (
            UBL.replace("2026-03-03", "yesterday")
            .replace(">1234.56<", f">{total}<")
            .replace("FR1420041010", "FR1499999999")
        )
        piece = work(as_read(papers.electrician()), context())
        piece.pdf = carrying(xml.encode())
        outcome = FacturxStep().run(piece, ReadOptions())
        assert isinstance(outcome, Done)
        assert not {"date", "total", "iban"} & outcome.facts.keys()


CLIENT = PartySpec("p-sevre", "C0007", "Résidence du Parc", "CLIENT", siren="552100554")
KIND = KindSpec(
    "invoice",
    "Facture",
    (FieldSpec("number", "N° de facture"), FieldSpec("date", "Date de facture", "date"),
     FieldSpec("total", "Montant TTC", "amount")),
)  # fmt: skip


def own_invoice() -> bytes:
    """What the demonstration company's own software prints."""
    client = ("Résidence du Parc", "3 allée des Tilleuls", "44000 Nantes")
    return demonstration.make_invoice(client, "F2026-00417", datetime(2026, 3, 3, tzinfo=UTC).date())


class TestMaking:
    def made(self, pdf: bytes, **own: str) -> tuple[object, pikepdf.Pdf]:
        room = replace(context(parties=(CLIENT,)), kinds={"invoice": KIND})
        room = replace(room, organisation_facts={**room.organisation_facts, **own})
        piece = work(as_read(pdf), room)
        piece.pdf = pikepdf.open(io.BytesIO(pdf))
        rules = [FieldRule.model_validate(rule) for rule in OWN_INVOICE_RULES]
        indexed = IndexStep().run(piece, IndexOptions(rules=tuple(rules)))
        assert isinstance(indexed, Done)
        piece.facts, piece.party_id = dict(indexed.facts), indexed.party_id
        return MakeFacturxStep().run(piece, MakeOptions()), piece.pdf

    def test_an_own_invoice_becomes_factur_x_valid_for_every_judge(self, tmp_path: Path) -> None:
        outcome, pdf = self.made(own_invoice(), address="17 boulevard de Chantenay, 44100 Nantes")
        assert isinstance(outcome, Done), outcome
        now = datetime(2026, 3, 10, tzinfo=UTC)
        make_archival(pdf, "3b", ArchiveInfo(made_at=now, title="Facture", language="fr"))
        written = save_archival(pdf, "3b")
        assert judge_archival(written, "3b") == []
        name, xml = facturx.get_xml_from_pdf(written, check_xsd=True, check_schematron=False)
        assert name == "factur-x.xml"
        assert check_schematron(xml) == []
        read = read_invoice(xml)
        assert (read.number, read.date, str(read.gross)) == ("F2026-00417", "2026-03-03", "908.40")
        assert len(read.lines) == 3 and read.buyer.name == "Résidence du Parc" and read.seller.city == "Nantes"
        with pikepdf.open(io.BytesIO(written)) as final:
            assert final.Root.AF[0].AFRelationship == pikepdf.Name.Alternative
            packet = final.Root.Metadata.read_bytes()
            assert b"urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#" in packet and b"EN 16931" in packet
            assert b"pdfaExtension" in packet

    def test_figures_that_do_not_prove_each_other_make_nothing_and_say_why(self) -> None:
        for pdf in (papers.electrician(), papers.carpenter()):
            piece = work(as_read(pdf), context(), party_id="p-client")
            piece.pdf = pikepdf.open(io.BytesIO(pdf))
            outcome = MakeFacturxStep().run(piece, MakeOptions())
            assert isinstance(outcome, Skipped) and "EN 16931" in outcome.reason
            assert list(find_invoice_files(piece.pdf)) == []

    def test_another_kind_or_a_file_that_has_one_is_left_alone(self) -> None:
        piece = work(as_read(papers.payslip()), context(), kind="payslip")
        assert isinstance(MakeFacturxStep().run(piece, MakeOptions()), Skipped)
        piece = work(as_read(own_invoice()), context())
        piece.pdf = carrying(write_invoice(ORDINARY))
        outcome = MakeFacturxStep().run(piece, MakeOptions())
        assert isinstance(outcome, Skipped) and "déjà" in outcome.reason

    def test_what_was_put_in_is_found(self) -> None:
        pdf = pikepdf.open(io.BytesIO(papers.electrician()))
        embed_invoice(pdf, b"<a/>", profile="EN 16931", made_at=datetime(2026, 3, 10, tzinfo=UTC))
        assert list(find_invoice_files(pdf)) == [b"<a/>"]
