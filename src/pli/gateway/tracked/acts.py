"""Moves of a tracked sending: the row, its trace, the journal, its proof and its sender's notice, all or none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pli.gateway import events
from pli.gateway.queueing import prove_later
from pli.gateway.tracked.models import TrackedAct, TrackedSending
from pli.gateway.tracked.states import PROVEN, TRACKED, TrackedState
from pli.journal.api import record
from pli.kit.clock import Clock


@dataclass(frozen=True)
class Reader:
    """Who calls, as the network shows it."""

    ip: str = ""
    user_agent: str = ""


NOBODY = Reader()
CLOSED = (TrackedState.RECEIVED, TrackedState.DECLINED, TrackedState.UNCLAIMED, TrackedState.UNDELIVERED)


def note_act(
    sending: TrackedSending, what: str, detail: Mapping[str, Any] | None = None, *, reader: Reader = NOBODY,
    clock: Clock,
) -> None:  # fmt: skip
    """Keep one act."""
    TrackedAct.objects.create(
        sending=sending, at=clock.now(), what=what, detail=dict(detail or {}), ip=reader.ip[:45],
        user_agent=reader.user_agent.replace("\x00", "")[:300],
    )  # fmt: skip


def move(
    sending: TrackedSending, verb: str, detail: Mapping[str, Any] | None = None, *, reader: Reader = NOBODY,
    clock: Clock, **changes: object,
) -> bool:  # fmt: skip
    """Move it once and write down all that follows; False when it has moved meanwhile. In the caller's transaction."""
    if sending.state not in TRACKED.sources(verb):
        return False
    state = TrackedState(TRACKED.next_state(sending.state, verb))
    mine = TrackedSending.objects.filter(id=sending.id, state=sending.state)
    if not mine.update(state=state, **changes):
        return False
    sending.refresh_from_db()
    note_act(sending, state.value.lower(), detail, reader=reader, clock=clock)
    if state in PROVEN:
        prove_later(sending.id, state)
    if state == TrackedState.DEPOSITED:
        _tell(events.TRACKED_DEPOSITED, sending, {}, clock)
    elif state in CLOSED:
        _tell(events.TRACKED_CLOSED, sending, {"outcome": state.value, "ip": reader.ip}, clock)
    return True


def _tell(kind: Any, sending: TrackedSending, data: dict[str, Any], clock: Clock) -> None:
    row = sending.recipient
    record(
        kind, organisation_id=sending.organisation_id, subject=("mail", row.message_id), actor="system:gateway",
        clock=clock,
        data={"sending_id": str(sending.id), "number": sending.number, "provider": row.provider, **data},
    )  # fmt: skip
