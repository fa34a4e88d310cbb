"""The word of a subject that asks for something: ``*SIGN Devis 2026-041``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from pli.kit.registry import Registry

TAGS: Registry[type[Any]] = Registry("pli.mail_tags")


@dataclass(frozen=True)
class Found:
    """A tag, what follows it, and the subject without both. ``others``: further tags beside it."""

    slug: str
    argument: str
    rest: str
    others: tuple[str, ...] = ()


@cache
def _pattern() -> re.Pattern[str]:
    words = "|".join(f"(?P<{slug}>{re.escape(slug)}{tag.argument})" for slug, tag in _known().items())
    return re.compile(rf"(?<!\S)\*(?:{words})(?!\S)", re.IGNORECASE)


@cache
def _known() -> dict[str, Any]:
    return {tag.slug: tag for tag in TAGS.all().values()}


def find_tag(subject: str) -> Found | None:
    """The first known tag of a subject; None when it has none. Unknown words pass."""
    matches = list(_pattern().finditer(subject))
    if not matches:
        return None
    first = matches[0]
    slug = str(first.lastgroup)
    argument = first.group(slug)[len(slug) :].strip()
    rest = " ".join((subject[: first.start()] + " " + subject[first.end() :]).split())
    return Found(slug, argument, rest, tuple(str(one.lastgroup) for one in matches[1:]))


def tag_of(slug: str) -> Any:
    """:raises KeyError: when no tag of that name is installed any more."""
    return _known()[slug]()
