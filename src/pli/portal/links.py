"""How the secret or opaque part of a public address looks; importing this lets routes say ``<link:token>``."""

from __future__ import annotations

from django.urls import register_converter


class TokenConverter:
    """A link's secret: 43 characters of URL-safe base 64."""

    regex = "[A-Za-z0-9_-]{43}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(TokenConverter, "link")
