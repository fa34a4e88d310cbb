"""What the boxes of « À traiter » stand for: the kind of the row, which one, and since when it stands there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from pli.kit.ticking import Ticked

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = 253_402_300_799_000_000


class TickKind(StrEnum):
    """The rows that have a box."""

    RUN = "run"
    PIECES = "pieces"
    SCAN = "scan"
    SEAL = "seal"
    FILE = "file"
    DELIVERY = "delivery"


@dataclass(frozen=True)
class Tickable:
    """A row of the list with its box."""

    kind: TickKind
    thing: Any
    since: datetime | None = None

    @property
    def tick(self) -> str:
        return write_tick(self.kind, self.thing.id, self.since)


def write_tick(kind: TickKind, row_id: UUID, since: datetime | None) -> str:
    """The value of a box."""
    stood = (since - _EPOCH) // timedelta(microseconds=1) if since else ""
    return f"{kind}:{row_id}:{stood}"


def read_ticks(values: Iterable[str]) -> list[tuple[TickKind, Ticked]]:
    """The rows behind these boxes, in order, each once; what is no box of ours is as if it were not there."""
    found = (_read(value) for value in values)
    return list({(kind, one.id): (kind, one) for kind, one in filter(None, found)}.values())


def _read(value: str) -> tuple[TickKind, Ticked] | None:
    try:
        kind, row_id, stood = value.split(":")
        since = _EPOCH + timedelta(microseconds=min(int(stood), _LATEST)) if stood else None
        return TickKind(kind), Ticked(UUID(row_id), since)
    except (ValueError, OverflowError):
        return None
