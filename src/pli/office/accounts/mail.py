"""What leaves by e-mail about accounts: links to set a password, sent to their owner and to nobody else."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format

from pli.kit.clock import PARIS, SYSTEM_CLOCK, Clock
from pli.notifications.api import Channel, Recipient, send_notice
from pli.parties.api import Account, IssuedLink, Organisation, portal_organisations, staff_organisations


def mail_activation(issued: IssuedLink, *, organisation_id: UUID, template: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Send an activation link to its owner. ``template``: ``staff.invitation`` or ``portal.activation``.

    The caller holds the transaction that issued it: no link leaves that does not exist, and the reverse.
    """
    activation = issued.activation
    account = activation.account
    send_notice(
        organisation_id=organisation_id,
        template=template,
        channel=Channel.EMAIL,
        to=Recipient(account.name, account.email, account.language),
        fields={"date_limite": _readable(issued.expires_at, account.language)},
        secrets={"lien": f"{settings.PLI_BASE_URL}{reverse('activation:link', args=[issued.token])}"},
        subject=("member", activation.member_id) if activation.member_id else ("access", _some(activation.access_id)),
        dedupe_key=f"activation:{activation.id}",
        clock=clock,
    )


@transaction.atomic
def mail_password_reset(email: str, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Send a link to choose a new password, if an active account has this address; else do nothing.

    One link an account and a quarter of an hour: a retried job or an insistent stranger does not fill a mailbox.
    """
    account = Account.objects.filter(email__iexact=email, is_active=True).first()
    organisation = _organisation_of(account) if account else None
    if account is None or organisation is None:
        return
    uid, key = user_pk_to_url_str(account), default_token_generator.make_token(account)
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": key})
    quarter = int(clock.now().timestamp()) // 900
    send_notice(
        organisation_id=organisation.id,
        template="account.password_reset",
        channel=Channel.EMAIL,
        to=Recipient(account.name, account.email, account.language),
        fields={},
        secrets={"lien": f"{settings.PLI_BASE_URL}{path}"},
        subject=("account", account.id),
        dedupe_key=f"password-reset:{account.id}:{quarter}",
        clock=clock,
    )


def _organisation_of(account: Account) -> Organisation | None:
    """In whose name Pli writes: the organisation the person works for, else one whose portal they read."""
    return next(iter([*staff_organisations(account), *portal_organisations(account)]), None)


def _readable(instant: datetime, language: str) -> str:
    with translation.override(language):
        return date_format(timezone.localtime(instant, PARIS), "DATETIME_FORMAT")


def _some(value: UUID | None) -> UUID:
    if value is None:
        raise ValueError("an activation opens one thing")
    return value
