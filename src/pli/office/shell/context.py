"""The context every template may count on."""

from __future__ import annotations

from functools import cached_property
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from pli.office import navigation
from pli.parties.api import Member, Organisation

SESSION_KEY = "organisation_id"


def memberships(request: HttpRequest) -> list[Member]:
    """The organisations this account works for, by name."""
    account = getattr(request, "user", None)
    if account is None or not account.is_authenticated:
        return []
    return list(
        Member.objects.filter(account_id=account.pk, is_active=True, is_pending=False)
        .select_related("organisation")
        .order_by("organisation__name")
    )


def current_organisation(request: HttpRequest, members: list[Member]) -> Organisation | None:
    """The organisation the screen works in: the actor's, else the session's choice, else the first."""
    actor = getattr(request, "actor", None)
    wanted = str(actor.organisation_id) if actor else str(request.session.get(SESSION_KEY, ""))
    chosen = [member.organisation for member in members if str(member.organisation_id) == wanted]
    return next(iter(chosen or [member.organisation for member in members]), None)


class Shell:
    """What the frame shows; each part is worked out when a template first asks for it, and once a page."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.members = SimpleLazyObject(lambda: memberships(request))

    @cached_property
    def organisation(self) -> Organisation | None:
        return current_organisation(self.request, list(self.members))

    @cached_property
    def organisations(self) -> list[Organisation]:
        return [member.organisation for member in self.members]

    @cached_property
    def places(self) -> list[navigation.OpenPlace]:
        return list(navigation.open_places(self.request))

    @property
    def search_url(self) -> str:
        return navigation.search_url()


def shell(request: HttpRequest) -> dict[str, Any]:
    """``shell``: organisation, organisations, places, search_url."""
    return {"shell": Shell(request)}


def remember_organisation(request: HttpRequest, organisation_id: UUID) -> bool:
    """Work in another of one's organisations from now on; False when the account is no member of it."""
    if organisation_id not in {member.organisation_id for member in memberships(request)}:
        return False
    request.session[SESSION_KEY] = str(organisation_id)
    return True
