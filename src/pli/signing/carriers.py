"""Who brings a signer their first link, when they were not named by a person on a screen but by a message they await.

A carrier hands the link over to that signer alone; it keeps it no longer than it takes, and tells nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from pli.kit.clock import Clock
from pli.signing.models import Signer
from pli.signing.traces import trace

Carrier = Callable[[UUID, str, Clock], bool]
"""Given what follows the carrier's name in ``Signer.origin``, the link and the clock, in the transaction that made the
link: True when it takes it."""
_carriers: dict[str, Carrier] = {}


def use_carrier(name: str, carrier: Carrier) -> None:
    """Say, once at start, who brings their link to the signers whose origin is ``name:<id>``."""
    _carriers[name] = carrier


def carry(signer: Signer, link: str, *, clock: Clock) -> bool:
    """Have the signer's first link brought; False when nobody does, and a notice goes out instead."""
    name, _, given = signer.origin.partition(":")
    carrier = _carriers.get(name)
    if carrier is None or signer.link_version != 1:
        return False
    return carrier(UUID(given), link, clock)


def note_carried(origin: str, detail: Mapping[str, Any], *, clock: Clock) -> None:
    """Keep, for the evidence, that the carrier's message left and what the server answered. Safe to repeat."""
    for signer in Signer.objects.filter(origin=origin):
        if not signer.traces.filter(what="link_carried").exists():
            trace(signer, "link_carried", detail, clock=clock)
