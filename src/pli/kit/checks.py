"""What ``pli doctor`` asks of every room: a check looks at one thing and says how it is, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CheckState(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. ``sentence`` and ``cure`` are for people, in their language."""

    name: str
    state: CheckState
    sentence: str
    cure: str = ""
