"""Workstations that reach their member's own key: paired by a code shown once, known by a token."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from django.db import transaction

from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.kit.ids import digest_token, new_token
from pli.parties.api import StaffActor
from pli.signing import events
from pli.signing.errors import AgentUnknown, PairingRefused
from pli.signing.models import Signer
from pli.signing.own_key_models import OPEN_OWN_STATES, KeyAgent, OwnSignature, OwnSignatureState
from pli.signing.roles import SignerRole
from pli.trust.api import outside_identity, subject_name

CODE_LIFE = timedelta(minutes=10)
_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def open_pairing(actor: StaffActor, *, clock: Clock = SYSTEM_CLOCK) -> str:
    """A code to type on one's own workstation within ten minutes, once. A former code not used yet is void.

    :raises NotAllowed: for an auditor.
    """
    actor.require_writer()
    code = "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(3))
    KeyAgent.objects.filter(member_id=actor.member_id, paired_at=None).delete()
    KeyAgent.objects.create(
        organisation_id=actor.organisation_id,
        member_id=actor.member_id,
        code_sha256=digest_token(code),
        code_until=clock.now() + CODE_LIFE,
        made_at=clock.now(),
    )
    return code


def pair_agent(
    code: str, *, name: str, certificates: Sequence[x509.Certificate], clock: Clock = SYSTEM_CLOCK
) -> tuple[KeyAgent, str]:
    """Bind a workstation and the certificate of its key; returns it with its token, told this once.

    :raises PairingRefused: the code is wrong, used or late; :raises UnableToImportSeal: the key is not fit.
    """
    if not certificates:
        raise PairingRefused
    identity = outside_identity(list(certificates))
    token = new_token()
    typed = digest_token(code.strip().upper())
    with transaction.atomic():
        paired = KeyAgent.objects.filter(code_sha256=typed, code_until__gt=clock.now(), member__is_active=True).update(
            code_sha256=None,
            token_sha256=digest_token(token),
            name=" ".join(name.split())[:100],
            certificates="".join(one.public_bytes(Encoding.PEM).decode() for one in certificates),
            subject=subject_name(identity.certificate)[:300],
            not_after=identity.certificate.not_valid_after_utc,
            paired_at=clock.now(),
        )
        if not paired:
            raise PairingRefused
        agent = KeyAgent.objects.select_related("organisation").get(token_sha256=digest_token(token))
        _tell(events.KEY_PAIRED, agent, clock, fingerprint=identity.fingerprint, not_after=agent.not_after)
    return agent, token


def find_agent(token: str, *, clock: Clock = SYSTEM_CLOCK) -> KeyAgent:
    """The workstation that holds ``token``.

    :raises AgentUnknown: none, revoked, or its member has left.
    """
    found = (
        KeyAgent.objects.select_related("organisation")
        .filter(token_sha256=digest_token(token), member__is_active=True)
        .first()
    )
    if found is None:
        raise AgentUnknown
    KeyAgent.objects.filter(id=found.id).update(seen_at=clock.now())
    return found


def agents_of(actor: StaffActor) -> list[KeyAgent]:
    """One's own workstations, the newest first."""
    return list(KeyAgent.objects.filter(member_id=actor.member_id, token_sha256__isnull=False).order_by("-paired_at"))


def keys_of_signer(signer: Signer, *, clock: Clock = SYSTEM_CLOCK) -> list[KeyAgent]:
    """The workstations a member of the team may sign a request with, the newest first; nobody else has one."""
    if signer.member_id is None or signer.role != SignerRole.SIGNER:
        return []
    paired = KeyAgent.objects.filter(
        organisation_id=signer.ceremony.organisation_id,
        member_id=signer.member_id,
        member__is_active=True,
        token_sha256__isnull=False,
        not_after__gt=clock.now(),
    )
    return list(paired.order_by("-paired_at"))


def close_try(signer_id: UUID) -> None:
    """What a signer's workstation was given of a request is over: they answer otherwise, or are asked anew."""
    rows = OwnSignature.objects.filter(signer_id=signer_id, state__in=OPEN_OWN_STATES)
    rows.update(state=OwnSignatureState.EXPIRED)


def revoke_agent(actor: StaffActor, agent_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Let a workstation in no more; what waits for it is over.

    :raises NotFound: unless it is one's own.
    """
    with transaction.atomic():
        agent = KeyAgent.objects.filter(id=agent_id, member_id=actor.member_id).exclude(token_sha256=None).first()
        if agent is None:
            raise NotFound
        KeyAgent.objects.filter(id=agent.id).update(token_sha256=None)
        OwnSignature.objects.filter(agent=agent, state__in=OPEN_OWN_STATES).update(state=OwnSignatureState.EXPIRED)
        _tell(events.KEY_REVOKED, agent, clock)


def _tell(kind: EventType, agent: KeyAgent, clock: Clock, **data: object) -> None:
    record(
        kind,
        organisation_id=agent.organisation_id,
        subject=("member", agent.member_id),
        actor=f"member:{agent.member_id}",
        data={"agent_id": str(agent.id), **data},
        clock=clock,
    )
