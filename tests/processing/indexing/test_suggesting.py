"""A layout made from one invoice typed in reads the next one."""

from __future__ import annotations

import pytest

from pli.processing.indexing.api import read_zone, suggest_layout, zone_text
from pli.processing.plugs import Done
from pli.processing.steps.index import IndexOptions, IndexStep
from tests.processing.indexing import papers
from tests.processing.indexing.papers import INVOICE, SUPPLIERS, as_read, context, work

TYPED = {
    "electrician": {"number": "EG-2026-118", "date": "2026-03-03", "due_date": "2026-04-02", "total": "1234.56",
                    "siren": "552100554", "iban": "FR1420041010050500013M02606"},
    "carpenter": {"number": "2026/0417", "date": "2026-03-03", "due_date": "2026-04-02", "total": "2480.00"},
}  # fmt: skip
PARTY = {"electrician": SUPPLIERS[0], "carpenter": SUPPLIERS[1]}


@pytest.mark.parametrize("supplier", TYPED)
def test_the_next_invoice_of_the_same_supplier_is_read(supplier: str) -> None:
    make = getattr(papers, supplier)
    layout = suggest_layout(as_read(make()), TYPED[supplier], kind=INVOICE, party=PARTY[supplier])
    assert {rule.field for rule in layout.rules} == set(TYPED[supplier])
    assert layout.keywords and layout.party_id == PARTY[supplier].id and layout.kind == "invoice"
    layout = layout.model_copy(update={"id": "l-new"})
    number = TYPED[supplier]["number"].replace("118", "1205").replace("0417", "11042")
    total = "12 005,10 €" if supplier == "electrician" else "112.480,75"
    following = make(number, "17 novembre 2026" if supplier == "electrician" else "17/11/26", total)
    piece = work(as_read(following), context(layouts=[layout]))
    outcome = IndexStep().run(piece, IndexOptions(reads_usual_labels=False))
    assert isinstance(outcome, Done) and outcome.layout == "l-new"
    found = {name: fact.value for name, fact in outcome.facts.items()}
    assert found["number"] == number
    assert found["date"] == "2026-11-17"
    assert found["total"] == total.replace(" €", "").replace(" ", "").replace(".", "").replace(",", ".")
    assert all(fact.confidence > 0.85 for fact in outcome.facts.values())


@pytest.mark.parametrize("supplier", TYPED)
def test_another_supplier_is_not_taken_for_it(supplier: str) -> None:
    other = papers.carpenter if supplier == "electrician" else papers.electrician
    pages = as_read(getattr(papers, supplier)())
    for party in (PARTY[supplier], None):
        layout = suggest_layout(pages, TYPED[supplier], kind=INVOICE, party=party, organisation_name="Atelier Mercier")
        assert layout.keywords
        layout = layout.model_copy(update={"id": "l-new"})
        outcome = IndexStep().run(work(as_read(other()), context(layouts=[layout])), IndexOptions())
        assert isinstance(outcome, Done) and outcome.layout is None


def test_a_value_that_is_nowhere_has_no_rule() -> None:
    layout = suggest_layout(as_read(papers.electrician()), {"number": "ABSENT-1"}, kind=INVOICE)
    assert layout.rules == ()
    assert suggest_layout((), {"number": "X1"}, kind=INVOICE).rules == ()


def test_a_box_drawn_reads_what_is_in_it() -> None:
    page = as_read(papers.electrician())[0]
    box = (0.7, 0.5, 1.0, 0.54)
    fact = read_zone(page, box, "amount")
    assert fact is not None and fact.value == "1234.56"
    assert zone_text(page, box) == "TTC 1 234,56 €"
    assert read_zone(page, box, "date") is None
    assert read_zone(page, (0.9, 0.9, 0.91, 0.91), "text") is None
