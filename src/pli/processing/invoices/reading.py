"""Factur-X, CII and UBL read into an :class:`Invoice`: what is there, whatever the profile; nothing is made up."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from itertools import islice
from xml.etree.ElementTree import Element

from stdnum import iban as iban_numbers
from stdnum.exceptions import ValidationError

from pli.processing.invoices.first_version import rename_first_version
from pli.processing.invoices.invoice import Invoice, InvoiceLine, Trader, VatPart
from pli.processing.invoices.tree import XmlRefused, all_at, first_at, local, parse_xml, text_at

_LARGEST = Decimal(10) ** 13
_DECIMAL = re.compile(r"[+-]?(?:[0-9]{1,30}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})")
_MOST_LINES = 5_000
_TRADE = "SupplyChainTradeTransaction"
_AGREEMENT = f"{_TRADE}/ApplicableHeaderTradeAgreement"
_SETTLEMENT = f"{_TRADE}/ApplicableHeaderTradeSettlement"
_MEANS = "SpecifiedTradeSettlementPaymentMeans"
_SIREN, _SIRET = "0002", "0009"


class NotAnInvoice(XmlRefused):
    """XML, but no invoice in a form Pli knows."""


def read_invoice(data: bytes) -> Invoice:
    """The invoice an XML file holds.

    :raises XmlRefused: it is hostile or broken. :raises NotAnInvoice: it is something else.
    """
    root = parse_xml(data)
    name = local(root)
    if name == "CrossIndustryDocument":
        rename_first_version(root)
    if name in ("CrossIndustryInvoice", "CrossIndustryDocument"):
        return _told(_read_cii(root))
    if name in ("Invoice", "CreditNote"):
        return _told(_read_ubl(root, is_credit=name == "CreditNote"))
    raise NotAnInvoice("Ce fichier XML n’est pas une facture électronique (Factur-X, CII ou UBL).")


def _told(invoice: Invoice) -> Invoice:
    # « Invoice » is the root of other formats too, whose words are not these: nothing would be read of them.
    if not invoice.number and not invoice.seller.name and invoice.gross is None:
        raise NotAnInvoice("Ce fichier XML n’est pas une facture électronique (Factur-X, CII ou UBL).")
    return invoice


def _read_cii(root: Element) -> Invoice:
    document = first_at(root, "ExchangedDocument")
    agreement, settlement = first_at(root, _AGREEMENT), first_at(root, _SETTLEMENT)
    totals = first_at(settlement, "SpecifiedTradeSettlementHeaderMonetarySummation")
    currency = text_at(settlement, "InvoiceCurrencyCode")
    return Invoice(
        number=text_at(document, "ID"),
        date=_cii_date(document, "IssueDateTime"),
        seller=_cii_trader(first_at(agreement, "SellerTradeParty")),
        buyer=_cii_trader(first_at(agreement, "BuyerTradeParty")),
        gross=_amount(totals, "GrandTotalAmount"),
        net=_amount(totals, "TaxBasisTotalAmount"),
        tax=_tax_in(currency, list(all_at(totals, "TaxTotalAmount"))),
        due=_amount(totals, "DuePayableAmount"),
        currency=currency or "EUR",
        type_code=text_at(document, "TypeCode") or "380",
        due_date=_cii_date(settlement, "SpecifiedTradePaymentTerms/DueDateDateTime"),
        iban=_iban(text_at(settlement, f"{_MEANS}/PayeePartyCreditorFinancialAccount/IBANID")),
        order=text_at(agreement, "BuyerOrderReferencedDocument/IssuerAssignedID"),
        profile=text_at(root, "ExchangedDocumentContext/GuidelineSpecifiedDocumentContextParameter/ID"),
        lines=_lines(all_at(root, f"{_TRADE}/IncludedSupplyChainTradeLineItem"), _cii_line),
        vat_parts=_vat_parts(
            all_at(settlement, "ApplicableTradeTax"),
            ("BasisAmount", "CalculatedAmount", "RateApplicablePercent", "CategoryCode"),
        ),
    )


def _cii_trader(element: Element | None) -> Trader:
    legal = first_at(element, "SpecifiedLegalOrganization/ID")
    numbers = [one for one in (legal, *all_at(element, "ID"), *all_at(element, "GlobalID")) if one is not None]
    vat = ""
    for registration in all_at(element, "SpecifiedTaxRegistration/ID"):
        if registration.get("schemeID") == "VA":
            vat = _compact(registration.text or "")
    address = first_at(element, "PostalTradeAddress")
    siren, siret = _french_numbers(numbers, vat)
    return Trader(
        name=text_at(element, "Name"),
        siren=siren,
        siret=siret,
        vat=vat,
        email=text_at(element, "DefinedTradeContact/EmailURIUniversalCommunication/URIID"),
        country=text_at(address, "CountryID"),
        city=text_at(address, "CityName"),
        postcode=text_at(address, "PostcodeCode"),
        street=text_at(address, "LineOne"),
    )


def _cii_line(element: Element) -> InvoiceLine | None:
    settlement = first_at(element, "SpecifiedLineTradeSettlement")
    return _line(
        text_at(element, "SpecifiedTradeProduct/Name"),
        text_at(element, "SpecifiedLineTradeDelivery/BilledQuantity"),
        text_at(element, "SpecifiedLineTradeAgreement/NetPriceProductTradePrice/ChargeAmount"),
        text_at(settlement, "SpecifiedTradeSettlementLineMonetarySummation/LineTotalAmount"),
        text_at(settlement, "ApplicableTradeTax/RateApplicablePercent"),
    )


def _read_ubl(root: Element, *, is_credit: bool) -> Invoice:
    totals = first_at(root, "LegalMonetaryTotal")
    currency = text_at(root, "DocumentCurrencyCode") or "EUR"
    taxes = list(all_at(root, "TaxTotal/TaxAmount"))
    kind = "CreditNote" if is_credit else "Invoice"
    return Invoice(
        number=text_at(root, "ID"),
        date=_iso(text_at(root, "IssueDate")),
        seller=_ubl_trader(first_at(root, "AccountingSupplierParty/Party")),
        buyer=_ubl_trader(first_at(root, "AccountingCustomerParty/Party")),
        gross=_amount(totals, "TaxInclusiveAmount"),
        net=_amount(totals, "TaxExclusiveAmount"),
        tax=_tax_in(currency, taxes),
        due=_amount(totals, "PayableAmount"),
        currency=currency,
        type_code=text_at(root, f"{kind}TypeCode") or ("381" if is_credit else "380"),
        due_date=_iso(text_at(root, "DueDate") or text_at(root, "PaymentMeans/PaymentDueDate")),
        iban=_iban(text_at(root, "PaymentMeans/PayeeFinancialAccount/ID")),
        order=text_at(root, "OrderReference/ID"),
        profile=text_at(root, "CustomizationID"),
        lines=_lines(
            all_at(root, f"{kind}Line"),
            partial(_ubl_line, quantity="CreditedQuantity" if is_credit else "InvoicedQuantity"),
        ),
        vat_parts=_vat_parts(
            all_at(root, "TaxTotal/TaxSubtotal"),
            ("TaxableAmount", "TaxAmount", "TaxCategory/Percent", "TaxCategory/ID"),
        ),
    )


def _lines(elements: Iterator[Element], read: Callable[[Element], InvoiceLine | None]) -> tuple[InvoiceLine, ...]:
    return tuple(line for element in islice(elements, _MOST_LINES) if (line := read(element)) is not None)


def _vat_parts(elements: Iterator[Element], paths: tuple[str, str, str, str]) -> tuple[VatPart, ...]:
    parts = []
    for element in islice(elements, _MOST_LINES):
        base, tax, rate = (_number(text_at(element, path)) for path in paths[:3])
        if base is not None and tax is not None:
            parts.append(VatPart(rate or Decimal(0), base, tax, text_at(element, paths[3]) or "S"))
    return tuple(parts)


def _ubl_trader(element: Element | None) -> Trader:
    numbers = [*all_at(element, "PartyLegalEntity/CompanyID"), *all_at(element, "PartyIdentification/ID"),
               *all_at(element, "EndpointID")]  # fmt: skip
    vat = ""
    for scheme in all_at(element, "PartyTaxScheme"):
        if text_at(scheme, "TaxScheme/ID") in ("VAT", ""):
            vat = vat or _compact(text_at(scheme, "CompanyID"))
    address = first_at(element, "PostalAddress")
    siren, siret = _french_numbers(numbers, vat)
    return Trader(
        name=text_at(element, "PartyLegalEntity/RegistrationName") or text_at(element, "PartyName/Name"),
        siren=siren,
        siret=siret,
        vat=vat,
        email=text_at(element, "Contact/ElectronicMail"),
        country=text_at(address, "Country/IdentificationCode"),
        city=text_at(address, "CityName"),
        postcode=text_at(address, "PostalZone"),
        street=text_at(address, "StreetName"),
    )


def _ubl_line(element: Element, quantity: str) -> InvoiceLine | None:
    return _line(
        text_at(element, "Item/Name"),
        text_at(element, quantity),
        text_at(element, "Price/PriceAmount"),
        text_at(element, "LineExtensionAmount"),
        text_at(element, "Item/ClassifiedTaxCategory/Percent"),
    )


def _line(label: str, quantity: str, price: str, net: str, rate: str) -> InvoiceLine | None:
    values = [_number(text) for text in (quantity, price, net)]
    if values[2] is None:
        return None
    return InvoiceLine(label, values[0] or Decimal(1), values[1] or values[2], values[2], _number(rate) or Decimal(0))


def _french_numbers(elements: list[Element], vat: str) -> tuple[str, str]:
    """SIREN and SIRET among identifiers, by their scheme, or by their form when they have none."""
    siren = siret = ""
    for element in elements:
        number, scheme = _compact(element.text or ""), element.get("schemeID", "")
        if scheme not in (_SIREN, _SIRET, ""):
            continue
        # 0002 is the register of both; programs write a SIRET under it too.
        if re.fullmatch(r"[0-9]{14}", number):
            siret = siret or number
        elif re.fullmatch(r"[0-9]{9}", number):
            siren = siren or number
    if not siren and re.fullmatch(r"FR[0-9A-Z]{2}[0-9]{9}", vat):
        siren = vat[4:]
    return siren or siret[:9], siret


def _cii_date(element: Element | None, path: str) -> str:
    for found in all_at(element, f"{path}/DateTimeString"):
        told = (found.text or "").strip()
        if re.fullmatch(r"[0-9]{8}", told):
            return _iso(f"{told[:4]}-{told[4:6]}-{told[6:]}")
        return _iso(told[:10])
    return ""


def _iso(told: str) -> str:
    try:
        return date.fromisoformat(told[:10]).isoformat()
    except ValueError:
        return ""


def _amount(element: Element | None, path: str) -> Decimal | None:
    return _number(text_at(element, path))


def _tax_in(currency: str, elements: list[Element]) -> Decimal | None:
    """The tax in the invoice's own currency: it may be told in another one besides."""
    for element in elements:
        if element.get("currencyID", currency) == currency:
            return _number(element.text or "")
    return None


def _number(told: str) -> Decimal | None:
    # An exponent is no form of the norm (xs:decimal), and « 1e999999999 » nothing to calculate with.
    if not _DECIMAL.fullmatch(told.strip()):
        return None
    number = Decimal(told.strip())
    return number if abs(number) < _LARGEST else None


def _iban(told: str) -> str:
    try:
        return str(iban_numbers.validate(told))
    except ValidationError:
        return ""


def _compact(told: str) -> str:
    return re.sub(r"[\s.-]", "", told).upper()[:35]
