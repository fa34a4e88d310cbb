"""Electronic invoices as other programs write them: older forms, several files, sums that do not add up."""

from __future__ import annotations

import io
from decimal import Decimal

import pikepdf
import pytest

from pli.processing.invoices.embedding import find_invoice_files
from pli.processing.invoices.facts import facts_of
from pli.processing.invoices.reading import NotAnInvoice, read_invoice
from pli.processing.invoices.writing import write_invoice
from pli.processing.plugs import Done, Fact, FieldSpec
from pli.processing.steps.index import IndexOptions, IndexStep
from tests.processing.indexing.papers import Said, as_read, context, paper, work
from tests.processing.invoices.samples import ORDINARY

FIRST_VERSION = """<?xml version="1.0" encoding="UTF-8"?>
<!-- as an accounting program of 2014 writes it -->
<a:CrossIndustryDocument xmlns:a="urn:ferd:CrossIndustryDocument:invoice:1p0"
 xmlns:b="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:12"
 xmlns:c="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:15">
 <a:SpecifiedExchangedDocumentContext><b:GuidelineSpecifiedDocumentContextParameter>
  <b:ID>urn:ferd:CrossIndustryDocument:invoice:1p0:comfort</b:ID></b:GuidelineSpecifiedDocumentContextParameter>
 </a:SpecifiedExchangedDocumentContext>
 <a:HeaderExchangedDocument><b:ID>R-14</b:ID><b:Name>RECHNUNG</b:Name><b:TypeCode>380</b:TypeCode>
  <b:IssueDateTime><c:DateTimeString format="102">20260303</c:DateTimeString></b:IssueDateTime></a:HeaderExchangedDocument>
 <a:SpecifiedSupplyChainTradeTransaction>
  <b:ApplicableSupplyChainTradeAgreement>
   <b:SellerTradeParty><b:Name>Lieferant GmbH</b:Name><b:SpecifiedTaxRegistration>
    <b:ID schemeID="VA">DE136695976</b:ID></b:SpecifiedTaxRegistration></b:SellerTradeParty>
   <b:BuyerTradeParty><b:Name>Mercier</b:Name></b:BuyerTradeParty>
   <b:BuyerOrderReferencedDocument><b:ID>CDE-9</b:ID></b:BuyerOrderReferencedDocument>
  </b:ApplicableSupplyChainTradeAgreement>
  <b:ApplicableSupplyChainTradeSettlement>
   <b:InvoiceCurrencyCode>EUR</b:InvoiceCurrencyCode>
   <b:ApplicableTradeTax><b:CalculatedAmount currencyID="EUR">38.00</b:CalculatedAmount><b:TypeCode>VAT</b:TypeCode>
    <b:BasisAmount currencyID="EUR">200.00</b:BasisAmount><b:ApplicablePercent>19.00</b:ApplicablePercent>
   </b:ApplicableTradeTax>
   <b:SpecifiedTradePaymentTerms><b:DueDateDateTime><c:DateTimeString format="102">20260402</c:DateTimeString>
   </b:DueDateDateTime></b:SpecifiedTradePaymentTerms>
   <b:SpecifiedTradeSettlementMonetarySummation>
    <b:LineTotalAmount currencyID="EUR">200.00</b:LineTotalAmount>
    <b:TaxBasisTotalAmount currencyID="EUR">200.00</b:TaxBasisTotalAmount>
    <b:TaxTotalAmount currencyID="EUR">38.00</b:TaxTotalAmount>
    <b:GrandTotalAmount currencyID="EUR">238.00</b:GrandTotalAmount>
   </b:SpecifiedTradeSettlementMonetarySummation>
  </b:ApplicableSupplyChainTradeSettlement>
  <b:IncludedSupplyChainTradeLineItem>
   <b:SpecifiedSupplyChainTradeAgreement><b:NetPriceProductTradePrice>
    <b:ChargeAmount currencyID="EUR">10.00</b:ChargeAmount></b:NetPriceProductTradePrice></b:SpecifiedSupplyChainTradeAgreement>
   <b:SpecifiedSupplyChainTradeDelivery><b:BilledQuantity unitCode="C62">20</b:BilledQuantity></b:SpecifiedSupplyChainTradeDelivery>
   <b:SpecifiedSupplyChainTradeSettlement><b:ApplicableTradeTax><b:ApplicablePercent>19</b:ApplicablePercent></b:ApplicableTradeTax>
    <b:SpecifiedTradeSettlementMonetarySummation><b:LineTotalAmount currencyID="EUR">200.00</b:LineTotalAmount>
    </b:SpecifiedTradeSettlementMonetarySummation></b:SpecifiedSupplyChainTradeSettlement>
   <b:SpecifiedTradeProduct><b:Name>Trennblätter</b:Name></b:SpecifiedTradeProduct>
  </b:IncludedSupplyChainTradeLineItem>
 </a:SpecifiedSupplyChainTradeTransaction>
</a:CrossIndustryDocument>"""  # noqa: E501
FIELDS = (
    FieldSpec("total", "Montant TTC", "amount"),
    FieldSpec("net", "Montant HT", "amount"),
    FieldSpec("tax", "Montant TVA", "amount"),
    FieldSpec("date", "Date de facture", "date"),
    FieldSpec("visit", "Jour de visite", "date"),
    FieldSpec("deposit", "Acompte", "amount"),
)


