"""Time is passed in, never taken: instants are UTC, deadlines are days in Europe/Paris."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


class Clock(Protocol):
    """Anything that tells the time."""

    def now(self) -> datetime:
        """The current instant, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FrozenClock:
    """A clock that moves only when told; for tests and for replays."""

    def __init__(self, at: datetime) -> None:
        self.at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self.at

    def advance(self, **delta: float) -> None:
        self.at += timedelta(**delta)


SYSTEM_CLOCK: Clock = SystemClock()


def paris_day(instant: datetime) -> date:
    """The calendar day a person in France reads on the wall at ``instant``."""
    return instant.astimezone(PARIS).date()


def end_of_paris_day(day: date) -> datetime:
    """The last second of ``day`` in France, as a UTC instant (right across daylight-saving changes)."""
    return datetime.combine(day, time(23, 59, 59), tzinfo=PARIS).astimezone(UTC)


def in_years(day: date, years: int) -> date:
    """The same day so many years later; 28 February for a 29th that is not there."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
