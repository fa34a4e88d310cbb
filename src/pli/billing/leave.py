"""What the account lets happen: asked by the rooms through their gates, which journey ties to these."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db.models import F

from pli.billing.errors import NothingLeft, SpaceFull
from pli.billing.ledger import balance_of
from pli.billing.models import PrepaidAccount, WhenEmpty
from pli.documents.api import measure_storage
from pli.kit.clock import SYSTEM_CLOCK, Clock

# A measure this old is taken again before somebody is told that the space is full.
FRESH = timedelta(minutes=10)


def require_credit(organisation_id: UUID) -> None:
    """Whether something new may be sent.

    :raises NothingLeft: when nothing is left and the account counts, and refuses then.
    """
    accounts = PrepaidAccount.objects.filter(organisation_id=organisation_id, is_metered=True)
    refuses = accounts.filter(when_empty=WhenEmpty.REFUSE).exists()
    if refuses and balance_of(organisation_id) <= 0:
        raise NothingLeft


def require_room(organisation_id: UUID, size: int, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Whether ``size`` bytes more may be kept; what is let in counts at once, between two measures.

    :raises SpaceFull: when they would pass the quota.
    """
    account = PrepaidAccount.objects.filter(organisation_id=organisation_id).exclude(quota_bytes=None).first()
    if account is None or account.quota_bytes is None:
        return
    if account.stored_bytes + size > account.quota_bytes or _is_stale(account, clock):
        account = measure_account(account, clock=clock)
    if account.stored_bytes + size > (account.quota_bytes or 0):
        raise SpaceFull(used=spell_bytes(account.stored_bytes), quota=spell_bytes(account.quota_bytes or 0))
    PrepaidAccount.objects.filter(organisation_id=organisation_id).update(stored_bytes=F("stored_bytes") + size)


def _is_stale(account: PrepaidAccount, clock: Clock) -> bool:
    return account.measured_at is None or clock.now() - account.measured_at > FRESH


def measure_account(account: PrepaidAccount, *, clock: Clock = SYSTEM_CLOCK) -> PrepaidAccount:
    """Weigh what the organisation keeps, signed files left out."""
    account.stored_bytes, account.measured_at = measure_storage(account.organisation_id), clock.now()
    account.save(update_fields=["stored_bytes", "measured_at"])
    return account


def measure_when_stale(account: PrepaidAccount, *, clock: Clock = SYSTEM_CLOCK) -> PrepaidAccount:
    """The account with a measure of the last ten minutes."""
    return measure_account(account, clock=clock) if _is_stale(account, clock) else account


def spell_bytes(size: int) -> str:
    """A size in the units of the trade: 1 Go is 1,000,000,000 bytes."""
    for unit, weight in (("To", 10**12), ("Go", 10**9), ("Mo", 10**6), ("ko", 10**3)):
        if size >= weight:
            return f"{size / weight:.1f}".replace(".", ",").removesuffix(",0") + f"\u00a0{unit}"
    return f"{size}\u00a0o"
