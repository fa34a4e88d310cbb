"""One piece of work: shown to the person, who agrees and types the PIN; signed inside the device; handed over."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pli_agent.device import Device, DeviceProblem
from pli_agent.server import Server

# The DER of a message digest's value: an OCTET STRING of 32 bytes.
_OCTETS = bytes.fromhex("0420")
_SAYINGS = {
    "pin_wrong": "PIN refusé : rien n’a été signé. Un dispositif se verrouille après quelques essais. / PIN refused.",
    "pin_locked": "Le dispositif est verrouillé : son fournisseur dit comment le débloquer. / The device is locked.",
    "device_absent": "Le dispositif n’est pas branché. / The device is not plugged in.",
    "key_absent": "La clé associée n’est plus dans ce dispositif. / The paired key is no longer in this device.",
    "other": "Le dispositif ne répond pas. / The device does not answer.",
}


class NotWhatItSays(Exception):
    """What is to be signed does not hold the digest it is shown with."""


@dataclass(frozen=True)
class Person:
    """Who sits here: asked whether to sign (True, False, or None for later), for the PIN, and told things."""

    agrees: Callable[[dict[str, Any]], bool | None]
    pin: Callable[[], str]
    tell: Callable[[str], None]


@dataclass(frozen=True)
class Key:
    """The paired key: where it is, its certificate and issuers."""

    device: Device
    key_id: bytes
    chain: list[x509.Certificate]

    def encoded_chain(self) -> list[str]:
        """The certificates as they travel."""
        return [base64.b64encode(one.public_bytes(Encoding.DER)).decode() for one in self.chain]


def do_work(server: Server, key: Key, work: dict[str, Any], person: Person) -> bool:
    """Sign one piece of work, if the person wants to; True when it was handed over.

    The PIN is asked once: another try is the person's to ask for, because devices lock themselves.

    :raises NotWhatItSays: nothing is signed then; :raises ServerRefused, ServerAway: as the server says.
    """
    to_sign = base64.b64decode(work["to_sign"])
    if to_sign.count(_OCTETS + bytes.fromhex(work["digest"])) != 1:
        raise NotWhatItSays
    answer = person.agrees(work)
    if answer is None:
        return False
    if not answer:
        server.refuse(work["id"])
        return False
    try:
        value = key.device.sign(to_sign, key_id=key.key_id, certificate=key.chain[0], pin=person.pin())
    except DeviceProblem as problem:
        person.tell(_SAYINGS[problem.code])
        server.tell_problem(work["id"], problem.code)
        return False
    server.give(work["id"], key.encoded_chain(), base64.b64encode(value).decode())
    person.tell("Signé et remis à Pli. / Signed and handed over.")
    return True
