"""Telling administrators that little or nothing is left: once each time the balance crosses the line."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings

from pli.billing import events
from pli.billing.models import Entry, PrepaidAccount, WhenEmpty
from pli.billing.money import spell
from pli.journal.api import EventType, record
from pli.kit.clock import Clock
from pli.notifications.api import Channel, Recipient, send_notice
from pli.parties.api import Member, Role


def tell_crossings(account: PrepaidAccount, entry: Entry, *, clock: Clock) -> None:
    """Compare the balance an entry left with the lines it may have crossed; the caller holds the account."""
    balance = entry.balance_after
    before = balance - entry.amount
    is_low, is_empty = balance < account.threshold, balance <= 0
    if is_empty and not account.is_told_empty and (before > 0 or entry.amount < 0):
        data = {"balance": balance, "when_empty": account.when_empty, "number": entry.number}
        _tell(account, entry, events.BALANCE_EMPTY, data, "billing.balance_empty", clock)
    elif is_low and not account.is_told_low and before >= account.threshold:
        data = {"balance": balance, "threshold": account.threshold, "number": entry.number}
        _tell(account, entry, events.BALANCE_LOW, data, "billing.balance_low", clock)
    if before <= 0 < balance:
        told = {"balance": balance, "number": entry.number}
        _record(account, events.BALANCE_RESTORED, told, clock)
    told_low = is_low and (account.is_told_low or before >= account.threshold or is_empty)
    told_empty = is_empty and (account.is_told_empty or entry.amount < 0)
    if (told_low, told_empty) != (account.is_told_low, account.is_told_empty):
        account.is_told_low, account.is_told_empty = told_low, told_empty
        account.save(update_fields=["is_told_low", "is_told_empty"])


def _tell(
    account: PrepaidAccount, entry: Entry, kind: EventType, data: dict[str, object], template: str, clock: Clock
) -> None:
    _record(account, kind, data, clock)
    admins = Member.objects.filter(
        organisation_id=entry.organisation_id, role=Role.ADMIN, is_active=True, is_pending=False,
        account__is_active=True,
    ).exclude(account__email="")  # fmt: skip
    for member in admins.select_related("account"):
        person = member.account
        send_notice(
            organisation_id=entry.organisation_id,
            template=template,
            channel=Channel.EMAIL,
            to=Recipient(person.name, person.email, person.language),
            fields={
                "document": spell(entry.balance_after, person.language),
                "message": _effect(account, entry.balance_after, person.language),
                "lien": f"{settings.PLI_BASE_URL}/office/settings/billing/",
            },
            subject=("account", entry.organisation_id),
            dedupe_key=f"{template}:{entry.id}:{member.id}",
            clock=clock,
        )


def _record(account: PrepaidAccount, kind: EventType, data: dict[str, object], clock: Clock) -> None:
    record(
        kind,
        organisation_id=account.organisation_id,
        subject=("account", account.organisation_id),
        actor="system:billing",
        data=data,
        clock=clock,
    )


def _effect(account: PrepaidAccount, balance: Decimal, language: str) -> str:
    """What follows, in the words of the reader's language: a message carries its words, not their ids."""
    refuses = account.when_empty == WhenEmpty.REFUSE
    if language == "en":
        if balance > 0:
            return f"The alert threshold is {spell(account.threshold, 'en')}."
        return "New sendings are refused until it is credited." if refuses else "Sendings go on meanwhile."
    if balance > 0:
        return f"Le seuil d’alerte est de {spell(account.threshold)}."
    return "Les nouveaux envois sont refusés tant qu’il n’est pas crédité." if refuses else "Les envois continuent."
