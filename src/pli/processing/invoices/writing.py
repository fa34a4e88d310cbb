"""An invoice as the XML of Factur-X, profile EN 16931 (UN/CEFACT Cross Industry Invoice D22B)."""

from __future__ import annotations

from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring

from pli.processing.invoices.invoice import Invoice, InvoiceLine, Trader, VatPart

GUIDELINE = "urn:cen.eu:en16931:2017"
_SPACE = "urn:un:unece:uncefact:data:standard:"
_SPACES = {
    "rsm": f"{_SPACE}CrossIndustryInvoice:100",
    "ram": f"{_SPACE}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_SPACE}UnqualifiedDataType:100",
    "qdt": f"{_SPACE}QualifiedDataType:100",
}
_TRANSFER, _UNKNOWN_MEANS = "30", "1"
for _prefix, _uri in _SPACES.items():
    register_namespace(_prefix, _uri)


def write_invoice(invoice: Invoice) -> bytes:
    """The XML. That the invoice keeps the rules (:mod:`pli.processing.invoices.rules`) is for the caller to see to."""
    root = Element(_name("rsm:CrossIndustryInvoice"))
    _put(root, "rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID", GUIDELINE)
    document = _put(root, "rsm:ExchangedDocument")
    _put(document, "ram:ID", invoice.number)
    _put(document, "ram:TypeCode", invoice.type_code)
    _date(_put(document, "ram:IssueDateTime"), invoice.date)
    trade = _put(root, "rsm:SupplyChainTradeTransaction")
    for number, line in enumerate(invoice.lines, start=1):
        _line(_put(trade, "ram:IncludedSupplyChainTradeLineItem"), number, line)
    agreement = _put(trade, "ram:ApplicableHeaderTradeAgreement")
    _trader(_put(agreement, "ram:SellerTradeParty"), invoice.seller)
    _trader(_put(agreement, "ram:BuyerTradeParty"), invoice.buyer)
    if invoice.order:
        _put(agreement, "ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID", invoice.order)
    _put(trade, "ram:ApplicableHeaderTradeDelivery")
    _settlement(_put(trade, "ram:ApplicableHeaderTradeSettlement"), invoice)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _line(item: Element, number: int, line: InvoiceLine) -> None:
    _put(item, "ram:AssociatedDocumentLineDocument/ram:LineID", str(number))
    _put(item, "ram:SpecifiedTradeProduct/ram:Name", line.label)
    price = "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount"
    _put(item, price, _plain(line.price))
    quantity = _put(item, "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity", _plain(line.quantity))
    quantity.set("unitCode", line.unit)
    settlement = _put(item, "ram:SpecifiedLineTradeSettlement")
    tax = _put(settlement, "ram:ApplicableTradeTax")
    _put(tax, "ram:TypeCode", "VAT")
    _put(tax, "ram:CategoryCode", "S" if line.vat_rate else "Z")
    _put(tax, "ram:RateApplicablePercent", _plain(line.vat_rate))
    total = "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
    _put(settlement, total, _money(line.net))


def _trader(party: Element, trader: Trader) -> None:
    _put(party, "ram:Name", trader.name)
    if trader.siren:
        _put(party, "ram:SpecifiedLegalOrganization/ram:ID", trader.siren).set("schemeID", "0002")
    address = _put(party, "ram:PostalTradeAddress")
    for name, said in (("PostcodeCode", trader.postcode), ("LineOne", trader.street), ("CityName", trader.city)):
        if said:
            _put(address, f"ram:{name}", said)
    _put(address, "ram:CountryID", trader.country)
    if trader.vat:
        _put(party, "ram:SpecifiedTaxRegistration/ram:ID", trader.vat).set("schemeID", "VA")


def _settlement(settlement: Element, invoice: Invoice) -> None:
    _put(settlement, "ram:InvoiceCurrencyCode", invoice.currency)
    means = _put(settlement, "ram:SpecifiedTradeSettlementPaymentMeans")
    _put(means, "ram:TypeCode", _TRANSFER if invoice.iban else _UNKNOWN_MEANS)
    if invoice.iban:
        _put(means, "ram:PayeePartyCreditorFinancialAccount/ram:IBANID", invoice.iban)
    for part in invoice.vat_parts:
        _vat_part(_put(settlement, "ram:ApplicableTradeTax"), part)
    if invoice.due_date or invoice.terms:
        terms = _put(settlement, "ram:SpecifiedTradePaymentTerms")
        if invoice.terms:
            _put(terms, "ram:Description", invoice.terms)
        if invoice.due_date:
            _date(_put(terms, "ram:DueDateDateTime"), invoice.due_date)
    totals = _put(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    net, gross = invoice.net or Decimal(0), invoice.gross or Decimal(0)
    _put(totals, "ram:LineTotalAmount", _money(net))
    _put(totals, "ram:TaxBasisTotalAmount", _money(net))
    _put(totals, "ram:TaxTotalAmount", _money(invoice.tax or Decimal(0))).set("currencyID", invoice.currency)
    _put(totals, "ram:GrandTotalAmount", _money(gross))
    _put(totals, "ram:DuePayableAmount", _money(gross if invoice.due is None else invoice.due))


def _vat_part(tax: Element, part: VatPart) -> None:
    _put(tax, "ram:CalculatedAmount", _money(part.tax))
    _put(tax, "ram:TypeCode", "VAT")
    _put(tax, "ram:BasisAmount", _money(part.base))
    _put(tax, "ram:CategoryCode", part.category)
    _put(tax, "ram:RateApplicablePercent", _plain(part.rate))


def _date(element: Element, day: str) -> None:
    _put(element, "udt:DateTimeString", day.replace("-", "")).set("format", "102")


def _put(parent: Element, path: str, text: str = "") -> Element:
    """A new element at ``path``; its last part is always new, those before are too."""
    for name in path.split("/"):
        parent = SubElement(parent, _name(name))
    if text:
        parent.text = "".join(letter for letter in text if letter >= " ")
    return parent


def _name(prefixed: str) -> str:
    prefix, _, name = prefixed.partition(":")
    return f"{{{_SPACES[prefix]}}}{name}"


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"


def _plain(number: Decimal) -> str:
    """Without an exponent, nor zeroes behind the point that say nothing."""
    told = f"{number:f}"
    return told.rstrip("0").rstrip(".") if "." in told else told
