"""Tokens: made once, shown once, known afterwards by the digest of their secret."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_noop

from pli.api import events
from pli.api.errors import FieldProblem, FieldsRefused, TokenRefused
from pli.api.models import ApiToken
from pli.api.scopes import SCOPES
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.kit.ids import digest_token, same_secret
from pli.parties.api import Member, Role, StaffActor

# ``pli_<id>_<secret>``: the prefix lets secret scanners find a leaked one; 12 characters name it, 256 bits prove it.
_SHAPE = re.compile(r"pli_([0-9a-z]{12})_([0-9A-Za-z]{43})")
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
# 43 characters of 62 carry 256 bits.
_SECRET_LENGTH = 43
LAST_USED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True)
class Caller:
    """Who makes an API request."""

    token_id: UUID
    actor: StaffActor
    scopes: frozenset[str]
    name: str


def issue_token(
    actor: StaffActor,
    *,
    name: str,
    scopes: Sequence[str],
    expires_at: datetime | None = None,
    member_id: UUID | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> tuple[ApiToken, str]:
    """Make a token and return it with its full text, which can never be shown again.

    It belongs to ``member_id`` (the actor themselves when silent; another only for an administrator), acts with that
    member's role of the day, and dies with their place in the team.

    :raises NotAllowed: for another member's token, unless the actor administers; :raises NotFound: for a stranger's.
    :raises FieldsRefused: for no name, no scope, an unknown one, or an end in the past.
    """
    if member_id is not None and member_id != actor.member_id:
        actor.require(Role.ADMIN)
    member = Member.objects.filter(
        id=member_id or actor.member_id, organisation_id=actor.organisation_id, is_active=True
    ).first()
    if member is None:
        raise NotFound
    _check(name, scopes, expires_at, clock)
    return _write(member, actor.reference, name, scopes, expires_at, clock)


def _check(name: str, scopes: Sequence[str], expires_at: datetime | None, clock: Clock) -> None:
    problems = []
    if not name.strip():
        problems.append(FieldProblem("name", "missing", gettext_noop("Ce champ est obligatoire.")))
    if not scopes or set(scopes) - SCOPES.keys():
        problems.append(FieldProblem("scopes", "unknown", gettext_noop("Choisissez au moins un droit de la liste.")))
    if expires_at is not None and expires_at <= clock.now():
        problems.append(FieldProblem("expires_at", "past", gettext_noop("La date de fin est déjà passée.")))
    if problems:
        raise FieldsRefused(problems)


@transaction.atomic
def _write(
    member: Member, by: str, name: str, scopes: Sequence[str], expires_at: datetime | None, clock: Clock
) -> tuple[ApiToken, str]:
    public_id = "".join(secrets.choice(_ALPHABET[:10] + _ALPHABET[36:]) for _ in range(12))
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(_SECRET_LENGTH))
    token = ApiToken.objects.create(
        public_id=public_id,
        secret_sha256=digest_token(secret),
        member=member,
        name=" ".join(name.replace("\x00", "").split())[:80],
        scopes=sorted(set(scopes)),
        created_at=clock.now(),
        created_by=by,
        expires_at=expires_at,
    )
    record(
        events.TOKEN_ISSUED,
        organisation_id=member.organisation_id,
        subject=("api-token", token.id),
        actor=by,
        data={"member_id": str(member.id), "scopes": token.scopes, "expires_at": expires_at, "name": token.name},
        clock=clock,
    )
    return token, f"pli_{public_id}_{secret}"


def make_demo_token(member: Member, *, clock: Clock = SYSTEM_CLOCK) -> str:
    """A token with every scope for the demonstration start; the one it made before stops working."""
    ApiToken.objects.filter(member=member, created_by="system:demonstration", revoked_at=None).update(
        revoked_at=clock.now()
    )
    _, text = _write(member, "system:demonstration", "Démonstration", list(SCOPES), None, clock)
    return text


@transaction.atomic
def revoke_token(actor: StaffActor, token_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> ApiToken:
    """Make a token useless from now on. Safe to repeat.

    :raises NotFound: for a token the actor does not see.
    """
    token = tokens_for(actor).select_for_update(of=("self",)).filter(id=token_id).first()
    if token is None:
        raise NotFound
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        token.save(update_fields=["revoked_at"])
        record(
            events.TOKEN_REVOKED,
            organisation_id=actor.organisation_id,
            subject=("api-token", token.id),
            actor=actor.reference,
            clock=clock,
        )
    return token


def tokens_for(actor: StaffActor) -> QuerySet[ApiToken]:
    """An administrator sees the organisation's tokens; anybody else their own."""
    found = ApiToken.objects.filter(member__organisation_id=actor.organisation_id).select_related("member__account")
    return found if actor.role == Role.ADMIN else found.filter(member_id=actor.member_id)


def identify(text: str, *, clock: Clock = SYSTEM_CLOCK) -> Caller:
    """The caller a token stands for.

    :raises TokenRefused: when it is unknown, expired, revoked, or its member may no longer act.
    """
    shape = _SHAPE.fullmatch(text)
    if shape is None:
        raise TokenRefused
    token = ApiToken.objects.select_related("member__account").filter(public_id=shape[1]).first()
    expected = token.secret_sha256 if token else hashlib.sha256(b"").hexdigest()
    if not same_secret(expected, digest_token(shape[2])) or token is None:
        raise TokenRefused
    now = clock.now()
    member = token.member
    is_alive = token.revoked_at is None and (token.expires_at is None or token.expires_at > now)
    is_staff = member.is_active and not member.is_pending and member.account.is_active
    if not is_alive or not is_staff:
        raise TokenRefused
    if token.last_used_at is None or now - token.last_used_at > LAST_USED_EVERY:
        ApiToken.objects.filter(Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_EVERY), id=token.id).update(
            last_used_at=now
        )
    actor = StaffActor(member.organisation_id, member.account_id, member.id, Role(member.role))
    return Caller(token.id, actor, frozenset(token.scopes), token.name)
