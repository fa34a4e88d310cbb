"""Patterns people type, run by RE2: its time grows with the text alone, so no pattern can hang a run."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any, NamedTuple

import re2

MOST_PATTERN = 300
MOST_TEXT = 200_000
_MEMORY = 4 << 20


class PatternRefused(ValueError):
    """A pattern that can't be used; its text is a French sentence."""


class PatternMatch(NamedTuple):
    """What a pattern found: the text of its first group (of the whole match without one), and where it starts."""

    text: str
    start: int
    end: int


@lru_cache(maxsize=512)
def compile_pattern(pattern: str) -> Any:
    """The pattern, ready to run. Capitals and small letters count as one.

    RE2's syntax: no look-around, no back-references. ``\\w`` also takes accented letters here.

    :raises PatternRefused: it is too long, or not a pattern RE2 knows.
    """
    if not pattern.strip() or len(pattern) > MOST_PATTERN:
        raise PatternRefused("Le motif doit compter de 1 à 300 caractères.")
    options = re2.Options()
    options.log_errors = False
    options.case_sensitive = False
    options.max_mem = _MEMORY
    try:
        return re2.compile(_with_accents(pattern), options=options)
    except re2.error:
        raise PatternRefused("Ce motif n’est pas une expression régulière valable (syntaxe RE2).") from None


def find(pattern: str, text: str, *, start: int = 0) -> PatternMatch | None:
    """The first match of ``pattern`` in ``text`` from ``start``, if any; spaces of every kind count as plain ones.

    :raises PatternRefused: as :func:`compile_pattern`.
    """
    found = compile_pattern(pattern).search(plain_spaces(text[:MOST_TEXT]), start)
    if found is None:
        return None
    group = 1 if found.re.groups else 0
    if found.group(group) is None:  # The group had no part in the match.
        return PatternMatch("", found.start(), found.end())
    return PatternMatch(found.group(group).strip(), found.start(group), found.end(group))


_SPACES = re.compile("[\u00a0\u202f\u2007\u2009\u200a\u2002\u2003]")


def plain_spaces(text: str) -> str:
    """``text`` with every kind of horizontal space as a plain one: same length."""
    return text if text.isascii() else _SPACES.sub(" ", text)


def _with_accents(pattern: str) -> str:
    """``\\w`` of RE2 knows ASCII only: « Gaüzère » is one word to whoever writes the pattern."""
    return unicodedata.normalize("NFC", pattern).replace("\\w", "[\\pL\\pM\\pN_]") if "[" not in pattern else pattern
