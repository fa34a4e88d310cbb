"""The agent as a person runs it, and how it is paired."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.parties.api import Account, StaffActor
from pli.signing.api import (
    OwnSignature,
    Signer,
    SignerRequest,
    SignerSession,
    give_value,
    open_pairing,
    pair_agent,
    sign_with_own_key,
)
from pli.signing.models import KeyAgent
from tests.support.ceremonies import answer_of
from tests.support.people import House
from tests.trust.pki import Authority
from tests.trust.softhsm import SoftToken, _certificate


class Workstation:
    """The agent as a person runs it: answers to its questions are given beforehand."""

    def __init__(self, patch: pytest.MonkeyPatch, file: Path) -> None:
        from pli_agent import __main__ as agent

        patch.setattr(agent, "_FILE", file)
        patch.setattr("builtins.input", lambda _: self.answer)
        patch.setattr("getpass.getpass", lambda _: self._type_pin())
        self.file, self.answer, self.pin, self._main = file, "o", "", agent.main
        self.pins_typed = 0

    def _type_pin(self) -> str:
        self.pins_typed += 1
        return self.pin

    def __call__(self, *arguments: str) -> int:
        return self._main(list(arguments))


def paired(workstation: Workstation, soft: SoftToken, house: House, url: str, key_id: str) -> None:
    """Chloé pairs it with one of the token's keys."""
    code = open_pairing(house.chloe)
    where = ("--server", url, "--module", str(soft.module), "--token", soft.token, "--key-id", key_id)
    assert workstation("pair", "--code", code.lower(), *where) == 0
    # The code serves once.
    assert workstation("pair", "--code", code, *where) == 1
    workstation.pin = soft.pin


def member(actor: StaffActor, **others: Any) -> SignerRequest:
    """Somebody of the team, asked to sign."""
    account = Account.objects.get(id=actor.account_id)
    return SignerRequest(account.name, account.email, member_id=actor.member_id, **others)


class HeldKey:
    """A workstation of which only the key matters: it gives what it is asked, when the test says."""

    def __init__(self, actor: StaffActor, name: str, authority: Authority | None = None) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.certificate: x509.Certificate = (
            authority.person(name, self.key) if authority else _certificate(self.key, name)
        )
        self.agent: KeyAgent = pair_agent(open_pairing(actor), name="poste", certificates=[self.certificate])[0]

    def sign(self, row: OwnSignature, *, clock: Clock = SYSTEM_CLOCK) -> None:
        """Give the signature of what it was asked."""
        value = self.key.sign(bytes(row.to_sign), ec.ECDSA(hashes.SHA256()))
        give_value(self.agent, row.id, chain=[self.certificate], value=value, clock=clock)

    def ask(self, session: SignerSession, *, clock: Clock = SYSTEM_CLOCK) -> list[OwnSignature]:
        """Choose this key on the signing page."""
        answer = answer_of(Signer.objects.get(id=session.signer_id))
        return sign_with_own_key(session, answer, self.agent.id, clock=clock)
