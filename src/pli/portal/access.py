"""The portal's door: clients, employees and suppliers, each among their own documents."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from pli.kit.errors import NotFound
from pli.parties.api import Account, PortalActor, portal_actor, portal_organisations

# Which portal a person with several reads: kept in the session under this key.
PORTAL_KEY = "portal_organisation_id"
P = ParamSpec("P")


class PortalRequest(HttpRequest):
    """A request whose sender has a key to the organisation's portal."""

    actor: PortalActor
    user: Account


View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
PortalView = Callable[Concatenate[PortalRequest, P], HttpResponseBase]


def portal_required(view: PortalView[P]) -> View[P]:
    """Let in the portal's visitors only; the view finds them in ``request.actor``.

    A stranger is sent to log in; an account without any portal gets 404.
    """

    @wraps(view)
    def enter(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        actor = find_portal_actor(request)
        if actor is None:
            raise Http404
        visitor = cast(PortalRequest, request)
        visitor.actor = actor
        return view(visitor, *args, **kwargs)

    return cast("View[P]", enter)


def find_portal_actor(request: HttpRequest) -> PortalActor | None:
    """The sender as a visitor of the portal chosen in the session, else of their first one by name."""
    account = cast(Account, request.user)
    chosen = request.session.get(PORTAL_KEY)
    if chosen:
        try:
            return portal_actor(account, UUID(str(chosen)))
        except (NotFound, ValueError):
            del request.session[PORTAL_KEY]
    organisations = portal_organisations(account)
    return portal_actor(account, organisations[0].id) if organisations else None
