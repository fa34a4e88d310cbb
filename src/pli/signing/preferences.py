"""How an organisation wants its files sealed: the PAdES level, and who dates them."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PlugError
from pli.parties.api import Actor, Organisation, Role, StaffActor, change_settings, get_organisation
from pli.signing.errors import PreferenceRefused
from pli.signing.keys import trust_store
from pli.signing.requests import LEVELS
from pli.trust.api import TimestampVerdict, timestamp_service, verify_timestamp

DEFAULT_LEVEL = "B-T"
SIDES = ("", "left", "right")


@dataclass(frozen=True)
class TimestampTrial:
    """What a timestamp service answered: when it says it is, and whether its authority leads to a root we trust."""

    at: datetime
    authority: str
    is_trusted: bool


def preferred_level(organisation: Organisation) -> str:
    """The PAdES level (ETSI EN 319 142-1) of the organisation's requests when nothing else is asked."""
    level = str(organisation.settings.get("pades_level", DEFAULT_LEVEL))
    return level if level in LEVELS else DEFAULT_LEVEL


def save_level(actor: Actor, level: str, *, clock: Clock = SYSTEM_CLOCK) -> Organisation:
    """Choose the level of the requests to come; those under way keep theirs.

    :raises PreferenceRefused: for a level that does not exist; :raises NotAllowed: unless an administrator asks.
    """
    if level not in LEVELS:
        raise PreferenceRefused(reason="ce niveau de signature n’existe pas")
    return change_settings(actor=actor, values={"pades_level": level}, clock=clock)


def preferred_side(organisation: Organisation) -> str:
    """Where signatures of new requests go when nothing else is asked: left or right, empty where the signer likes."""
    side = str(organisation.settings.get("mark_side") or "")
    return side if side in SIDES else ""


def save_side(actor: Actor, side: str, *, clock: Clock = SYSTEM_CLOCK) -> Organisation:
    """Choose the place of the requests to come; those under way keep theirs.

    :raises PreferenceRefused: for a place that does not exist; :raises NotAllowed: unless an administrator asks.
    """
    if side not in SIDES:
        raise PreferenceRefused(reason="cette place n’existe pas")
    return change_settings(actor=actor, values={"mark_side": side or None}, clock=clock)


def try_timestamps(actor: StaffActor, url: str) -> TimestampTrial:
    """Ask the service at ``url`` (empty: the installation's) for one token over random bytes, and check it.

    :raises PreferenceRefused: for an address that is none; :raises PlugError: when it does not answer as it must.
    :raises NotAllowed: unless an administrator asks: it makes the server call out.
    """
    actor.require(Role.ADMIN)
    digest = hashlib.sha256(os.urandom(32)).digest()
    store = trust_store()
    token = timestamp_service(store, _checked_url(url)).timestamp(digest)
    verdict: TimestampVerdict = verify_timestamp(token, digest, store.roots())
    if not verdict.is_intact or verdict.time is None:
        raise PlugError(service="horodatage", reason="jeton refusé", permanent=True)
    return TimestampTrial(verdict.time, verdict.authority, verdict.is_trusted)


def save_timestamp_url(actor: StaffActor, url: str, *, clock: Clock = SYSTEM_CLOCK) -> TimestampTrial | None:
    """Date signatures and the journal by the service at ``url``, once it has answered as it must; empty: back to the
    installation's own (and nothing is asked of anybody).

    :raises PreferenceRefused, PlugError, NotAllowed: as ``try_timestamps``; nothing is saved then.
    """
    trial = try_timestamps(actor, url) if url.strip() else None
    # An address may carry a subscriber's key: the journal, like those who only read the settings, is told its host.
    change_settings(actor=actor, values={"tsa_url": _checked_url(url) or None}, spoken=host_of, clock=clock)
    return trial


def host_of(url: str | None) -> str | None:
    """The host an address names; None for no address."""
    return urlsplit(url).hostname if url else None


def timestamp_url(actor: Actor) -> str:
    """The address the organisation chose itself, empty when it did not; its host alone for who is no administrator."""
    url = str(get_organisation(actor).settings.get("tsa_url") or "")
    is_admin = not isinstance(actor, StaffActor) or actor.role == Role.ADMIN
    return url if is_admin else host_of(url) or ""


def _checked_url(url: str) -> str:
    """:raises PreferenceRefused: unless it is empty or an http(s) address without a password in it."""
    text = url.strip()
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        is_fit = parts.scheme in ("http", "https") and bool(parts.hostname) and not parts.username
    except ValueError:
        is_fit = False
    if not is_fit or len(text) > 300 or any(c.isspace() for c in text):
        raise PreferenceRefused(reason="cette adresse n’en est pas une : elle commence par https:// ou http://")
    return text
