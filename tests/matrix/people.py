"""The kinds of actor of the matrix. Each name says all: what it may, the expectations say."""

from __future__ import annotations

from enum import StrEnum


class Who(StrEnum):
    """Everybody who may knock."""

    ANONYMOUS = "anonymous"
    OTHER_ADMIN = "admin of another organisation"
    OTHER_CLIENT = "another client, in the portal"
    OTHER_EMPLOYEE = "another employee, in the portal"
    OTHER_SIGNER = "signer of another request, with this one's link and their own device"
    AUDITOR = "auditor"
    MEMBER = "member"
    MANAGER = "manager"
    ADMIN = "admin"
    PORTAL_OWNER = "the client itself, in the portal"
    SIGNER = "the signer, with link and device"
    TOKEN_BARE = "API token without the scope"
    TOKEN_OTHER = "API token of another organisation"
    TOKEN_AUDITOR = "API token of an auditor"
    TOKEN_MEMBER = "API token of a member"
    TOKEN = "API token of an admin"


STAFF = frozenset({Who.AUDITOR, Who.MEMBER, Who.MANAGER, Who.ADMIN})
PORTAL = frozenset({Who.PORTAL_OWNER, Who.OTHER_CLIENT, Who.OTHER_EMPLOYEE})
TOKENS = frozenset({Who.TOKEN_BARE, Who.TOKEN_OTHER, Who.TOKEN_AUDITOR, Who.TOKEN_MEMBER, Who.TOKEN})
ACCOUNTS = STAFF | PORTAL | {Who.OTHER_ADMIN}


class Outcome(StrEnum):
    """How a request may end."""

    DONE = "reaches what it asked for (or is told plainly why not: 400, 409, 410, 413, 415, 422, 429)"
    LOG_IN = "is sent to log in"
    UNKNOWN_CALLER = "401"
    FORBIDDEN = "403"
    HIDDEN = "404"
    NO_SUCH_METHOD = "405"
    BROKEN = "an error of ours"


def outcome_of(status: int, location: str) -> Outcome:
    """Which outcome an answer is."""
    if status in (301, 302, 303) and location.startswith("/accounts/login/"):
        return Outcome.LOG_IN
    known = {401: Outcome.UNKNOWN_CALLER, 403: Outcome.FORBIDDEN, 404: Outcome.HIDDEN, 405: Outcome.NO_SUCH_METHOD}
    if status in known:
        return known[status]
    # 503 is a wait said plainly (healthz before the parts run); any other 5xx is ours.
    return Outcome.BROKEN if status >= 500 and status != 503 else Outcome.DONE
