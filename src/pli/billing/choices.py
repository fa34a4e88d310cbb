"""What is chosen about accounts: by the organisation itself, and by whoever runs the installation."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from pli.billing import events
from pli.billing.errors import AmountRefused
from pli.billing.ledger import lock_account
from pli.billing.models import PrepaidAccount, Seller, WhenEmpty
from pli.billing.money import LARGEST, exact
from pli.billing.operators import require_operator
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.parties.api import Actor, Role, StaffActor

# Said on invoices between companies (C. com. L441-9, L441-10); a setting, so that a lawyer may word it.
TERMS_FR = (
    "Tout retard de paiement entraîne des pénalités au taux de trois fois l’intérêt légal et une indemnité "
    "forfaitaire de recouvrement de 40 €. Pas d’escompte pour paiement anticipé."
)


@dataclass(frozen=True)
class Buyer:
    """Who invoices are made out to; what is empty is the organisation's own."""

    name: str = ""
    address: str = ""
    vat_number: str = ""


@dataclass(frozen=True)
class SellerFacts:
    """Who sells."""

    name: str
    address: str
    siren: str
    vat_number: str = ""
    legal: str = ""
    iban: str = ""
    terms: str = TERMS_FR


def _clean(text: str, most: int, *, lines: int = 1) -> str:
    """Text without control characters, in at most so many lines."""
    kept = "".join(sign for sign in text.replace("\r", "") if sign == "\n" or sign.isprintable())
    rows = [" ".join(row.split()) for row in kept.split("\n")]
    return "\n".join(row for row in rows if row)[:most] if lines > 1 else " ".join(rows)[:most].strip()


@transaction.atomic
def change_account(
    actor: StaffActor, *, threshold: Decimal, buyer: Buyer, clock: Clock = SYSTEM_CLOCK
) -> PrepaidAccount:
    """What an organisation chooses for itself: when it is warned, and whom its invoices name.

    :raises NotAllowed: unless an administrator asks; :raises AmountRefused: for a threshold that can't be.
    """
    actor.require(Role.ADMIN)
    if not (threshold.is_finite() and 0 <= threshold <= LARGEST):
        raise AmountRefused(reason="le seuil va de 0 à 1 000 000 €.")
    account = lock_account(actor.organisation_id, clock=clock)
    kept = {
        "name": _clean(buyer.name, 200), "address": _clean(buyer.address, 400, lines=6),
        "vat_number": _clean(buyer.vat_number, 20),
    }  # fmt: skip
    return _change(account, actor, {"threshold": exact(threshold), "buyer": kept}, clock)


@transaction.atomic
def change_terms(
    actor: Actor,
    organisation_id: UUID,
    *,
    when_empty: str,
    quota_bytes: int | None,
    is_metered: bool = True,
    clock: Clock = SYSTEM_CLOCK,
) -> PrepaidAccount:
    """What whoever runs the installation decides for an account: whether it counts at all, what happens at zero, and
    how much it may keep.

    :raises NotFound, NotAllowed: unless an administrator of the installation asks; :raises AmountRefused: as it says.
    """
    require_operator(actor)
    if when_empty not in WhenEmpty.values:
        raise AmountRefused(reason="ce choix n’existe pas.")
    if quota_bytes is not None and not 0 < quota_bytes < 10**15:
        raise AmountRefused(reason="l’espace se dit en gigaoctets, plus que zéro.")
    account = lock_account(organisation_id, clock=clock)
    return _change(
        account, actor, {"when_empty": when_empty, "quota_bytes": quota_bytes, "is_metered": is_metered}, clock
    )


def _change(account: PrepaidAccount, actor: Actor, values: dict[str, Any], clock: Clock) -> PrepaidAccount:
    changed = [name for name, value in values.items() if getattr(account, name) != value]
    if changed:
        for name in changed:
            setattr(account, name, values[name])
        account.save(update_fields=changed)
        record(
            events.ACCOUNT_CHANGED,
            organisation_id=account.organisation_id,
            subject=("account", account.organisation_id),
            actor=actor.reference,
            data={"changed": sorted(changed)},
            clock=clock,
        )
    return account


def seller() -> Seller:
    """Who sells; empty until somebody says."""
    return Seller.objects.filter(id=1).first() or Seller(id=1, terms=TERMS_FR)


@transaction.atomic
def save_seller(actor: Actor, facts: SellerFacts, *, clock: Clock = SYSTEM_CLOCK) -> Seller:
    """Say who invoices come from; those already made keep what they say.

    :raises NotFound, NotAllowed: unless an administrator of the installation asks.
    :raises AmountRefused: for a SIREN that is none.
    """
    require_operator(actor)
    siren = "".join(facts.siren.split())
    if siren and not (siren.isascii() and siren.isdigit() and len(siren) == 9):
        raise AmountRefused(reason="le SIREN compte neuf chiffres.")
    values = {
        "name": _clean(facts.name, 200), "address": _clean(facts.address, 400, lines=6), "siren": siren,
        "vat_number": _clean(facts.vat_number, 20), "legal": _clean(facts.legal, 300),
        "iban": "".join(_clean(facts.iban, 50).split())[:34], "terms": _clean(facts.terms, 600),
    }  # fmt: skip
    row, _ = Seller.objects.update_or_create(id=1, defaults=values)
    record(
        events.SELLER_CHANGED,
        organisation_id=actor.organisation_id,
        subject=("seller", actor.organisation_id),
        actor=actor.reference,
        data={"changed": sorted(values)},
        clock=clock,
    )
    return row
