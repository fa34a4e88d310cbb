"""The office's door: who may enter a screen, and as whom they act there."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, cast
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase

from pli.kit.errors import NotFound
from pli.parties.api import Account, Role, StaffActor, staff_actor, staff_organisations

# Which of their organisations a member works in: kept in the session under this key (see office.shell).
ORGANISATION_KEY = "organisation_id"
P = ParamSpec("P")


class StaffRequest(HttpRequest):
    """A request whose sender is a member of the organisation's team."""

    actor: StaffActor
    user: Account


View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]
StaffView = Callable[Concatenate[StaffRequest, P], HttpResponseBase]


def staff_required(*roles: Role) -> Callable[[StaffView[P]], View[P]]:
    """Let in members only, with one of ``roles`` when any is named; the view finds them in ``request.actor``.

    A stranger is sent to log in; an account without a place in any team gets 404; a role too weak, 403
    (:class:`pli.kit.errors.NotAllowed`).
    """

    def guard(view: StaffView[P]) -> View[P]:
        @wraps(view)
        def enter(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            actor = find_staff_actor(request)
            if actor is None:
                raise Http404
            if roles:
                actor.require(*roles)
            staff = cast(StaffRequest, request)
            staff.actor = actor
            return view(staff, *args, **kwargs)

        return cast("View[P]", enter)

    return guard


def find_staff_actor(request: HttpRequest) -> StaffActor | None:
    """The sender as a member of the organisation chosen in the session, else of their first one by name."""
    account = cast(Account, request.user)
    chosen = read_uuid(request.session.get(ORGANISATION_KEY))
    # Asked by the view and by every count of the frame; the answer holds as long as the choice it rests on.
    known: dict[tuple[UUID, UUID | None], StaffActor | None] = request.__dict__.setdefault("_staff_actors", {})
    if (account.id, chosen) not in known:
        known[account.id, chosen] = _find_staff_actor(request, account, chosen)
    return known[account.id, chosen]


def _find_staff_actor(request: HttpRequest, account: Account, chosen: UUID | None) -> StaffActor | None:
    if chosen is not None:
        try:
            return staff_actor(account, chosen)
        except NotFound:
            del request.session[ORGANISATION_KEY]
    organisations = staff_organisations(account)
    return staff_actor(account, organisations[0].id) if organisations else None


def read_uuid(value: object) -> UUID | None:
    """The UUID that ``value`` spells, if it does."""
    try:
        return UUID(str(value)) if value else None
    except ValueError:
        return None
