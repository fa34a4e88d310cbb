"""Money that arrives: each movement kept once, credited when its reference names one account, else shown."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from pli.billing import events
from pli.billing.bank_jobs import StatementUnreadable
from pli.billing.errors import AlreadySettled, PaymentUnreadable, SignatureRefused, StatementRefused
from pli.billing.ledger import Booking, book
from pli.billing.models import BankFile, Book, EntryKind, MoneyIn, MoneyState, PrepaidAccount
from pli.billing.money import CURRENCY, exact
from pli.billing.operators import require_operator
from pli.billing.plugs import MessageNotSigned, MessageUnreadable, PaidMessage, PaymentPlug
from pli.documents.api import clean_file_name
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.kit.registry import Registry
from pli.kit.sandbox import SandboxFailed, SandboxKilled, run_isolated
from pli.parties.api import Actor, operating_organisation

LARGEST_STATEMENT = 10 << 20
BANK = "bank"
PROVIDERS: Registry[type[PaymentPlug]] = Registry("pli.payments")
# What one reads aloud or types wrongly: told apart by nobody, so by us neither.
_LOOK_ALIKE = str.maketrans("OIL", "011")


@dataclass(frozen=True)
class StatementOutcome:
    """What a statement brought: credited, waiting for a person, known from another statement, not credits at all."""

    file: BankFile | None
    credited: int
    unmatched: int
    known: int
    debits: int
    is_again: bool = False


def read_bank_statement(
    actor: Actor, content: bytes, file_name: str, *, clock: Clock = SYSTEM_CLOCK
) -> StatementOutcome:
    """Credit what a statement holds. The same file, or the same movement in another file, credits once.

    :raises NotFound, NotAllowed: unless an administrator of the installation asks.
    :raises StatementRefused: when it can't be read; nothing is credited then.
    """
    require_operator(actor)
    if not 0 < len(content) <= LARGEST_STATEMENT:
        raise StatementRefused(reason="il est vide ou dépasse 10 Mo.")
    digest = hashlib.sha256(content).hexdigest()
    again = BankFile.objects.filter(sha256=digest).first()
    if again:
        return StatementOutcome(again, 0, 0, again.movements.count(), 0, is_again=True)
    try:
        told = run_isolated(
            "pli.billing.bank_jobs:read_statement", inputs={"statement": content}, raises=[StatementUnreadable]
        )
    except StatementUnreadable as unreadable:
        raise StatementRefused(reason=unreadable.details["reason"]) from None
    except (SandboxKilled, SandboxFailed):
        raise StatementRefused(reason="il est abîmé.") from None
    return _keep_statement(actor, told, digest, file_name, clock)


@transaction.atomic
def _keep_statement(
    actor: Actor, told: Mapping[str, Any], digest: str, file_name: str, clock: Clock
) -> StatementOutcome:
    file, is_new = BankFile.objects.get_or_create(
        sha256=digest,
        defaults={
            "file_name": clean_file_name(file_name, "releve"), "form": told["form"], "imported_at": clock.now(),
            "imported_by": actor.reference,
        },
    )  # fmt: skip
    if not is_new:
        return StatementOutcome(file, 0, 0, file.movements.count(), 0, is_again=True)
    counts = {MoneyState.CREDITED: 0, MoneyState.UNMATCHED: 0}
    known = 0
    for one in told["movements"]:
        money, is_first = keep_money(
            BANK, one["key"], amount=Decimal(one["amount"]), currency=one["currency"],
            day=date.fromisoformat(one["day"]), text=one["text"], payer=one["payer"], bank_file=file,
            actor=actor.reference, clock=clock,
        )  # fmt: skip
        if is_first:
            counts[MoneyState(money.state)] += 1
        else:
            known += 1
    outcome = StatementOutcome(file, counts[MoneyState.CREDITED], counts[MoneyState.UNMATCHED], known, told["debits"])
    record(
        events.STATEMENT_READ,
        organisation_id=actor.organisation_id,
        subject=("bank_file", file.id),
        actor=actor.reference,
        data={
            "sha256": digest, "form": file.form, "credited": outcome.credited, "unmatched": outcome.unmatched,
            "known": known,
        },
        clock=clock,
    )  # fmt: skip
    return outcome


@transaction.atomic
def keep_money(
    source: str,
    source_key: str,
    *,
    amount: Decimal,
    currency: str,
    day: date,
    text: str,
    payer: str,
    actor: str,
    bank_file: BankFile | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> tuple[MoneyIn, bool]:
    """Keep a movement and credit it when its words name one account; True when it was not known."""
    money, is_new = MoneyIn.objects.get_or_create(
        source=source,
        source_key=source_key[:200],
        defaults={
            "amount": exact(amount), "currency": currency, "day": day, "text": text, "payer": payer,
            "state": MoneyState.UNMATCHED, "bank_file": bank_file, "received_at": clock.now(),
        },
    )  # fmt: skip
    if is_new:
        account = account_named_in(text)
        if currency != CURRENCY:
            money.problem = "currency"
        elif account is None:
            money.problem = "reference"
        elif _has_twin(money, account.organisation_id):
            money.problem = "twin"
        else:
            _credit(money, account.organisation_id, actor, clock)
        money.save()
    return money, is_new


def account_named_in(text: str) -> PrepaidAccount | None:
    """The only account whose reference stands in what the payer wrote, spaces and look-alikes aside."""
    said = _plain(text)
    found = [one for one in PrepaidAccount.objects.all() if _plain(one.transfer_reference) in said]
    return found[0] if len(found) == 1 else None


def _has_twin(money: MoneyIn, organisation_id: UUID) -> bool:
    """Whether a statement of the other form told of the like: CSV and CAMT.053 name one movement differently."""
    if money.bank_file is None:
        return False
    alike = MoneyIn.objects.filter(
        source=BANK, organisation_id=organisation_id, amount=money.amount, day=money.day, state=MoneyState.CREDITED
    )
    return alike.exclude(bank_file__form=money.bank_file.form).exists()


def _plain(text: str) -> str:
    return "".join(sign for sign in text.upper() if sign.isalnum()).translate(_LOOK_ALIKE)


def _credit(money: MoneyIn, organisation_id: UUID, actor: str, clock: Clock) -> None:
    is_refund = money.amount < 0
    is_bank = money.source == BANK
    kind = EntryKind.TRANSFER if is_bank else EntryKind.REFUND if is_refund else EntryKind.PAYMENT
    other = Book.BANK if is_bank else Book.PROVIDER
    booking = Booking(
        kind, f"money:{money.id}", {other: money.amount, Book.PREPAID: -money.amount}, actor, clock.now(),
        cause=("money", money.id),
    )  # fmt: skip
    entry, _ = book(organisation_id, booking, clock=clock)
    money.state, money.entry, money.organisation_id, money.problem = MoneyState.CREDITED, entry, organisation_id, ""
    money.settled_at, money.settled_by = clock.now(), actor


def receive_payment(
    provider: str, headers: Mapping[str, str], body: bytes, *, clock: Clock = SYSTEM_CLOCK
) -> MoneyIn | None:
    """Take a payment provider's message; None when it moves no money. The same payment told again credits once.

    :raises NotFound: for a provider that is not set up; :raises SignatureRefused: when the message is not theirs.
    :raises PaymentUnreadable: when it can't be understood.
    """
    plug, secret = PROVIDERS.all().get(provider), str(settings.PLI_PAYMENT_SECRET)
    if plug is None or not secret or provider != settings.PLI_PAYMENT_PROVIDER:
        raise NotFound
    try:
        paid = plug().read({name.lower(): value for name, value in headers.items()}, body, secret)
    except MessageNotSigned:
        raise SignatureRefused from None
    except MessageUnreadable as unreadable:
        raise PaymentUnreadable(reason=str(unreadable)) from None
    return _keep_payment(provider, paid, clock) if paid else None


def _keep_payment(provider: str, paid: PaidMessage, clock: Clock) -> MoneyIn:
    verb = "refund" if paid.is_refund else "payment"
    money, _ = keep_money(
        provider, f"{verb}:{paid.payment_id}", amount=-paid.amount if paid.is_refund else paid.amount,
        currency=paid.currency, day=paid.day, text=paid.reference, payer=paid.payer, actor=f"system:{provider}",
        clock=clock,
    )  # fmt: skip
    return money


def money_waiting(actor: Actor) -> QuerySet[MoneyIn]:
    """Movements nobody could be credited with, the newest first.

    :raises NotFound, NotAllowed: unless an administrator of the installation asks.
    """
    require_operator(actor)
    return MoneyIn.objects.filter(state=MoneyState.UNMATCHED).order_by("-received_at", "-id")


@transaction.atomic
def settle_money(actor: Actor, money_id: UUID, *, organisation_id: UUID | None, clock: Clock = SYSTEM_CLOCK) -> MoneyIn:
    """Give a movement that waited to an organisation, or (None) set it aside.

    :raises NotFound, NotAllowed: unless an administrator of the installation asks.
    :raises AlreadySettled: when it waits no more, or is in another currency.
    """
    require_operator(actor)
    money = MoneyIn.objects.select_for_update(of=("self",)).filter(id=money_id).first()
    if money is None:
        raise NotFound
    if money.state != MoneyState.UNMATCHED or (organisation_id and money.currency != CURRENCY):
        raise AlreadySettled
    if organisation_id:
        _credit(money, organisation_id, actor.reference, clock)
    else:
        money.state, money.settled_at, money.settled_by = MoneyState.DISMISSED, clock.now(), actor.reference
    money.save()
    record(
        events.MONEY_SETTLED,
        organisation_id=organisation_id or operating_organisation() or actor.organisation_id,
        subject=("money", money.id),
        actor=actor.reference,
        data={"state": money.state, "amount": money.amount},
        clock=clock,
    )
    return money
