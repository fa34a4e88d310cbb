"""The demonstration's prepaid account: last month used and invoiced, a transfer, a credit by hand."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal

from pli.billing.api import (
    Buyer,
    Meter,
    SellerFacts,
    change_account,
    credit_by_hand,
    issue_invoice,
    meter_usage,
    open_account,
    read_bank_statement,
    save_seller,
)
from pli.kit.clock import PARIS, FrozenClock, paris_day
from pli.parties.api import StaffActor

SELLER = SellerFacts(
    "Pli Démonstration SAS", "1 place de la République\n44000 Nantes", "732829320",
    legal="SAS au capital de 10 000 €, RCS Nantes 732 829 320",
)  # fmt: skip
SIGNATURES = 23


def make_account(admin: StaffActor, *, now: datetime) -> None:
    """Make the account's past. Safe to repeat: every part of it has its key."""
    month = (paris_day(now).replace(day=1) - timedelta(days=1)).replace(day=1)
    first = datetime.combine(month, time(9), tzinfo=PARIS)
    organisation_id = admin.organisation_id
    save_seller(admin, SELLER, clock=FrozenClock(first))
    reference = open_account(organisation_id, clock=FrozenClock(first)).transfer_reference
    content = (
        "Date;Libellé;Montant;Devise\n"
        f"{first:%d/%m/%Y};VIREMENT ATELIER MERCIER {reference};60,00;EUR\n"
        f"{first:%d/%m/%Y};VIR SCI LES REMPARTS SANS REFERENCE;25,00;EUR\n"
    )
    read_bank_statement(admin, content.encode(), "releve-banque.csv", clock=FrozenClock(first))
    for number in range(SIGNATURES):
        at = first + timedelta(days=1 + number % 24, hours=number % 7)
        meter_usage(
            organisation_id, Meter.SIGNATURE, f"DEMO-{number + 1:02}", occurred_at=at,
            cause=("demonstration", organisation_id), clock=FrozenClock(at),
        )  # fmt: skip
    for number in range(6):
        at = first + timedelta(days=3 * number + 2)
        meter_usage(
            organisation_id, Meter.SMS, f"DEMO-SMS-{number + 1}", occurred_at=at,
            cause=("demonstration", organisation_id), clock=FrozenClock(at),
        )  # fmt: skip
    change_account(
        admin, threshold=Decimal(20), buyer=Buyer(address="4 rue des Ateliers\n44000 Nantes"), clock=FrozenClock(now)
    )
    issue_invoice(organisation_id, month, clock=FrozenClock(now))
    credit_by_hand(
        admin, organisation_id, Decimal(40), reason="Chèque 0012345", key="demonstration", clock=FrozenClock(now)
    )
