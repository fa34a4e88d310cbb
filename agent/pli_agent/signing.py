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

    agrees: Callable[[list[dict[str, Any]]], bool | None]
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


def in_groups(work: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The papers of one request together, in their order; any other document by itself."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in work:
        groups.setdefault(one.get("together") or one["id"], []).append(one)
    return list(groups.values())


def do_work(server: Server, key: Key, works: list[dict[str, Any]], person: Person) -> bool:
    """Sign what belongs together, if the person wants to; True when all of it was handed over.

    The PIN is asked once for the papers of one request, each of which was shown, and never kept for the next. Another
    try is the person's to ask for, because devices lock themselves.

    :raises NotWhatItSays: nothing is signed then; :raises ServerRefused, ServerAway: as the server says.
    """
    pieces = [base64.b64decode(work["to_sign"]) for work in works]
    for work, piece in zip(works, pieces, strict=True):
        if piece.count(_OCTETS + bytes.fromhex(work["digest"])) != 1:
            raise NotWhatItSays
    answer = person.agrees(works)
    if answer is None:
        return False
    if not answer:
        server.refuse(works[0]["id"])  # one no is a no to the request
        return False
    try:
        values = key.device.sign(pieces, key_id=key.key_id, certificate=key.chain[0], pin=person.pin())
    except DeviceProblem as problem:
        person.tell(_SAYINGS[problem.code])
        server.tell_problem(works[0]["id"], problem.code)
        return False
    for work, value in zip(works, values, strict=True):
        server.give(work["id"], key.encoded_chain(), base64.b64encode(value).decode())
    person.tell("Signé et remis à Pli. / Signed and handed over.")
    return True
