"""What the messages' screens share: the tabs, a mail shown without letting it act."""

from __future__ import annotations

import base64
import hashlib
import html
import re
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from pli.notifications.api import local_channels
from pli.parties.api import Role, StaffActor

READERS = (Role.ADMIN, Role.MANAGER, Role.AUDITOR)


def tabs_for(actor: StaffActor, current: str) -> list[dict[str, Any]]:
    """The messages' screens this actor may open."""
    tabs = [{"slug": "templates", "title": _("Modèles de message")}]
    if actor.role in READERS:
        tabs.append({"slug": "history", "title": _("Messages")})
    if actor.role == Role.ADMIN and local_channels():
        tabs.append({"slug": "outbox", "title": _("Boîte d’envoi locale")})
    return [{**tab, "url": reverse(f"notices:{tab['slug']}"), "current": tab["slug"] == current} for tab in tabs]


def show_mail(page: str) -> HttpResponse:
    """An e-mail's HTML inside a frame of ours. It can do nothing: no script, no form, no origin, no outside picture.

    Mails carry their style in attributes; each is allowed by its digest, so that nothing else is.
    """
    styles = re.findall(r'style="([^"]*)"', page) + re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    digests = " ".join(sorted({f"'sha256-{_digest(style)}'" for style in styles}))
    response = HttpResponse(page)
    response["Content-Security-Policy"] = (
        f"sandbox; default-src 'none'; img-src data:; style-src 'unsafe-hashes' {digests}; frame-ancestors 'self'"
    )
    response["X-Frame-Options"] = "SAMEORIGIN"
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


def _digest(style: str) -> str:
    return base64.b64encode(hashlib.sha256(html.unescape(style).encode()).digest()).decode()
