"""A member whose workstation reaches a key of their own, and what it signed: a document, and a request that wanted it.

The key stands for one on a card. It signs these and is forgotten with this process, as if the card had been taken away.
"""

from __future__ import annotations

from datetime import timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pli.documents.api import Document
from pli.kit.clock import SYSTEM_CLOCK
from pli.parties.api import Account, StaffActor
from pli.project.queue import run_waiting_jobs
from pli.signing.api import (
    Answer,
    OwnSignature,
    SignerSession,
    ask_own_signature,
    give_value,
    open_pairing,
    pair_agent,
    sign_with_own_key,
)

_VALID = timedelta(days=1095)


class OwnKey:
    """A member's workstation, and the key it reaches."""

    def __init__(self, actor: StaffActor) -> None:
        self.actor = actor
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._certificate = _certificate(Account.objects.get(id=actor.account_id).name, self._key)
        self._agent, _token = pair_agent(
            open_pairing(actor), name="Poste de démonstration", certificates=[self._certificate]
        )

    def sign_document(self, document: Document, *, reason: str) -> None:
        """Sign a document alone."""
        self._give(ask_own_signature(self.actor, document.id, reason=reason))
        run_waiting_jobs()

    def sign_request(self, session: SignerSession, answer: Answer) -> None:
        """Sign the papers of a request."""
        for asked in sign_with_own_key(session, answer, self._agent.id):
            self._give(asked)

    def _give(self, asked: OwnSignature) -> None:
        value = self._key.sign(bytes(asked.to_sign), ec.ECDSA(hashes.SHA256()))
        give_value(self._agent, asked.id, chain=[self._certificate], value=value)


def _certificate(name: str, key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    now = SYSTEM_CLOCK.now()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)  # noqa: FBT003
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + _VALID)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
