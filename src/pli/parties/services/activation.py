"""One-time keys: a link for 24 hours by e-mail, a code on a printed letter for those without one.

The secret is returned once, to be sent; only its digest is stored. Looking at a link consumes nothing:
mail scanners follow links. No password is ever chosen by anybody but the person.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.db.models import F
from django.utils.crypto import salted_hmac

from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.ids import digest_token, new_token, same_secret
from pli.parties import events
from pli.parties.errors import ActivationRefused
from pli.parties.models import Account, Activation, ActivationPurpose, Member, Organisation, PortalAccess
from pli.parties.services.accounts import end_sessions

LINK_LIFE = timedelta(hours=24)
# A letter takes days to arrive, and its code needs the identifier too, and dies at the fifth wrong try.
LETTER_LIFE = timedelta(days=30)
MAX_TRIES = 5
_READABLE = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class IssuedLink:
    """A link's secret, to be sent to its recipient alone and forgotten."""

    token: str = field(repr=False)
    expires_at: datetime
    activation: Activation = field(repr=False)


@dataclass(frozen=True)
class IssuedLetter:
    """What a letter must say: the identifier, and the code that works once."""

    login_name: str
    code: str = field(repr=False)
    expires_at: datetime
    activation: Activation = field(repr=False)


@dataclass(frozen=True)
class ActivationOffer:
    """What a person who followed a link is shown before they act."""

    purpose: ActivationPurpose
    organisation_name: str
    account_name: str
    email: str
    needs_password: bool


def issue_link(*, target: Member | PortalAccess, actor: str, clock: Clock = SYSTEM_CLOCK) -> IssuedLink:
    """A new link to ``target``; the former ones are void. The caller holds the transaction."""
    token = new_token()
    activation = _issue(target, digest_token(token), is_letter=False, actor=actor, clock=clock)
    return IssuedLink(token, activation.expires_at, activation)


def issue_letter(*, access: PortalAccess, actor: str, clock: Clock = SYSTEM_CLOCK) -> IssuedLetter:
    """A new code for a letter (58 random bits, typed with the identifier); the former ones are void."""
    raw = "".join(secrets.choice(_READABLE) for _ in range(12))
    login_name = access.account.login_name
    activation = _issue(access, _digest_code(login_name, raw), is_letter=True, actor=actor, clock=clock)
    return IssuedLetter(login_name, "-".join([raw[:4], raw[4:8], raw[8:]]), activation.expires_at, activation)


def void_activations(target: Member | PortalAccess, clock: Clock = SYSTEM_CLOCK) -> None:
    """Make every link and code to ``target`` worthless."""
    target.activations.filter(used_at=None, voided_at=None).update(voided_at=clock.now())


def look_at_activation(token: str, *, clock: Clock = SYSTEM_CLOCK) -> ActivationOffer:
    """What the link would do; changes nothing.

    :raises ActivationRefused: for an unknown, used, voided or expired link.
    """
    activation = _open_link(token, clock)
    return ActivationOffer(
        purpose=activation.purpose,
        organisation_name=_organisation_of(activation).name,
        account_name=activation.account.name,
        email=activation.account.email,
        needs_password=not activation.account.has_usable_password(),
    )


def activate_by_link(*, token: str, password: str = "", clock: Clock = SYSTEM_CLOCK) -> Account:
    """Accept, and set the first password of an account that has none; an existing password is never changed.

    :raises ActivationRefused: as :func:`look_at_activation`, and for the loser of two at once.
    :raises django.core.exceptions.ValidationError: for a password the validators refuse; the link still works.
    """
    activation = _open_link(token, clock)
    needs_password = not activation.account.has_usable_password()
    if needs_password:
        validate_password(password, activation.account)
    with transaction.atomic():
        _consume(activation, clock)
        account = Account.objects.select_for_update().get(id=activation.account_id)
        if needs_password and not account.has_usable_password():
            account.set_password(password)
            account.save(update_fields=["password"])
        _prove_email(account)
        _accept(activation, clock)
    return account


def activate_by_letter(*, login_name: str, code: str, password: str, clock: Clock = SYSTEM_CLOCK) -> Account:
    """Set the password of the person whose letter bears this identifier and code.

    Each try counts before it is compared, so that parallel tries are not extra ones.

    :raises ActivationRefused: for an unknown identifier, a wrong, used, voided or expired code, or after five tries.
    :raises django.core.exceptions.ValidationError: for a password the validators refuse; no try is counted.
    """
    name = login_name.strip().upper()
    account = Account.objects.filter(login_name=name, is_active=True).first()
    validate_password(password, account)
    typed = _digest_code(name, "".join(code.split()).replace("-", "").upper())
    activation = (
        Activation.objects.filter(
            account=account, is_letter=True, used_at=None, voided_at=None, expires_at__gt=clock.now()
        )
        .order_by("-created_at")
        .first()
        if account
        else None
    )
    if activation is None or not _count_try(activation) or not same_secret(activation.digest, typed):
        raise ActivationRefused()
    with transaction.atomic():
        _consume(activation, clock)
        account = Account.objects.select_for_update().get(id=activation.account_id)
        account.set_password(password)
        account.save(update_fields=["password"])
        end_sessions(account.id)
        _accept(activation, clock)
    return account


