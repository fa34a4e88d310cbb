"""The ledger: balanced, numbered without gaps, unchangeable; each thing charged once, in whatever order it is told."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from hypothesis import given, settings
from hypothesis import strategies as st

from pli.billing.api import (
    AlreadySettled,
    AmountRefused,
    Entry,
    EntryKind,
    Meter,
    NothingLeft,
    Terms,
    Usage,
    balance_of,
    change_terms,
    credit_by_hand,
    meter_usage,
    require_credit,
    reverse_charge,
    set_price,
)
from pli.billing.models import Book, Line, PrepaidAccount
from pli.kit.clock import FrozenClock
from pli.kit.errors import NotAllowed, NotFound
from pli.notifications.models import Message
from pli.parties.models import Organisation
from tests.support.people import House, make_house
from tests.support.races import at_once

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
CAUSE = ("ceremony", uuid4())


def use(organisation_id: UUID, key: str, at: datetime = NOON, meter: Meter = Meter.SIGNATURE) -> Usage:
    return meter_usage(organisation_id, meter, key, occurred_at=at, cause=CAUSE, clock=FrozenClock(at))


def charged(organisation_id: UUID) -> set[str]:
    return set(
        Entry.objects.filter(organisation_id=organisation_id, kind="CHARGE").values_list("usage__key", flat=True)
    )


def assert_sound(organisation_id: UUID) -> None:
    """Everything sums to zero, the numbers have no gaps, the balance is what the lines say."""
    entries = list(Entry.objects.filter(organisation_id=organisation_id).order_by("number"))
    assert [one.number for one in entries] == list(range(1, len(entries) + 1))
    lines = Line.objects.filter(entry__organisation_id=organisation_id)
    assert (lines.aggregate(all=Sum("amount"))["all"] or 0) == 0
    prepaid = lines.filter(book=Book.PREPAID).aggregate(all=Sum("amount"))["all"] or Decimal(0)
    assert balance_of(organisation_id) == -prepaid
    running = Decimal(0)
    for one in entries:
        running += one.amount
        assert one.balance_after == running
        assert sum(line.amount for line in one.lines.all()) == 0


def expected_charges(uses: list[tuple[str, datetime]]) -> set[str]:
    """The rule, said plainly: the first ten of any thirty sliding days are free."""
    ordered = sorted(uses, key=lambda one: (one[1], one[0]))
    return {
        key
        for rank, (key, at) in enumerate(ordered)
        if sum(other > at - timedelta(days=30) for _, other in ordered[: rank + 1]) > 10
    }


@pytest.fixture
def house() -> House:
    return make_house()


@pytest.mark.django_db
@settings(max_examples=12, deadline=None)
@given(st.data())
def test_the_free_share_is_the_same_in_every_order(data: st.DataObject) -> None:
    hours = data.draw(st.lists(st.integers(0, 24 * 70), min_size=11, max_size=26))
    uses = [(f"PV-{number:02}", NOON + timedelta(hours=hour)) for number, hour in enumerate(hours)]
    told = data.draw(st.permutations(uses))
    with transaction.atomic():
        organisation = Organisation.objects.create(slug=f"o-{uuid4().hex[:8]}", name="O")
        for key, at in told:
            use(organisation.id, key, at)
            if data.draw(st.booleans()):
                use(organisation.id, key, at)
        assert charged(organisation.id) == expected_charges(uses)
        assert_sound(organisation.id)
        transaction.set_rollback(True)


@pytest.mark.django_db
def test_exactly_ten_are_free_and_the_window_slides(house: House) -> None:
    mine = house.organisation.id
    for number in range(10):
        use(mine, f"a{number}", NOON)
    assert not charged(mine)
    use(mine, "eleventh", NOON + timedelta(days=29, hours=23))
    # The ten of the first day have just left the window of this one; the eleventh is in it.
    use(mine, "free-again", NOON + timedelta(days=30))
    assert charged(mine) == {"eleventh"}
    charge = Entry.objects.get(organisation_id=mine)
    assert (charge.net, charge.vat, charge.amount) == (Decimal(1), Decimal("0.2"), Decimal("-1.2"))
    assert (charge.cause_type, charge.cause_id) == CAUSE
    assert_sound(mine)


@pytest.mark.django_db
def test_what_was_booked_does_not_change(house: House) -> None:
    entry = credit_by_hand(house.alice, house.organisation.id, Decimal("50"), reason="Chèque 12", key="a")
    for table, change in itertools.product(
        ("billing_entry", "billing_line"), ("UPDATE {} SET id = id", "DELETE FROM {}")
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change.format(table))
    with pytest.raises(IntegrityError), transaction.atomic():
        Line.objects.create(entry=entry, book=Book.VAT, amount=Decimal(0))
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert_sound(house.organisation.id)


@pytest.mark.django_db
def test_credits_by_hand_are_the_operators_and_happen_once(house: House) -> None:
    other = make_house("lambert")
    for actor, refusal in ((other.alice, NotFound), (house.bruno, NotAllowed), (house.denis, NotAllowed)):
        with pytest.raises(refusal):
            credit_by_hand(actor, other.organisation.id, Decimal(10), reason="x", key="k")
    for amount, reason in (("0", "x"), ("1.005", "x"), ("2000000", "x"), ("NaN", "x"), ("10", "  ")):
        with pytest.raises(AmountRefused):
            credit_by_hand(house.alice, other.organisation.id, Decimal(amount), reason=reason, key="k")
    for _ in range(2):
        credit_by_hand(house.alice, other.organisation.id, Decimal("10"), reason="Geste", key="k")
    with pytest.raises(AlreadySettled):
        credit_by_hand(house.alice, other.organisation.id, Decimal("11"), reason="Geste", key="k")
    assert balance_of(other.organisation.id) == 10
    assert balance_of(house.organisation.id) == 0


@pytest.mark.django_db
def test_a_charge_is_given_back_once_and_never_charged_again(house: House) -> None:
    mine = house.organisation.id
    use(mine, "sms-1", meter=Meter.SMS)
    charge = Entry.objects.get(organisation_id=mine)
    assert (charge.net, charge.vat) == (Decimal("0.08"), Decimal("0.016"))
    reverse_charge(house.alice, charge.id, reason="Numéro en panne")
    with pytest.raises(AlreadySettled):
        reverse_charge(house.alice, charge.id, reason="encore")
    use(mine, "sms-1", meter=Meter.SMS)
    assert balance_of(mine) == 0
    assert_sound(mine)


@pytest.mark.django_db
def test_a_price_counts_from_its_day_on_and_ones_own_before_everybodys(house: House) -> None:
    mine, clock = house.organisation.id, FrozenClock(NOON)
    day = NOON.date() + timedelta(days=1)
    with pytest.raises(AmountRefused):
        set_price(house.alice, "SMS", Terms(Decimal("0.05")), effective_from=NOON.date(), clock=clock)
    with pytest.raises(NotFound):
        set_price(make_house("lambert").alice, "SMS", Terms(Decimal("0.05")), effective_from=day, clock=clock)
    set_price(house.alice, "SMS", Terms(Decimal("0.05")), effective_from=day, clock=clock)
    use(mine, "before", NOON, Meter.SMS)
    use(mine, "after", NOON + timedelta(days=1), Meter.SMS)
    set_price(house.alice, "SMS", Terms(Decimal("0.045")), effective_from=day, organisation_id=mine, clock=clock)
    use(mine, "own", NOON + timedelta(days=1), Meter.SMS)
    prices = dict(Entry.objects.filter(kind="CHARGE").values_list("usage__key", "unit_price"))
    assert prices == {"before": Decimal("0.08"), "after": Decimal("0.05"), "own": Decimal("0.045")}


@pytest.mark.django_db
def test_administrators_are_told_once_a_crossing_and_an_empty_account_refuses_if_it_was_told_to(house: House) -> None:
    mine = house.organisation.id

    def told() -> list[str]:
        return list(
            Message.objects.filter(template__startswith="billing.").order_by("id").values_list("template", flat=True)
        )

    credit_by_hand(house.alice, mine, Decimal("12"), reason="Chèque", key="1")
    assert told() == []
    for number in range(2):
        use(mine, f"l{number}", meter=Meter.LETTER)  # 1.92 each: 10.08, then 8.16
    use(mine, "l2", meter=Meter.LETTER)
    assert told() == ["billing.balance_low"]
    change_terms(house.alice, mine, when_empty="REFUSE", quota_bytes=None)
    require_credit(mine)
    for number in range(3, 9):
        use(mine, f"l{number}", meter=Meter.LETTER)
    assert told() == ["billing.balance_low", "billing.balance_empty"]
    with pytest.raises(NothingLeft):
        require_credit(mine)
    credit_by_hand(house.alice, mine, Decimal("30"), reason="Chèque", key="2")
    require_credit(mine)
    account = PrepaidAccount.objects.get(pk=mine)
    assert not account.is_told_low and not account.is_told_empty
    assert set(Message.objects.filter(template__startswith="billing.").values_list("to_name", flat=True)) == {"Alice"}


@pytest.mark.django_db(transaction=True)
def test_many_at_once_on_real_connections() -> None:
    house = make_house()
    mine = house.organisation.id

    def charge(number: int) -> None:
        use(mine, f"PV-{number % 15:02}", NOON + timedelta(seconds=number % 15))

    def credit(number: int) -> None:
        credit_by_hand(house.alice, mine, Decimal("1.00"), reason="même clé", key=str(number % 2))

    acts = [lambda n=number: charge(n) for number in range(30)] + [lambda n=number: credit(n) for number in range(6)]
    for start in range(0, len(acts), 9):
        assert [one for one in at_once(*acts[start : start + 9]) if isinstance(one, BaseException)] == []
    assert len(charged(mine)) == 5
    assert Entry.objects.filter(kind=EntryKind.BY_HAND).count() == 2
    assert balance_of(mine) == Decimal("2") - 5 * Decimal("1.2")
    assert_sound(mine)