def carrying(*files: tuple[str, bytes], associated: bool = False) -> pikepdf.Pdf:
    """A page with these files, in its list of attachments, or told by ``/AF`` alone."""
    pdf = pikepdf.new()
    pdf.add_blank_page()
    specs = [pikepdf.AttachedFileSpec(pdf, data, filename=name) for name, data in files]
    if associated:
        pdf.Root.AF = pikepdf.Array([pdf.make_indirect(spec.obj) for spec in specs])
    else:
        for (name, _), spec in zip(files, specs, strict=True):
            pdf.attachments[name] = spec
    out = io.BytesIO()
    pdf.save(out)
    return pikepdf.open(out)


def test_the_first_version_of_zugferd_is_read_whole() -> None:
    invoice = read_invoice(FIRST_VERSION.encode())
    assert (invoice.number, invoice.date, invoice.due_date) == ("R-14", "2026-03-03", "2026-04-02")
    assert (invoice.net, invoice.tax, invoice.gross) == tuple(map(Decimal, ("200.00", "38.00", "238.00")))
    assert (invoice.seller.name, invoice.seller.vat, invoice.order) == ("Lieferant GmbH", "DE136695976", "CDE-9")
    [line], [part] = invoice.lines, invoice.vat_parts
    assert (line.label, line.quantity, line.price, line.net, line.vat_rate) == (
        "Trennblätter", Decimal(20), Decimal("10.00"), Decimal("200.00"), Decimal(19),
    )  # fmt: skip
    assert (part.rate, part.base, part.tax) == (Decimal("19.00"), Decimal("200.00"), Decimal("38.00"))
    assert invoice.profile.endswith(":comfort")


def test_of_two_forms_in_one_file_the_newer_is_read() -> None:
    newer = write_invoice(ORDINARY)
    pdf = carrying(("ZUGFeRD-invoice.xml", FIRST_VERSION.encode()), ("factur-x.xml", newer), ("other.xml", b"<a/>"))
    assert next(find_invoice_files(pdf)) == newer


def test_a_file_that_is_only_associated_is_found_too() -> None:
    xml = write_invoice(ORDINARY)
    assert list(find_invoice_files(carrying(("facture 2026.xml", xml), associated=True))) == [xml]


@pytest.mark.parametrize(
    "entry", [pikepdf.Dictionary(), pikepdf.Dictionary(UF="factur-x.xml", EF=pikepdf.Dictionary())]
)
def test_a_damaged_association_is_passed_over(entry: pikepdf.Dictionary) -> None:
    pdf = pikepdf.new()
    pdf.Root.AF = pikepdf.Array([entry])
    assert list(find_invoice_files(pdf)) == []


def test_another_format_s_invoice_is_none() -> None:
    with pytest.raises(NotAnInvoice):
        read_invoice(
            b'<Invoice xmlns="http://www.ebinterface.at/schema/6p1/"><InvoiceNumber>7</InvoiceNumber></Invoice>'
        )


def test_a_siret_under_the_register_of_both_is_one() -> None:
    xml = write_invoice(ORDINARY).replace(b'schemeID="0002">', b'schemeID="0002">552100554', 1)
    number = ORDINARY.seller.siren.encode()
    changed = xml.replace(b'schemeID="0002">552100554' + number, b'schemeID="0002">55210055400013', 1)
    seller = read_invoice(changed).seller
    assert (seller.siren, seller.siret) == (seller.vat[4:] if seller.vat else "552100554", "55210055400013")


def test_sums_that_do_not_add_up_are_doubted_and_rounding_is_not() -> None:
    xml = write_invoice(ORDINARY).decode()
    told = f">{ORDINARY.gross}</ram:GrandTotalAmount>"
    assert told in xml
    confidences = {}
    for more in ("0.40", "3.00"):
        changed = xml.replace(told, f">{ORDINARY.gross + Decimal(more)}</ram:GrandTotalAmount>")  # type: ignore[operator]
        facts = facts_of(read_invoice(changed.encode()), FIELDS, {})
        confidences[more] = {name: fact.confidence for name, fact in facts.items()}
    assert set(confidences["0.40"].values()) == {0.99}
    assert {name for name, confidence in confidences["3.00"].items() if confidence < 0.6} == {"total", "net", "tax"}


def test_a_doubt_is_not_lifted_by_the_page_that_says_the_same() -> None:
    page = as_read(paper([Said(50, 100, "Facture n° 12"), Said(50, 700, "Total TTC 571,04 €")]))
    piece = work(page, context(), facts={"total": Fact("571.04", 0.5, "facturx")})
    outcome = IndexStep().run(piece, IndexOptions())
    assert isinstance(outcome, Done) and set(outcome.facts) == {"number"}


def test_a_day_or_an_amount_that_is_no_invoice_s_is_not_made_up() -> None:
    facts = facts_of(read_invoice(write_invoice(ORDINARY)), FIELDS, {})
    assert {"total", "net", "tax", "date"} == set(facts)
