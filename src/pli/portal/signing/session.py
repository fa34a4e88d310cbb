"""The cookie that says on which device a link was opened, and what the network shows of a visitor."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from pli.kit.ids import digest_token
from pli.signing.api import SignerSession, Visitor, enter

COOKIE_DAYS = 60


def cookie_name(token: str) -> str:
    """One cookie a link, so that a person may have several requests open."""
    return f"pli_signer_{digest_token(token)[:16]}"


def bind_device(request: HttpRequest, response: HttpResponse, token: str, device: str) -> None:
    """Give this browser the device token; only the signing pages ever see it."""
    response.set_cookie(
        cookie_name(token),
        device,
        max_age=COOKIE_DAYS * 86_400,
        path="/s/",
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def session_of(request: HttpRequest, token: str) -> SignerSession:
    """The signer's session from link and device.

    :raises LinkUnknown, DeviceUnknown: when either is missing or replaced.
    """
    return enter(token, request.COOKIES.get(cookie_name(token), ""))


def visitor_of(request: HttpRequest) -> Visitor:
    """The address and the browser a request comes from."""
    return Visitor(str(request.META.get("REMOTE_ADDR", "")), request.headers.get("User-Agent", ""))
