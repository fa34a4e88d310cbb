"""What a quote offers and what a choice adds up to: to the cent, and nothing but what was offered."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pli.quotes.api import ChoiceRefused, OfferedLine, UnableToSendQuote, add_up, check_lines, read_choice, usual_choice
from pli.quotes.api import write_order as write

D = Decimal
BOILER = OfferedLine("Chaudière", D("2890.00"), D("5.5"))
SERVICE = OfferedLine("Mise en service", D("95"), D(20), D(2), D(1), D(8))
HOURS = OfferedLine("Régie", D("41.335"), D(20), D("1.5"), D("0.5"), D(40), is_optional=True)
SILVER = OfferedLine("Contrat Argent", D(120), D(20), group="Contrat")
GOLD = OfferedLine("Contrat Or", D(240), D(20), D(0), group="Contrat")
LINES = (BOILER, SERVICE, HOURS, SILVER, GOLD)


def test_totals_are_rounded_line_by_line_and_rate_by_rate() -> None:
    check_lines(LINES)
    told = add_up(LINES, usual_choice(LINES))
    # 41.335 × 1.5 = 62.0025; 5.5 % of 2890 = 158.95; 20 % of 372.00 = 74.40.
    assert told.nets == {1: D("2890.00"), 2: D("190.00"), 3: D("62.00"), 4: D("120.00"), 5: D("0.00")}
    assert [(str(one.rate), str(one.base), str(one.amount)) for one in told.vat] == [
        ("5.5", "2890.00", "158.95"),
        ("20", "372.00", "74.40"),
    ]
    assert (str(told.net), str(told.total)) == ("3262.00", "3495.35")


def test_a_choice_is_read_as_people_type_it_and_refused_where_nothing_of_it_was_offered() -> None:
    chosen = read_choice(LINES, {1: "1", 2: "3,0", 3: "", 4: "", 5: "1"})
    assert chosen == {1: 1, 2: 3, 3: 0, 4: 0, 5: 1}
    order = write(LINES, chosen)
    assert [(one["label"], one["quantity"], one["net"]) for one in order["lines"]] == [
        ("Chaudière", "1", "2890.00"), ("Mise en service", "3", "285.00"), ("Contrat Or", "1", "240.00"),
    ]  # fmt: skip
    right = {1: "1", 2: "3", 4: "1"}
    for wrong in (
        {1: ""}, {1: "2"}, {1: "abc"}, {1: "NaN"}, {1: "1e400"}, {1: "-1"}, {2: "0"}, {2: "9"}, {2: "2.5"}, {3: "0.25"},
        {3: "41"}, {4: ""}, {5: "1"}, {2: "9" * 400}, {2: "Infinity"}, {2: "１０"},
    ):  # fmt: skip
        with pytest.raises(ChoiceRefused):
            read_choice(LINES, right | wrong)
    both_optional = [OfferedLine(name, D(1), D(20), D(0), is_optional=True, group="g") for name in "ab"]
    assert read_choice(both_optional, {}) == {1: 0, 2: 0}


@pytest.mark.parametrize(
    "line",
    [
        OfferedLine(" ", D(1), D(20)), OfferedLine("a" * 121, D(1), D(20)), OfferedLine("a", D("1.00001"), D(20)),
        OfferedLine("a", D(1), D(101)), OfferedLine("a", D(1), D("5.555")), OfferedLine("a", D(1), D(20), D(3)),
        OfferedLine("a", D(1), D(20), D(0)), OfferedLine("a", D(1), D(20), D(0), D(0), D(0)),
        OfferedLine("a", D(1), D(20), D(1), D(0), D(2), is_optional=True), OfferedLine("a", D(-1), D(20)),
        OfferedLine("a", D(1), D(20), group="seul"), OfferedLine("a", D(10) ** 8, D(20)),
    ],
)  # fmt: skip
def test_lines_that_mean_nothing_do_not_leave(line: OfferedLine) -> None:
    with pytest.raises(UnableToSendQuote):
        check_lines([line])
    with pytest.raises(UnableToSendQuote):
        check_lines([SILVER, SILVER])


@given(
    prices=st.lists(st.decimals(0, 9_999, places=4), min_size=1, max_size=8),
    rates=st.lists(st.sampled_from([D(0), D("2.1"), D("5.5"), D(10), D(20)]), min_size=8, max_size=8),
    quantities=st.lists(st.integers(0, 50), min_size=8, max_size=8),
)
def test_totals_always_add_up(prices: list[Decimal], rates: list[Decimal], quantities: list[int]) -> None:
    rows = list(zip(prices, rates, quantities, strict=False))
    lines = [OfferedLine("x", price, rate, D(1), D(1), D(50), is_optional=True) for price, rate, _quantity in rows]
    told = add_up(lines, {at: D(quantity) for at, (_p, _r, quantity) in enumerate(rows, start=1)})
    exact = sum((price * quantity * (1 + rate / 100) for price, rate, quantity in rows), D(0))
    assert told.net == sum(told.nets.values()) == sum(one.base for one in told.vat)
    assert told.total == told.net + sum(one.amount for one in told.vat)
    assert abs(told.total - exact) <= D("0.005") * len(rows) * D("1.2") + D("0.005") * len(told.vat)
