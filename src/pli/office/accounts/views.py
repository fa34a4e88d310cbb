"""After the door: where to go, what waits to be accepted, and one's own account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.office.access import ORGANISATION_KEY, find_staff_actor, read_uuid
from pli.office.accounts.forms import LanguageForm
from pli.parties.api import (
    Account,
    Organisation,
    Role,
    accept_invitation,
    list_invitations,
    portal_organisations,
    set_language,
    staff_organisations,
)

OFFICE, PORTAL = "/office/", "/portal/"
# office and portal are on one floor and don't import each other: the session key is their contract.
PORTAL_KEY = "portal_organisation_id"


@dataclass(frozen=True)
class Destination:
    """One place the person may enter."""

    organisation: Organisation
    is_office: bool

    @property
    def value(self) -> str:
        """How the form names it."""
        return f"{'office' if self.is_office else 'portal'}:{self.organisation.id}"


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def arrival(request: HttpRequest) -> HttpResponse:
    """Send people on to the office or the portal; ask when there is a choice or something to accept."""
    account = cast(Account, request.user)
    places = [Destination(one, is_office=True) for one in staff_organisations(account)]
    places += [Destination(one, is_office=False) for one in portal_organisations(account)]
    if request.method == "POST":
        chosen = next((place for place in places if place.value == request.POST.get("place")), None)
        if chosen is None:
            raise Http404
        return _enter(request, chosen)
    waiting = list_invitations(account)
    staff = [place for place in places if place.is_office]
    only_office = staff and len(staff) == len(places)
    if not waiting and (len(places) == 1 or only_office):
        return _enter(request, places[0])
    return render(request, "office/account/arrival.html", {"places": places, "waiting": waiting})


@login_required
@require_POST
def accept(request: HttpRequest) -> HttpResponse:
    """Accept an invitation that waits for the person logged in."""
    target = read_uuid(request.POST.get("invitation"))
    if target is None:
        raise Http404
    accept_invitation(account=cast(Account, request.user), target_id=target)
    return redirect("me:arrival")


@login_required
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """One's own account: password, second factors, passkeys, sessions, language."""
    account = cast(Account, request.user)
    factors = list(Authenticator.objects.filter(user=account).order_by("created_at"))
    codes = next((one for one in factors if one.type == Authenticator.Type.RECOVERY_CODES), None)
    return render(
        request,
        "office/account/home.html",
        {
            "account": account,
            "totp": next((one for one in factors if one.type == Authenticator.Type.TOTP), None),
            "passkeys": [one for one in factors if one.type == Authenticator.Type.WEBAUTHN],
            "codes_left": len(RecoveryCodes(codes).get_unused_codes()) if codes else None,
            "is_email_proved": EmailAddress.objects.filter(user=account, verified=True).exists(),
            "language_form": LanguageForm(initial={"language": account.language}),
            "may_sign": may_sign_with_own_key(request),
        },
    )


def may_sign_with_own_key(request: HttpRequest) -> bool:
    """Whether the person is at work here, and not only to read."""
    actor = find_staff_actor(request)
    return actor is not None and actor.role != Role.AUDITOR


@login_required
@require_POST
def change_language(request: HttpRequest) -> HttpResponse:
    """Remember the language for screens and e-mails."""
    form = LanguageForm(request.POST)
    if form.is_valid():
        set_language(cast(Account, request.user).id, form.cleaned_data["language"])
        messages.success(request, _("Votre langue est enregistrée."))
    return redirect("me:home")


def _enter(request: HttpRequest, place: Destination) -> HttpResponse:
    request.session[ORGANISATION_KEY if place.is_office else PORTAL_KEY] = str(place.organisation.id)
    return redirect(OFFICE if place.is_office else PORTAL)
