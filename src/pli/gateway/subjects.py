"""The words of a subject that ask for something: ``*SIGN Devis``, ``*LIEN *DIFFERE 2026-12-01 08:00 Plans``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

from pli.kit.registry import Registry

TAGS: Registry[type[Any]] = Registry("pli.mail_tags")


@dataclass(frozen=True)
class Asked:
    """One tag of a subject, and what follows it."""

    slug: str
    argument: str


@dataclass(frozen=True)
class Subject:
    """A subject without its tags; these in the order in which they are obeyed, wherever they stood."""

    rest: str
    tags: tuple[Asked, ...] = ()

    @property
    def words(self) -> str:
        """Its tags, for a row: « SIGN DIFFERE »; nothing when it has none."""
        return " ".join(dict.fromkeys(one.slug for one in self.tags))


@cache
def _pattern() -> re.Pattern[str]:
    words = "|".join(f"(?P<{slug}>{re.escape(slug)}{tag.argument})" for slug, tag in _known().items())
    return re.compile(rf"(?<!\S)\*(?:{words})(?!\S)", re.IGNORECASE)


@cache
def _known() -> dict[str, Any]:
    return {tag.slug: tag for tag in sorted(TAGS.all().values(), key=lambda tag: (tag.rank, tag.slug))}


def read_subject(said: str) -> Subject:
    """What a subject asks, and what is left to read of it. Unknown words pass; without a known one it is unchanged."""
    matches = list(_pattern().finditer(said))
    if not matches:
        return Subject(said)
    asked = [_asked(match) for match in matches]
    order = list(_known())
    asked.sort(key=lambda one: order.index(one.slug))
    return Subject(" ".join(_pattern().sub(" ", said).split()), tuple(asked))


def _asked(match: re.Match[str]) -> Asked:
    slug = str(match.lastgroup)
    return Asked(slug, match.group(slug)[len(slug) :].strip())


def tag_of(slug: str) -> Any:
    """:raises KeyError: when no tag of that name is installed any more."""
    return _known()[slug]()
