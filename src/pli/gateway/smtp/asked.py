"""What a client asks to be told of a message's way (RFC 3461): read from MAIL and RCPT, whose other words stay."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*(=[!-<>-~]+)?")
# xtext (§4): printable ASCII but + and =, which are written +2B and +3D.
_XTEXT = re.compile(r"(?:[!-*,-<>-~]|\+[0-9A-F]{2})+")
_ORIGINAL = re.compile(rf"[A-Za-z0-9-]+;{_XTEXT.pattern}")
_WHEN = frozenset(("SUCCESS", "FAILURE", "DELAY"))
MAIL_WORDS = frozenset(("RET", "ENVID"))
RCPT_WORDS = frozenset(("NOTIFY", "ORCPT"))


class BadParameter(ValueError):
    """A word of RFC 3461 that says what it may not."""


@dataclass(frozen=True)
class AskedReports:
    """Of a recipient: when to tell the sender, and the address the sender knows them by. Empty: nothing was said."""

    notify: str = ""
    original: str = ""


@dataclass(frozen=True)
class AskedReturn:
    """Of a message: how much of it to send back, and the sender's own name for it."""

    returns: str = ""
    envelope_id: str = ""


def take_words(arg: str, wanted: frozenset[str]) -> tuple[str, dict[str, str]]:
    """``arg`` without the parameters of these names, and what they said.

    :raises BadParameter: when one comes twice, or without a value.
    """
    words, kept, found = arg.split(" "), [], {}
    # A word with a quote may be the end of an address whose local part has spaces in quotes.
    while words and (not words[-1] or _WORD.fullmatch(words[-1])) and '"' not in words[-1]:
        name, _, value = words[-1].partition("=")
        if name.upper() not in wanted:
            kept.append(words.pop())
            continue
        if not value or name.upper() in found:
            raise BadParameter(name)
        found[name.upper()] = value
        words.pop()
    return " ".join([*words, *reversed(kept)]), found


def read_return(said: Mapping[str, str]) -> AskedReturn:
    """RET and ENVID (§4.3, §4.4).

    :raises BadParameter: when they are not as the norm has them.
    """
    returns, envelope_id = said.get("RET", "").upper(), said.get("ENVID", "")
    if returns not in ("", "FULL", "HDRS"):
        raise BadParameter("RET")
    if envelope_id and (len(envelope_id) > 100 or not _XTEXT.fullmatch(envelope_id)):
        raise BadParameter("ENVID")
    return AskedReturn(returns, envelope_id)


def read_reports(said: Mapping[str, str]) -> AskedReports:
    """NOTIFY and ORCPT (§4.1, §4.2).

    :raises BadParameter: when they are not as the norm has them.
    """
    notify, original = said.get("NOTIFY", "").upper(), said.get("ORCPT", "")
    when = notify.split(",") if notify else []
    if notify != "NEVER" and (len(set(when)) != len(when) or not _WHEN.issuperset(when)):
        raise BadParameter("NOTIFY")
    if original and (len(original) > 500 or not _ORIGINAL.fullmatch(original)):
        raise BadParameter("ORCPT")
    return AskedReports(notify, original)
