"""Every address the product answers, read from Django's own URL table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

_PARAMETER = re.compile(r"<(?:[a-z]+:)?([a-z0-9_]+)>")
_GROUP = re.compile(r"\(\?P<([a-z0-9_]+)>.*?\)(?=[-/]|$)")


@dataclass(frozen=True)
class Route:
    """One line of the URL table. ``key`` is how the expectations name it; ``path`` has ``<name>`` for a parameter."""

    key: str
    path: str

    def url(self, values: dict[str, str]) -> str:
        """The address with every parameter filled in."""
        return "/" + _PARAMETER.sub(lambda found: values[found[1]], self.path)


def all_routes() -> list[Route]:
    """Each address once. An address of the API, or one without a name of its own, is named by its path."""
    found: dict[str, Route] = {}
    for path, name in _walk(get_resolver(), "", ""):
        key = path if path.startswith("api/") or not name else name
        found.setdefault(key, Route(key, path))
    return list(found.values())


def _walk(resolver: URLResolver, before: str, space: str) -> Iterator[tuple[str, str]]:
    for one in resolver.url_patterns:
        path = before + _spell(one)
        if isinstance(one, URLPattern):
            yield path, f"{space}{one.name}" if one.name else ""
        else:
            yield from _walk(one, path, f"{space}{one.namespace}:" if one.namespace else space)


def _spell(one: URLPattern | URLResolver) -> str:
    """A pattern as ``a/<name>/b``, whether it is written as a path or as a regular expression."""
    text = str(one.pattern)
    if isinstance(one.pattern, RegexPattern):
        text = _GROUP.sub(r"<\1>", text.removeprefix("^").removesuffix("$"))
    return re.sub(r"<[a-z]+:", "<", text)
