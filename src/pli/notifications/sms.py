"""What an SMS can hold (GSM 03.38 / 3GPP TS 23.038): alphabets, segments, sender names."""

from __future__ import annotations

import re
import unicodedata

# 3GPP TS 23.038 §6.2.1: the default alphabet; §6.2.1.1: its extension, two septets each.
_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = "\f^{}\\[~]|€"
_COST = {**dict.fromkeys(_BASIC, 1), **dict.fromkeys(_EXTENSION, 2)}
_TYPOGRAPHY = str.maketrans({
    "’": "'", "‘": "'", "“": '"', "”": '"', "«": '"', "»": '"', "–": "-", "—": "-", "…": "...",
    "\u00a0": " ", "\u202f": " ", "œ": "oe", "Œ": "OE", "•": "-", "\t": " ",
})  # fmt: skip
MAX_SEGMENTS = 3


class BadSenderName(ValueError):
    """The name can't be an SMS sender."""


def is_gsm7(text: str) -> bool:
    """Whether every character is in the GSM 7-bit default alphabet or its extension."""
    return all(c in _COST for c in text)


def to_gsm7(text: str) -> str:
    """``text`` with French typography and accents brought into GSM-7 where that loses nothing but looks.

    A text that would still not fit (Greek, Cyrillic, emoji…) is given back untouched, to go as UCS-2.
    """
    softened = re.sub('" (.*?) "', r'"\1"', text.translate(_TYPOGRAPHY))
    fitted = "".join(c if c in _COST else _without_accent(c) for c in unicodedata.normalize("NFC", softened))
    return fitted if is_gsm7(fitted) else text


def _without_accent(character: str) -> str:
    base = "".join(c for c in unicodedata.normalize("NFKD", character) if not unicodedata.combining(c))
    return base if base and is_gsm7(base) else character


def count_segments(text: str) -> int:
    """How many SMS the text takes: 160 then 153 septets in GSM-7, 70 then 67 UTF-16 units in UCS-2.

    A two-septet character or a surrogate pair is never cut in two.
    """
    if is_gsm7(text):
        costs, single, several = [_COST[c] for c in text], 160, 153
    else:
        costs, single, several = [2 if ord(c) > 0xFFFF else 1 for c in text], 70, 67
    if sum(costs) <= single:
        return 1
    segments, filled = 1, 0
    for cost in costs:
        if filled + cost > several:
            segments, filled = segments + 1, 0
        filled += cost
    return segments


def sender_name(text: str) -> str:
    """A sender name made of ``text``: at most 11 letters or digits, not digits alone.

    :raises BadSenderName: when nothing usable is left.
    """
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    name = re.sub(r"[^A-Za-z0-9]", "", plain)[:11]
    if not name or name.isdigit():
        raise BadSenderName(text)
    return name


def check_sender_name(name: str) -> None:
    """Refuse a name that no operator would take.

    :raises BadSenderName: unless it is at most 11 letters or digits, not digits alone.
    """
    if not re.fullmatch(r"[A-Za-z0-9]{1,11}", name) or name.isdigit():
        raise BadSenderName(name)
