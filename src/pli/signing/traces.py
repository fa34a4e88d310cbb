"""The signer's trace: each act, when, from where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pli.kit.clock import Clock
from pli.signing.models import Signer, Trace


@dataclass(frozen=True)
class Visitor:
    """Who calls, as the network shows it."""

    ip: str = ""
    user_agent: str = ""


NOBODY = Visitor()


def trace(
    signer: Signer, what: str, detail: Mapping[str, Any] | None = None, *, visitor: Visitor = NOBODY, clock: Clock
) -> Trace:
    """Keep one act of a signer, or one done towards them."""
    return Trace.objects.create(
        signer=signer,
        at=clock.now(),
        what=what,
        detail=dict(detail or {}),
        ip=visitor.ip[:45],
        user_agent=visitor.user_agent.replace("\x00", "")[:300],
    )