def accept_invitation(*, account: Account, target_id: UUID, clock: Clock = SYSTEM_CLOCK) -> None:
    """Accept from inside, logged in, what a link would have accepted.

    :raises ActivationRefused: when nothing of that id waits for this account.
    """
    with transaction.atomic():
        for model in (Member, PortalAccess):
            target = model.objects.filter(id=target_id, account=account, is_pending=True, is_active=True).first()
            if target is not None:
                void_activations(target, clock)
                _join(target, by_letter=False, clock=clock)
                return
    raise ActivationRefused()


def _issue(target: Member | PortalAccess, digest: str, *, is_letter: bool, actor: str, clock: Clock) -> Activation:
    now = clock.now()
    void_activations(target, clock)
    activation = Activation.objects.create(
        account=target.account,
        member=target if isinstance(target, Member) else None,
        access=target if isinstance(target, PortalAccess) else None,
        digest=digest,
        is_letter=is_letter,
        created_at=now,
        created_by=actor,
        expires_at=now + (LETTER_LIFE if is_letter else LINK_LIFE),
    )
    record(
        events.ACTIVATION_ISSUED,
        organisation_id=_organisation_of(activation).id,
        subject=_subject_of(target),
        actor=actor,
        data={
            "purpose": activation.purpose.value,
            "by_letter": is_letter,
            "expires_at": activation.expires_at.isoformat(),
        },
        clock=clock,
    )
    return activation


def _open_link(token: str, clock: Clock) -> Activation:
    activation = (
        Activation.objects.select_related("account", "member__organisation", "access__party__organisation")
        .filter(digest=digest_token(token), is_letter=False, used_at=None, voided_at=None, expires_at__gt=clock.now())
        .filter(account__is_active=True)
        .first()
    )
    if activation is None:
        raise ActivationRefused()
    return activation


def _consume(activation: Activation, clock: Clock) -> None:
    """Mark it used, unless somebody was first."""
    now = clock.now()
    open_rows = Activation.objects.filter(id=activation.id, used_at=None, voided_at=None, expires_at__gt=now)
    if not open_rows.update(used_at=now):
        raise ActivationRefused()


def _count_try(activation: Activation) -> bool:
    rows = Activation.objects.filter(id=activation.id, failed_tries__lt=MAX_TRIES)
    return bool(rows.update(failed_tries=F("failed_tries") + 1))


def _accept(activation: Activation, clock: Clock) -> None:
    target = activation.member or activation.access
    if target is None or not target.is_active:
        raise ActivationRefused()
    _join(target, by_letter=activation.is_letter, clock=clock)


def _join(target: Member | PortalAccess, *, by_letter: bool, clock: Clock) -> None:
    target.is_pending = False
    target.save(update_fields=["is_pending"])
    actor = f"account:{target.account_id}"
    if isinstance(target, Member):
        record(
            events.MEMBER_JOINED,
            organisation_id=target.organisation_id,
            subject=_subject_of(target),
            actor=actor,
            data={"role": target.role},
            clock=clock,
        )
    else:
        record(
            events.PORTAL_ACCESS_ACTIVATED,
            organisation_id=target.party.organisation_id,
            subject=_subject_of(target),
            actor=actor,
            data={"access_id": str(target.id), "by_letter": by_letter},
            clock=clock,
        )


def _prove_email(account: Account) -> None:
    """The link reached the address: it is theirs."""
    if account.email:
        EmailAddress.objects.update_or_create(
            user=account, email=account.email.lower(), defaults={"verified": True, "primary": True}
        )


def _organisation_of(activation: Activation) -> Organisation:
    if activation.member is not None:
        return activation.member.organisation
    if activation.access is not None:
        return activation.access.party.organisation
    raise ActivationRefused()


def _subject_of(target: Member | PortalAccess) -> tuple[str, UUID]:
    return ("member", target.id) if isinstance(target, Member) else ("party", target.party_id)


def _digest_code(login_name: str, code: str) -> str:
    """Keyed, because a code has fewer random bits than a link."""
    value = f"{login_name}|{code}"
    return salted_hmac("pli.parties.activation.letter", value, algorithm="sha256").hexdigest()
