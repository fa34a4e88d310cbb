"""ZUGFeRD 1.0 (2014), which programs still write: the CII of before Factur-X, under other names."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from pli.processing.invoices.tree import local

_NAMES = {
    "SpecifiedExchangedDocumentContext": "ExchangedDocumentContext",
    "HeaderExchangedDocument": "ExchangedDocument",
    "SpecifiedSupplyChainTradeTransaction": "SupplyChainTradeTransaction",
    "ApplicableSupplyChainTradeAgreement": "ApplicableHeaderTradeAgreement",
    "ApplicableSupplyChainTradeDelivery": "ApplicableHeaderTradeDelivery",
    "ApplicableSupplyChainTradeSettlement": "ApplicableHeaderTradeSettlement",
    "SpecifiedSupplyChainTradeAgreement": "SpecifiedLineTradeAgreement",
    "SpecifiedSupplyChainTradeDelivery": "SpecifiedLineTradeDelivery",
    "SpecifiedSupplyChainTradeSettlement": "SpecifiedLineTradeSettlement",
    "ApplicablePercent": "RateApplicablePercent",
}
_SUMS = "SpecifiedTradeSettlementMonetarySummation"
_SUMS_OF = {
    "ApplicableHeaderTradeSettlement": "SpecifiedTradeSettlementHeaderMonetarySummation",
    "SpecifiedLineTradeSettlement": "SpecifiedTradeSettlementLineMonetarySummation",
}


def rename_first_version(root: Element) -> None:
    """The elements of ``root`` under the names of Factur-X, in place."""
    for parent in root.iter():
        name = local(parent)
        if name in _NAMES:
            parent.tag = name = _NAMES[name]
        for child in parent:
            said = local(child)
            if said == _SUMS and name in _SUMS_OF:
                child.tag = _SUMS_OF[name]
            elif said == "ID" and name == "BuyerOrderReferencedDocument":
                child.tag = "IssuerAssignedID"
