"""Reading the journal, for its screen and for its exports."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast

from pli.journal.chain import chained, instant
from pli.journal.models import Anchor, Event
from pli.kit.errors import NotFound

LARGEST_PAGE = 500


@dataclass(frozen=True)
class EventFilter:
    """What to show of an organisation's journal; what is empty filters nothing. ``name`` and ``actor`` may end with
    ``*`` (``signing.*``, ``system:*``); ``since`` is included, ``until`` is not. ``text`` is looked for in what the
    events carry, personal values included; those named in ``also`` are found by it too (their own words match it)."""

    name: str = ""
    actor: str = ""
    subject_type: str = ""
    subject_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    text: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class EventPage:
    """Some events, newest first, and the key of the page after them (empty on the last one)."""

    events: list[Event]
    next_key: str = ""


def events_about(
    subject: tuple[str, UUID], *, organisation_id: UUID | None = None, limit: int = LARGEST_PAGE
) -> list[Event]:
    """What happened to one thing, in the order it was recorded; the latest ``limit`` of it."""
    events = Event.objects.filter(subject_type=subject[0], subject_id=subject[1])
    if organisation_id is not None:
        events = events.filter(organisation_id=organisation_id)
    return list(events.order_by("-id")[:limit])[::-1]


def list_events(
    organisation_id: UUID, wanted: EventFilter | None = None, *, key: str = "", size: int = 50
) -> EventPage:
    """One page of an organisation's journal, newest first. ``key`` is the ``next_key`` of the page before; one that
    makes no sense gives the first page."""
    size = max(1, min(size, LARGEST_PAGE))
    events = _matching(organisation_id, wanted or EventFilter())
    after = _parse_key(key)
    if after is not None:
        at, event_id = after
        events = events.filter(Q(occurred_at__lt=at) | Q(occurred_at=at, id__lt=event_id), occurred_at__lte=at)
    found = list(events.order_by("-occurred_at", "-id")[: size + 1])
    if len(found) <= size:
        return EventPage(found)
    last = found[size - 1]
    return EventPage(found[:size], f"{instant(last.occurred_at)}_{last.id}")


def each_event(organisation_id: UUID, wanted: EventFilter | None = None) -> Iterator[Event]:
    """Every matching event, newest first, in flat memory: for the export of the Journal screen."""
    found, key = list_events(organisation_id, wanted, size=LARGEST_PAGE), ""
    yield from found.events
    while key := found.next_key:
        found = list_events(organisation_id, wanted, key=key, size=LARGEST_PAGE)
        yield from found.events


def _matching(organisation_id: UUID, wanted: EventFilter) -> QuerySet[Event]:
    events = Event.objects.filter(organisation_id=organisation_id)
    wanted = replace(wanted, name=wanted.name.strip(), actor=wanted.actor.strip())
    if wanted.name.endswith("*"):
        events = events.filter(name__startswith=wanted.name[:-1])
    elif wanted.name:
        events = events.filter(name=wanted.name)
    if wanted.actor.endswith("*"):
        events = events.filter(actor__startswith=wanted.actor[:-1])
    elif wanted.actor:
        events = events.filter(actor=wanted.actor)
    if wanted.subject_type:
        events = events.filter(subject_type=wanted.subject_type)
    if wanted.subject_id:
        events = events.filter(subject_id=wanted.subject_id)
    if wanted.since:
        events = events.filter(occurred_at__gte=wanted.since)
    if wanted.until:
        events = events.filter(occurred_at__lt=wanted.until)
    for word in wanted.text.replace("\x00", " ").split()[:8]:
        events = events.annotate(
            data_text=Cast("data", TextField()), personal_text=Cast("personal", TextField())
        ).filter(Q(data_text__icontains=word) | Q(personal_text__icontains=word) | Q(name__in=wanted.also))
    return events


def _parse_key(key: str) -> tuple[datetime, UUID] | None:
    at, _, event_id = key.partition("_")
    try:
        return datetime.fromisoformat(at), UUID(event_id)
    except ValueError:
        return None


@dataclass(frozen=True)
class ChainState:
    """How far an organisation's chain has come: entries chained, waiting for their place, and its last anchor."""

    chained: int
    waiting: int
    last_hash: str
    last_anchor: Anchor | None
    unstamped_anchors: int


def chain_state(organisation_id: UUID) -> ChainState:
    """The chain and its anchors as they stand."""
    last = chained(organisation_id).last()
    anchors = Anchor.objects.filter(organisation_id=organisation_id)
    return ChainState(
        chained=last.position or 0 if last else 0,
        waiting=Event.objects.filter(organisation_id=organisation_id, position=None).count(),
        last_hash=last.chain_hash if last else "",
        last_anchor=anchors.order_by("-last_position").first(),
        unstamped_anchors=anchors.filter(token=None).count(),
    )


def get_event(organisation_id: UUID, event_id: UUID) -> Event:
    """:raises NotFound: when that organisation has no such event."""
    found = Event.objects.filter(organisation_id=organisation_id, id=event_id).first()
    if found is None:
        raise NotFound
    return found
