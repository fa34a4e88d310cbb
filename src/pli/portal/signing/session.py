"""The cookie that says on which device a link was opened, and what the network shows of a visitor."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation

from pli.portal.company import company_of
from pli.signing.api import (
    SIGNER,
    CeremonyEnded,
    CeremonyState,
    DeviceUnknown,
    Signer,
    SignerSession,
    Visitor,
    device_cookie,
    device_cookie_for,
    enter,
    is_code_proved,
    signer_by_link,
    was_code_typed_here,
)


def bind_device(request: HttpRequest, response: HttpResponse, token: str, device: str) -> None:
    """Give this browser the device token; only the signing pages ever see it."""
    response.set_cookie(**device_cookie_for(token, device, is_secure=request.is_secure()))


def session_of(request: HttpRequest, token: str) -> SignerSession:
    """The signer's session from link and device.

    :raises LinkUnknown, DeviceUnknown: when either is missing or replaced.
    """
    return enter(token, request.COOKIES.get(device_cookie(token), ""))


def visitor_of(request: HttpRequest) -> Visitor:
    """The address and the browser a request comes from."""
    return Visitor(str(request.META.get("REMOTE_ADDR", "")), request.headers.get("User-Agent", ""))


def speak(request: HttpRequest, signer: Signer) -> None:
    """The invitation's language, unless this browser has chosen another."""
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(signer.language)
        request.LANGUAGE_CODE = signer.language


def is_over(signer: Signer) -> bool:
    """Whether there is nothing left to answer, for this signer or for all."""
    return signer.state in SIGNER.final or signer.ceremony.state not in (CeremonyState.IN_PROGRESS,)


def with_way_on(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """What is pressed once more, or on a page left open while the request ended, leads to how it ended; a session that
    is over, or went to another device, to where a new code is had."""

    @wraps(view)
    def shown(request: HttpRequest, token: str, **parts: Any) -> HttpResponseBase:
        try:
            return view(request, token, **parts)
        except CeremonyEnded:
            # Past its last day and not closed yet, it has no outcome to show.
            if not is_over(signer_by_link(token)):
                raise
            return redirect("signing:done", token)
        except DeviceUnknown as refusal:
            signer = signer_by_link(token)
            # Nobody takes up on a device of their own what was lent to them on another.
            if request.headers.get("HX-Request") == "true" or signer.in_person_until is not None:
                raise
            speak(request, signer)
            context = {
                "signer": signer, "ceremony": signer.ceremony, "token": token, "refusal": refusal,
                "company": company_of(signer.ceremony.organisation), "is_over": is_over(signer),
            }  # fmt: skip
            return render(request, "portal/signing/session_over.html", context, status=refusal.status)

    return shown


def verified(request: HttpRequest, token: str) -> Signer:
    """The signer behind a session whose code was accepted here; it still holds, or the request is over.

    :raises DeviceUnknown: when no code was typed on this device, or too long ago to go on.
    """
    session_of(request, token)
    signer = signer_by_link(token)
    speak(request, signer)
    if not (is_code_proved(signer) or (is_over(signer) and was_code_typed_here(signer))):
        raise DeviceUnknown
    return signer
