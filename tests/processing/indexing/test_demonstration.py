"""The demonstration's layouts read the demonstration's papers, printed and scanned."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from pli.processing.plugs import Done, FieldRule, FieldSpec, KindSpec, LayoutSpec, PartySpec
from pli.processing.steps.identify import IdentifyOptions, IdentifyStep
from pli.processing.steps.index import IndexOptions, IndexStep, check_rule
from pli.project.demonstration import layouts, papers
from tests.pdf import scans
from tests.processing.indexing.papers import as_read, as_recognised, context, work

KINDS = {
    "invoice": KindSpec("invoice", "Facture", (FieldSpec("number", "N° de facture"), FieldSpec("date", "Date", "date"),
                                               FieldSpec("total", "Montant TTC", "amount"))),
    "delivery-note": KindSpec("delivery-note", "Bon de livraison",
                              (FieldSpec("number", "N° de bon"), FieldSpec("date", "Date", "date"))),
    "payslip": KindSpec("payslip", "Bulletin de paie", (FieldSpec("period", "Période"),)),
}  # fmt: skip
PARTIES = (
    PartySpec("p-F001", "F001", "Papeterie de l’Ouest", "SUPPLIER", emails=("factures@papeterie.example",)),
    PartySpec("p-S001", "S001", "Karim Benali", "EMPLOYEE"),
    PartySpec("p-parc", "C007", "Résidence du Parc", "CLIENT"),
)
SPECS = tuple(
    LayoutSpec.model_validate(
        {"id": f"l{number}", "party_id": f"p-{one['party_code']}" if one["party_code"] else None}
        | {name: one[name] for name in ("name", "kind", "keywords", "rules")}
    )
    for number, one in enumerate(layouts.LAYOUTS)
)
PAPERS = {
    "invoice": (lambda: layouts.make_supplier_invoice("PO-26-0312", date(2026, 3, 12)), "p-F001",
                {"number": "PO-26-0312", "date": "2026-03-12", "total": "251.28"}),
    "delivery-note": (lambda: layouts.make_delivery_note("BL-4471", date(2026, 3, 9)), "p-F001",
                      {"number": "BL-4471", "date": "2026-03-09"}),
    "payslip": (lambda: layouts.make_payslip("S001", "Karim Benali", "mars 2026"), "p-S001",
                {"period": "mars 2026"}),
}  # fmt: skip


@pytest.mark.parametrize("is_scanned", [False, True])
@pytest.mark.parametrize("kind", PAPERS)
def test_the_papers_received_are_told_apart_and_read(kind: str, is_scanned: bool) -> None:
    make, party, expected = PAPERS[kind]
    pdf = make()
    pages = as_recognised(scans.png(scans.spoil(scans.picture_of(pdf)))) if is_scanned else as_read(pdf)
    room = replace(context(parties=PARTIES, layouts=SPECS), kinds=KINDS)
    told = IdentifyStep().run(work(pages, room, kind="other"), IdentifyOptions())
    assert isinstance(told, Done) and told.kind == kind
    piece = work(pages, room, kind=kind, layout=told.layout or "", party_id=told.party_id)
    outcome = IndexStep().run(piece, IndexOptions())
    assert isinstance(outcome, Done) and outcome.party_id == party
    assert {name: fact.value for name, fact in outcome.facts.items()} == expected
    assert all(fact.confidence > (0.5 if is_scanned else 0.85) for fact in outcome.facts.values())


def test_the_companys_own_invoices_are_read_by_the_recipes_rules() -> None:
    pdf = papers.make_invoice(("Résidence du Parc", "3 allée des Tilleuls"), "F2026-00417", date(2026, 3, 3))
    rules = tuple(FieldRule.model_validate(rule) for rule in layouts.OWN_INVOICE_RULES)
    for rule in (*rules, *(rule for spec in SPECS for rule in spec.rules)):
        check_rule(rule)
    room = replace(context(parties=PARTIES), kinds=KINDS)
    outcome = IndexStep().run(work(as_read(pdf), room), IndexOptions(rules=rules, reads_usual_labels=False))
    assert isinstance(outcome, Done) and outcome.party_id == "p-parc"
    found = {name: fact.value for name, fact in outcome.facts.items()}
    assert found == {"number": "F2026-00417", "date": "2026-03-03", "total": "908.40"}
