"""The cookie that says on which device a link was opened, and what the network shows of a visitor."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from pli.signing.api import DEVICE_COOKIE_DAYS, SignerSession, Visitor, device_cookie, enter


def bind_device(request: HttpRequest, response: HttpResponse, token: str, device: str) -> None:
    """Give this browser the device token; only the signing pages ever see it."""
    response.set_cookie(
        device_cookie(token),
        device,
        max_age=DEVICE_COOKIE_DAYS * 86_400,
        path="/s/",
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def session_of(request: HttpRequest, token: str) -> SignerSession:
    """The signer's session from link and device.

    :raises LinkUnknown, DeviceUnknown: when either is missing or replaced.
    """
    return enter(token, request.COOKIES.get(device_cookie(token), ""))


def visitor_of(request: HttpRequest) -> Visitor:
    """The address and the browser a request comes from."""
    return Visitor(str(request.META.get("REMOTE_ADDR", "")), request.headers.get("User-Agent", ""))
