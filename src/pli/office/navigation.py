"""The places of the office: rooms' screens open theirs, and a place nobody opened does not show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Count = Callable[[HttpRequest], int]
Shown = Callable[[HttpRequest], bool]


@dataclass(frozen=True)
class Place:
    """One entry of the side navigation: its word, its icon, the letter that goes there after ``g``."""

    slug: str
    title: str | Promise
    icon: str
    letter: str
    group: str = "work"


@dataclass(frozen=True)
class OpenPlace:
    """A place as one request sees it."""

    place: Place
    url: str
    is_current: bool
    count: int


PLACES: tuple[Place, ...] = (
    Place("home", _("Accueil"), "home", "a"),
    Place("documents", _("Documents"), "files", "d"),
    Place("todo", _("À traiter"), "inbox", "t"),
    Place("index", _("À indexer"), "forms", "x"),
    Place("runs", _("Traitements"), "stack-2", "l"),
    Place("prints", _("Mes impressions"), "printer", "i"),
    Place("signatures", _("Signatures"), "signature", "s"),
    Place("quotes", pgettext_lazy("several", "Devis"), "file-invoice", "v"),
    Place("deliveries", _("Envois"), "send", "e"),
    Place("mails", _("Mes courriels"), "mail", "o"),
    Place("parties", _("Clients et tiers"), "users", "c"),
    Place("templates", _("Modèles"), "template", "m", group="rules"),
    Place("journal", _("Journal"), "list-details", "j", group="rules"),
    Place("settings", _("Réglages"), "settings", "r", group="rules"),
)

_opened: dict[str, tuple[str, Count | None]] = {}
_shown: dict[str, Shown] = {}
_search: list[str] = []


def open_place(slug: str, url_name: str, *, count: Count | None = None, shown: Shown | None = None) -> None:
    """Say that the place ``slug`` is at ``url_name``; call it from the urls module of its screen.

    ``count`` tells how many things wait there for the person of this request (nothing is shown for 0); ``shown``
    whether that person may enter at all (everybody may, when it is not given).

    :raises KeyError: when ``slug`` is not one of PLACES.
    """
    if slug not in {place.slug for place in PLACES}:
        raise KeyError(slug)
    _opened[slug] = (url_name, count)
    if shown is not None:
        _shown[slug] = shown


def open_search(url_name: str) -> None:
    """Say where the search box sends its ``q``."""
    _search[:] = [url_name]


def search_url() -> str:
    """The address of the search, empty while no screen offers one."""
    return _address(_search[0]) if _search else ""


def _address(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def _is_under(path: str, place: Place, url: str) -> bool:
    # Every address of the office begins with the home's: being under it says nothing.
    return path == url if place.slug == "home" else path.startswith(url)


def open_places(request: HttpRequest) -> Iterator[OpenPlace]:
    """The places that exist in this installation, in their order, for this request."""
    found = [
        (place, _address(_opened[place.slug][0]), _opened[place.slug][1]) for place in PLACES if place.slug in _opened
    ]
    current = max(
        (url for place, url, _count in found if url and _is_under(request.path, place, url)), key=len, default=""
    )
    for place, url, count in found:
        if url and (place.slug not in _shown or _shown[place.slug](request)):
            yield OpenPlace(place, url, url == current, count(request) if count else 0)
