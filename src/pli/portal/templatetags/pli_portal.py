"""``{% load pli_portal %}``: what only the outside pages need."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def masked(address: str) -> str:
    """An address its owner recognises and nobody else learns: ``j•••@client.example``, ``+33•••••78``."""
    name, at, domain = address.partition("@")
    if at:
        return f"{name[:1]}•••@{domain}"
    return f"{address[:3]}•••••{address[-2:]}"
