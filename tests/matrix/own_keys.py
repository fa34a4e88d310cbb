"""A workstation paired to the administrator's account, and what it was given to sign."""

from __future__ import annotations

from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from pli.documents.api import Document
from pli.kit.clock import SYSTEM_CLOCK
from pli.kit.ids import digest_token, new_token
from pli.signing.models import KeyAgent, OwnSignature
from tests.support.people import House
from tests.trust.softhsm import _certificate


def made_own_key(house: House, document: Document) -> dict[str, str]:
    """The values of the addresses about it."""
    now = SYSTEM_CLOCK.now()
    certificate = _certificate(ec.generate_private_key(ec.SECP256R1()), "Alice")
    agent = KeyAgent.objects.create(
        organisation=house.organisation,
        member_id=house.alice.member_id,
        name="poste",
        code_until=now,
        token_sha256=digest_token(new_token()),
        certificates=certificate.public_bytes(Encoding.PEM).decode(),
        subject="Alice",
        not_after=certificate.not_valid_after_utc,
        made_at=now,
        paired_at=now,
    )
    given = OwnSignature.objects.create(
        organisation=house.organisation,
        agent=agent,
        document=document,
        title=document.title,
        file_name="contrat.pdf",
        level="B-T",
        start=1,
        end=2,
        to_sign=b"x",
        asked_at=now,
        expires_at=now + timedelta(minutes=15),
    )
    return {"agent_id": str(agent.id), "own_signature_id": str(given.id), "signature_id": str(given.id), "page": "1"}
