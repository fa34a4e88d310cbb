"""The parts of a client's space, each with its address; a part they have nothing in does not show."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from pli.portal.access import PortalRequest
from pli.quotes.api import OPEN_STATES, quotes_for


def places_of(request: PortalRequest, current: str) -> list[dict[str, object]]:
    """For the tabs under the company's name; none while there is only one."""
    quotes = quotes_for(request.actor)
    if not quotes.exists():
        return []
    waiting = quotes.filter(state__in=OPEN_STATES[:2]).count()
    parts = (("home", _("Mes documents"), reverse("portal:home"), 0),
             ("quotes", pgettext("several", "Devis"), reverse("portal-quotes:list"), waiting))  # fmt: skip
    return [
        {"title": title, "url": url, "current": slug == current, "count": count or ""}
        for slug, title, url, count in parts
    ]
