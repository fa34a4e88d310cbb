"""A member whose workstation reaches a key of their own, and a document it signed.

The key stands for one on a card. It signs once and is forgotten with this process, as if the card had been taken away.
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
from pli.signing.api import ask_own_signature, give_value, open_pairing, pair_agent

_VALID = timedelta(days=1095)


def sign_at_workstation(actor: StaffActor, document: Document, *, reason: str) -> None:
    """Pair a workstation of the member's, and sign ``document`` there."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(Account.objects.get(id=actor.account_id).name, key)
    agent, _token = pair_agent(open_pairing(actor), name="Poste de démonstration", certificates=[certificate])
    asked = ask_own_signature(actor, document.id, reason=reason)
    value = key.sign(bytes(asked.to_sign), ec.ECDSA(hashes.SHA256()))
    give_value(agent, asked.id, chain=[certificate], value=value)
    run_waiting_jobs()


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
