"""What each sender chooses once for all the messages they send."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True)
class SenderOptions:
    """A sender's habits."""

    sign_days: int = 14
    """Days one has to sign, from the day it is sent."""
    signs_in_turn: bool = True
    """Each signer after the former one, in the order of To, then Cc; else all at once."""
    prefers_sms: bool = False
    """The code goes by SMS to whoever's mobile number is known."""
    asks_mobiles: bool = True
    """With codes by SMS, numbers that are not known are asked for by e-mail; else those people get theirs by e-mail."""
    link_days: int = 30
    """Days during which files put behind links may be fetched."""


def write_options(options: SenderOptions) -> dict[str, Any]:
    """For the row."""
    return asdict(options)


def read_options(saved: Mapping[str, Any]) -> SenderOptions:
    """From the row; what it does not say has its default."""
    known = {one.name for one in fields(SenderOptions)}
    return SenderOptions(**{name: value for name, value in saved.items() if name in known})
