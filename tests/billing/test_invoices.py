"""Invoices: numbered without gaps, made once, agreeing with the ledger to the last hundredth of a cent."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from openpyxl import load_workbook

from pli.billing.api import (
    Buyer,
    EntryFilter,
    Meter,
    SellerFacts,
    SellerUnknown,
    SpaceFull,
    balance_of,
    change_account,
    change_terms,
    credit_by_hand,
    export_statement,
    issue_due_invoices,
    issue_invoice,
    meter_usage,
    print_statement,
    require_room,
    reverse_charge,
    save_seller,
)
from pli.documents.api import RenditionRole, add_rendition, existing_blob_path, measure_storage, store_bytes
from pli.kit.clock import FrozenClock
from pli.pdf.api import extract_text, inspect_pdf
from tests.support.ceremonies import file_contract
from tests.support.people import House, make_house
from tests.support.races import at_once

OCTOBER = datetime(2026, 10, 15, 9, tzinfo=UTC)
NOVEMBER = datetime(2026, 11, 1, 4, 30, tzinfo=UTC)
SELLER = SellerFacts("Pli SAS", "1 rue du Pli\n75001 PARIS", "732829320", iban="FR7630006000011234567890189")


def use(house: House, key: str, at: datetime = OCTOBER, meter: Meter = Meter.SMS, quantity: int = 1) -> Any:
    return meter_usage(
        house.organisation.id,
        meter,
        key,
        occurred_at=at,
        cause=("m", uuid4()),
        quantity=quantity,
        clock=FrozenClock(at),
    )


@pytest.mark.django_db
def test_a_month_is_invoiced_once_and_to_the_cent() -> None:
    house, other = make_house(), make_house("lambert")
    for number in range(7):  # 7 x 0.08 = 0.56, VAT 0.112: an invoice says 0.11
        use(house, f"s{number}")
    use(other, "s")
    assert issue_due_invoices(clock=FrozenClock(NOVEMBER)) == []
    with pytest.raises(SellerUnknown):
        issue_invoice(house.organisation.id, date(2026, 10, 1), clock=FrozenClock(NOVEMBER))
    save_seller(house.alice, SELLER)
    change_account(house.alice, threshold=Decimal(0), buyer=Buyer("<b>Dupont & #Fils</b> *x*", "2 rue\nNantes", "FR12"))
    made = issue_due_invoices(clock=FrozenClock(NOVEMBER))
    assert issue_due_invoices(clock=FrozenClock(NOVEMBER)) == []
    assert sorted(one.number for one in made) == ["PLI-2026-00001", "PLI-2026-00002"]
    mine = next(one for one in made if one.organisation_id == house.organisation.id)
    assert (mine.net, mine.vat, mine.total) == (Decimal("0.56"), Decimal("0.11"), Decimal("0.67"))
    assert mine.due == Decimal("0.67")
    assert balance_of(house.organisation.id) == Decimal("-0.67")
    path = existing_blob_path(mine.pdf_sha256)
    inspect_pdf(path)
    text = " ".join(" ".join(extract_text(path)).split())
    for said in (
        "Facture",
        mine.number,
        "Pli SAS",
        "<b>Dupont & #Fils</b> *x*",
        "FR12",
        "0,67",
        "20",
        "FR7630006000011234567890189",
    ):
        assert said in text, said
    sheet = load_workbook(io.BytesIO(existing_blob_path(mine.xlsx_sha256).read_bytes())).active
    assert sheet is not None and sheet["G2"].value == 0.56
    # What comes late, and what is given back, goes into the next one.
    late = use(house, "late", NOVEMBER)
    reverse_charge(house.alice, late.entry.id, reason="panne", clock=FrozenClock(NOVEMBER))
    use(house, "after", NOVEMBER)
    december = issue_due_invoices(clock=FrozenClock(datetime(2026, 12, 1, 5, tzinfo=UTC)))
    assert [(one.net, one.number) for one in december] == [(Decimal("0.08"), "PLI-2026-00003")]
    with pytest.raises(ValueError, match="not over"):
        issue_invoice(house.organisation.id, date(2026, 12, 1), clock=FrozenClock(NOVEMBER))


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gaps_when_many_are_made_at_once() -> None:
    houses = [make_house(name) for name in ("mercier", "lambert", "martin", "durand")]
    save_seller(houses[0].alice, SELLER)
    for house in houses:
        use(house, "s")
    acts = [
        lambda h=house: issue_invoice(h.organisation.id, date(2026, 10, 1), clock=FrozenClock(NOVEMBER))
        for house in houses * 2
    ]
    made = at_once(*acts)
    assert sorted({one.sequence for one in made}) == [1, 2, 3, 4]
    assert len({one.id for one in made}) == 4


@pytest.mark.django_db
def test_statements_are_files_where_text_is_text() -> None:
    house = make_house()
    credit_by_hand(house.alice, house.organisation.id, Decimal(5), reason='=HYPERLINK("http://x";"y")', key="1")
    use(house, "s1", meter=Meter.LETTER)
    sheet = load_workbook(io.BytesIO(export_statement(house.denis, EntryFilter()))).active
    assert sheet is not None
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert cells[0][3].endswith('=HYPERLINK("http://x";"y")') and not str(cells[0][3]).startswith("=")
    assert [row[8] for row in cells] == [5, -1.92]
    only = load_workbook(io.BytesIO(export_statement(house.denis, EntryFilter(kind="CHARGE")))).active
    assert only is not None and only.max_row == 2
    assert print_statement(house.denis, EntryFilter(since=date(2026, 1, 1))).startswith(b"%PDF")


@pytest.mark.django_db
def test_signed_files_take_no_space_and_a_full_space_refuses() -> None:
    house = make_house()
    document = file_contract(house)
    mine = house.organisation.id
    before = measure_storage(mine)
    assert before > 0
    add_rendition(
        document.id, role=RenditionRole.SIGNED, stored=store_bytes([b"%PDF signed"]), file_name="s.pdf", made_by="t"
    )
    assert measure_storage(mine) == before
    require_room(mine, 10**12)
    change_terms(house.alice, mine, when_empty="GO_ON", quota_bytes=before + 100)
    require_room(mine, 60)
    with pytest.raises(SpaceFull):
        # What was let in counts, until the next measure finds that it never became a document.
        require_room(mine, 101)
    require_room(mine, 100)
