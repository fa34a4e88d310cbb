"""Wording a message: whose text, which values, how long."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pli.kit.clock import Clock, paris_day
from pli.notifications.catalogue import SECRET_FIELDS, NoticeKind
from pli.notifications.defaults import DEFAULTS
from pli.notifications.merge import (
    FREE_TEXT,
    LONG_VALUE,
    SHORT_VALUE,
    Segment,
    as_text,
    canonical,
    clean_value,
    fill,
)
from pli.notifications.models import Channel, TemplateOverride
from pli.notifications.sms import MAX_SEGMENTS, count_segments, to_gsm7
from pli.parties.api import Organisation

_MONTHS = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split(),  # noqa: SIM905
    "en": "January February March April May June July August September October November December".split(),  # noqa: SIM905
}
TITLE_LIMIT = 200
_LONG_FIELDS = {FREE_TEXT, "motif", *SECRET_FIELDS}
# What an SMS shortens, first to last, to stay within one segment.
_SHORTENED = ("message", "document", "societe", "expediteur", "signataire", "destinataire")
_SHORTEST = 12


@dataclass(frozen=True)
class Wording:
    """The template of a message: its subject (empty for an SMS) and its text."""

    title: str
    text: str
    is_own: bool


@dataclass(frozen=True)
class Composed:
    """A message as worded, its secrets still names."""

    title: str
    body: tuple[Segment, ...]
    segments: int

    @property
    def text_sha256(self) -> str:
        """SHA-256 of the plain text with its secrets masked: a digest over a six-digit code would give it away."""
        return hashlib.sha256(as_text(self.body).encode()).hexdigest()


def wording_of(organisation_id: UUID, slug: str, channel: str, language: str) -> Wording:
    """The organisation's wording, else Pli's own.

    :raises ValueError: when Pli has none for that channel.
    """
    own = TemplateOverride.objects.filter(
        organisation_id=organisation_id, template=slug, channel=channel, language=language
    ).first()
    if own is not None:
        return Wording(own.title, own.text, is_own=True)
    if (slug, channel, language) not in DEFAULTS:
        raise ValueError(f"{slug} has no {channel} wording")
    title, text = DEFAULTS[slug, channel, language]
    return Wording(title, text, is_own=False)


def values_for(
    fields: Mapping[str, str], *, organisation: Organisation, to_name: str, language: str, clock: Clock
) -> dict[str, str]:
    """The cleaned values by canonical name, with those that Pli always knows."""
    day = paris_day(clock.now())
    given = {canonical(name): value for name, value in fields.items()}
    always = {
        "societe": organisation.name,
        "destinataire": to_name,
        "date": f"{day.day} {_MONTHS[language][day.month - 1]} {day.year}",
    }
    return {name: _clean(name, str(value)) for name, value in {**always, **given}.items()}


def _clean(name: str, value: str) -> str:
    limit = LONG_VALUE if name in _LONG_FIELDS else SHORT_VALUE
    return clean_value(value, multiline=name == FREE_TEXT, limit=limit)


def compose(
    kind: NoticeKind, wording: Wording, *, channel: str, values: Mapping[str, str], secrets: Mapping[str, str]
) -> Composed:
    """Word the message. An SMS is brought into GSM-7 and shortened towards one segment.

    :raises ValueError: when a field the message is useless without was not given (an error of the caller).
    """
    missing = {name for name in kind.needs if not (values.get(name) or secrets.get(name))}
    if missing:
        raise ValueError(f"{kind.slug} is useless without {sorted(missing)}")
    if channel == Channel.SMS:
        return _compose_sms(wording, values, secrets)
    title = clean_value(as_text(fill(wording.title, values)), limit=TITLE_LIMIT)
    return Composed(title, fill(wording.text, values, secrets), 0)


def _compose_sms(wording: Wording, values: Mapping[str, str], secrets: Mapping[str, str]) -> Composed:
    held = {name: to_gsm7(value) for name, value in values.items()}
    template = to_gsm7(wording.text)
    body = fill(template, held, secrets)
    for name in _SHORTENED:
        while count_segments(as_text(body, secrets)) > 1 and len(held.get(name, "")) > _SHORTEST:
            held[name] = held[name][: max(_SHORTEST, len(held[name]) - 6) - 1].rstrip(" .") + "."
            body = fill(template, held, secrets)
    segments = count_segments(as_text(body, secrets))
    if segments > MAX_SEGMENTS:
        raise ValueError(f"an SMS of {segments} segments: its template is too long")
    return Composed("", body, segments)


def text_digest(title: str, text: str) -> str:
    """SHA-256 of a wording, in hexadecimal."""
    return hashlib.sha256(f"{title}\n\n{text}".encode()).hexdigest()
