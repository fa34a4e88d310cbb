"""Going on with a phone: the desk shows a QR code and follows; the phone that reads it goes on where the desk was."""

from __future__ import annotations

import io

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from pli.portal.company import company_of
from pli.portal.signing.session import bind_device, session_of, visitor_of
from pli.signing.api import (
    SIGNER,
    CeremonyState,
    DeviceUnknown,
    HandOverState,
    Signer,
    claim_in_person,
    device_cookie,
    hand_over_state,
    offer_hand_over,
    signer_by_link,
    take_over,
)


def _context(signer: Signer, token: str) -> dict[str, object]:
    ceremony = signer.ceremony
    return {"signer": signer, "ceremony": ceremony, "token": token, "company": company_of(ceremony.organisation)}


@never_cache
@require_POST
def offer(request: HttpRequest, token: str) -> HttpResponse:
    """Show the code a phone takes over with."""
    secret = offer_hand_over(session_of(request, token), visitor=visitor_of(request))
    address = f"{settings.PLI_BASE_URL}/s/{token}/phone/{secret}"
    drawn = io.BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", border=2, xmldecl=False, scale=5)
    # Drawn by us from an address of ours: nothing in it is anybody's text.
    code = mark_safe(drawn.getvalue().decode())  # noqa: S308
    context = _context(signer_by_link(token), token) | {"qr": code, "state": HandOverState.WAITING}
    return render(request, "portal/signing/phone.html", context)


@never_cache
@require_GET
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """What the desk is told while the phone is at it."""
    signer = signer_by_link(token)
    state = hand_over_state(signer, request.COOKIES.get(device_cookie(token), ""))
    is_over = signer.state in SIGNER.final or signer.ceremony.state != CeremonyState.IN_PROGRESS
    context = _context(signer, token) | {"state": state, "is_answered": is_over}
    response = render(request, "portal/signing/phone_state.html", context)
    if is_over:
        response["HX-Redirect"] = f"/s/{token}/done"
    return response


@never_cache
@require_safe
def arrive(request: HttpRequest, token: str, secret: str) -> HttpResponse:
    """What the QR code leads to. Reading it takes nothing over: that is the button's doing."""
    try:
        session_of(request, token)
    except DeviceUnknown:
        context = _context(signer_by_link(token), token) | {"secret": secret}
        return render(request, "portal/signing/phone_here.html", context)
    return redirect("signing:read", token)


@never_cache
@require_POST
def take(request: HttpRequest, token: str, secret: str) -> HttpResponse:
    """Go on here."""
    device = take_over(token, secret, visitor=visitor_of(request))
    response = redirect("signing:read", token)
    bind_device(request, response, token, device)
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def here(request: HttpRequest, token: str, secret: str) -> HttpResponse:
    """The device lent to a signer takes the signing up, from an address another program made; a GET takes nothing."""
    if request.method != "POST":
        signer = signer_by_link(token)
        return render(request, "portal/signing/here.html", _context(signer, token) | {"secret": secret})
    device = claim_in_person(token, secret, visitor=visitor_of(request))
    response = redirect("signing:landing", token)
    bind_device(request, response, token, device)
    return response
