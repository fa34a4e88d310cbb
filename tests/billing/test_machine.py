"""Anything in any order: uses, tellings again, credits, reversals, payments, invoices. The ledger stays sound."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from pli.billing.api import (
    AlreadySettled,
    Entry,
    Meter,
    SellerFacts,
    balance_of,
    credit_by_hand,
    issue_invoice,
    meter_usage,
    open_account,
    reverse_charge,
    save_seller,
)
from pli.billing.invoices import _month_before
from pli.billing.models import Invoice
from pli.billing.receiving import keep_money
from pli.kit.clock import FrozenClock, paris_day
from tests.billing.test_ledger import assert_sound, charged, expected_charges
from tests.support.people import make_house

START = datetime(2026, 1, 15, 12, tzinfo=UTC)


class Accounts(RuleBasedStateMachine):
    """One organisation whose clock only goes forward; what is told of may have happened before."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.house = make_house(f"h{uuid4().hex[:8]}")
        self.clock = FrozenClock(START)
        self.uses: dict[str, datetime] = {}
        self.money: dict[str, Decimal] = {}
        save_seller(self.house.alice, SellerFacts("Pli", "1 rue", "732829320"))

    @property
    def mine(self) -> object:
        return self.house.organisation.id

    @rule(days=st.integers(1, 20))
    def wait(self, days: int) -> None:
        self.clock.advance(days=days)

    @rule(number=st.integers(0, 30), days_ago=st.integers(0, 40))
    def use(self, number: int, days_ago: int) -> None:
        at = self.uses.setdefault(f"PV-{number:02}", self.clock.now() - timedelta(days=days_ago))
        meter_usage(
            self.house.organisation.id, Meter.SIGNATURE, f"PV-{number:02}", occurred_at=at, cause=("t", uuid4()),
            clock=self.clock,
        )  # fmt: skip

    @rule(key=st.sampled_from("abc"), cents=st.integers(1, 5000))
    def credit(self, key: str, cents: int) -> None:
        amount = self.money.setdefault(key, Decimal(cents) / 100)
        credit_by_hand(self.house.alice, self.house.organisation.id, amount, reason="x", key=key, clock=self.clock)

    @rule(key=st.sampled_from(("p1", "p2")), cents=st.integers(1, 5000))
    def pay(self, key: str, cents: int) -> None:
        amount = self.money.setdefault(key, Decimal(cents) / 100)
        reference = open_account(self.house.organisation.id).transfer_reference
        keep_money(
            "standard", key, amount=amount, currency="EUR", day=START.date(), text=reference, payer="", actor="t",
            clock=self.clock,
        )  # fmt: skip

    @rule(pick=st.integers(0, 50))
    def reverse(self, pick: int) -> None:
        charges = list(Entry.objects.filter(organisation_id=self.mine, kind="CHARGE").order_by("number"))
        if charges:
            charge = charges[pick % len(charges)]
            if Entry.objects.filter(reverses=charge).exists():
                with pytest.raises(AlreadySettled):
                    reverse_charge(self.house.alice, charge.id, reason="x", clock=self.clock)
            else:
                reverse_charge(self.house.alice, charge.id, reason="x", clock=self.clock)

    @rule()
    def invoice(self) -> None:
        issue_invoice(self.house.organisation.id, _month_before(paris_day(self.clock.now())), clock=self.clock)

    @invariant()
    def is_sound(self) -> None:
        assert_sound(self.house.organisation.id)
        assert charged(self.house.organisation.id) == expected_charges(list(self.uses.items()))
        entries = Entry.objects.filter(organisation_id=self.mine)
        kept = len(charged(self.house.organisation.id)) - entries.filter(kind="REVERSAL").count()
        assert balance_of(self.house.organisation.id) == sum(self.money.values(), Decimal(0)) - kept * Decimal("1.2")
        invoiced = Invoice.objects.filter(organisation_id=self.mine).order_by("month")
        assert [one.sequence for one in invoiced.order_by("sequence")] == list(range(1, len(invoiced) + 1))

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)


@pytest.mark.django_db
def test_accounts_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    # What an invoice looks like is tested elsewhere; here only its figures.
    monkeypatch.setattr("pli.billing.invoices.draw_invoice", lambda invoice: b"%PDF " + invoice.number.encode())
    run_state_machine_as_test(
        Accounts,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
