"""``*DIFFERE 2026-12-01 08:00``: held until that hour in Europe/Paris. Without an hour: eight in the morning."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import ClassVar

from pli.gateway.errors import TagRefused
from pli.gateway.options import SenderOptions
from pli.gateway.plugs import Letter, Plan
from pli.kit.clock import PARIS
from pli.kit.errors import Phrase

LONGEST = timedelta(days=366)
_WHEN = re.compile(r"\s*([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[ T]+([0-9]{1,2})[:hH]([0-9]{2}))?\s*")


class LaterTag:
    """Holds a message."""

    slug: ClassVar[str] = "DIFFERE"
    argument: ClassVar[str] = r"(?:[ \t]+[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[ T]+[0-9]{1,2}[:hH][0-9]{2})?(?![0-9]))?"
    rank: ClassVar[int] = 40
    excludes: ClassVar[frozenset[str]] = frozenset()
    takes_large: ClassVar[bool] = False

    def plan(self, letter: Letter, argument: str, options: SenderOptions) -> Plan:
        at = _read(argument)
        if at is None:
            raise TagRefused(reason=Phrase("écrivez la date et l’heure ainsi : *DIFFERE 2026-12-01 08:00."))
        if at < letter.received_at - timedelta(minutes=5):
            raise TagRefused(reason=Phrase("la date demandée est déjà passée."))
        if at > letter.received_at + LONGEST:
            raise TagRefused(reason=Phrase("la date demandée est à plus d’un an."))
        return Plan(not_before=at)


def _read(argument: str) -> datetime | None:
    match = _WHEN.fullmatch(argument)
    if match is None:
        return None
    year, month, day, hour, minute = match.groups()
    try:
        wall = datetime(int(year), int(month), int(day), int(hour or 8), int(minute or 0), tzinfo=PARIS)
    except ValueError:
        return None
    # An hour that the change to summer time skips is the one that follows it; one it repeats is the first.
    return wall.astimezone(UTC)
