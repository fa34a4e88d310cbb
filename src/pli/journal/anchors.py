"""Anchors: once a day a timestamp from a third party over a Merkle root of all that was chained since the last one."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max, Q

from pli.journal import verify_journal
from pli.journal.chain import chain_events, chained, entry_of, hash_at, lock_chain
from pli.journal.dispatch import describe_error
from pli.journal.models import Anchor, Event
from pli.kit.clock import SYSTEM_CLOCK, Clock, paris_day
from pli.kit.errors import NotFound
from pli.kit.retry import wait_before

logger = logging.getLogger(__name__)

_ORGANISATIONS = """
WITH RECURSIVE found AS (
    (SELECT organisation_id FROM journal_event ORDER BY organisation_id LIMIT 1)
    UNION ALL
    SELECT (SELECT organisation_id FROM journal_event
             WHERE organisation_id > found.organisation_id ORDER BY organisation_id LIMIT 1)
      FROM found WHERE found.organisation_id IS NOT NULL)
SELECT organisation_id FROM found WHERE organisation_id IS NOT NULL
"""
# Nobody else asks for the token of a new anchor while its maker does.
HEAD_START = timedelta(minutes=2)


class Timestamps(Protocol):
    """What trust's timestamp services do."""

    def timestamp(self, digest: bytes) -> bytes:
        """The DER TimeStampToken (RFC 3161) over a SHA-256 digest."""
        ...


TimestampsFor = Callable[[UUID], Timestamps]
_source: TimestampsFor | None = None


def use_timestamps(source: TimestampsFor) -> None:
    """Say, once at start, where the periodic job gets the timestamp service of an organisation."""
    global _source
    _source = source


def anchor_due(*, clock: Clock = SYSTEM_CLOCK) -> int:
    """``anchor_all`` with the timestamp service given to ``use_timestamps``.

    :raises RuntimeError: when none was given.
    """
    if _source is None:
        raise RuntimeError("no timestamp service was given to the journal")
    return anchor_all(timestamps=_source, clock=clock)


def make_anchor(organisation_id: UUID, *, timestamps: Timestamps, clock: Clock = SYSTEM_CLOCK) -> Anchor | None:
    """Chain what waits, then anchor all that no anchor covers yet. None when there is nothing to anchor.

    The anchor is kept before the timestamp service is asked: when that fails, the anchor waits without a token
    (``token is None``) and ``anchor_all`` asks again. Not to be called inside a transaction.
    """
    return _make_anchor(organisation_id, lambda _: timestamps, clock)


def _make_anchor(organisation_id: UUID, timestamps: TimestampsFor, clock: Clock) -> Anchor | None:
    chain_events(organisation_id)
    with transaction.atomic(durable=True):
        lock_chain(organisation_id)
        anchor = _cover(organisation_id, clock.now())
    if anchor is not None:
        _ask_token(anchor, timestamps, clock)
    return anchor


def _cover(organisation_id: UUID, now: datetime) -> Anchor | None:
    covered = Anchor.objects.filter(organisation_id=organisation_id).aggregate(last=Max("last_position"))["last"] or 0
    hashes = chained(organisation_id).filter(position__gt=covered).values_list("chain_hash", flat=True)
    leaves = [bytes.fromhex(value) for value in hashes.iterator(chunk_size=10_000)]
    if not leaves:
        return None
    return Anchor.objects.create(
        organisation_id=organisation_id,
        first_position=covered + 1,
        last_position=covered + len(leaves),
        root=verify_journal.merkle_root(leaves).hex(),
        created_at=now,
        next_try_at=now + HEAD_START,
    )


def _ask_token(anchor: Anchor, timestamps: TimestampsFor, clock: Clock) -> None:
    """Fetch the token, outside any transaction: a slow service holds no lock. The first token to come is kept."""
    try:
        token = timestamps(anchor.organisation_id).timestamp(bytes.fromhex(anchor.root))
    except Exception as error:  # noqa: BLE001 - any failure of the service means: again later
        anchor.attempts += 1
        anchor.last_error = describe_error(error)
        anchor.next_try_at = clock.now() + wait_before(anchor.attempts)
        logger.warning("anchor %s waits for its timestamp (try %d): %s", anchor.id, anchor.attempts, anchor.last_error)
    else:
        anchor.token, anchor.timestamped_at, anchor.last_error = token, clock.now(), ""
    fields = ("token", "timestamped_at", "attempts", "last_error", "next_try_at")
    changed = {name: getattr(anchor, name) for name in fields}
    if not Anchor.objects.filter(id=anchor.id, token=None).update(**changed):
        anchor.refresh_from_db()


def anchor_all(*, timestamps: TimestampsFor, clock: Clock = SYSTEM_CLOCK) -> int:
    """What the periodic job does: ask again for tokens that are due, and anchor each organisation once a day (Paris).

    Returns how many anchors got their token. One organisation's failure holds up no other.
    """
    now = clock.now()
    done = 0
    for anchor in Anchor.objects.filter(token=None, next_try_at__lte=now).order_by("next_try_at"):
        _ask_token(anchor, timestamps, clock)
        done += anchor.token is not None
    for organisation_id in organisations():
        last = Anchor.objects.filter(organisation_id=organisation_id).order_by("-last_position").first()
        if last is None or paris_day(last.created_at) < paris_day(now):
            made = _make_anchor(organisation_id, timestamps, clock)
            done += made is not None and made.token is not None
    return done


def organisations() -> list[UUID]:
    """Every organisation that has a journal, found by its index alone."""
    with connection.cursor() as cursor:
        cursor.execute(_ORGANISATIONS)
        return [row[0] for row in cursor.fetchall()]


def waiting_anchors(organisation_id: UUID | None = None) -> list[Anchor]:
    """The anchors still without a timestamp, oldest first: for the doctor and « À traiter »."""
    anchors = Anchor.objects.filter(token=None).order_by("created_at")
    return list(anchors if organisation_id is None else anchors.filter(organisation_id=organisation_id))


def inclusion_proof(event_id: UUID, *, organisation_id: UUID | None = None) -> dict[str, Any]:
    """What proves that an event is in the journal, ready for JSON: the entry, the hash before it, and when it is
    anchored the path to the timestamped root. Checked by ``verify_inclusion`` and by ``verify_journal.py --proof``.

    :raises NotFound: when there is no such event (in that organisation), or it has no place in the chain yet:
        call ``chain_events`` first.
    """
    owner = Q() if organisation_id is None else Q(organisation_id=organisation_id)
    event = Event.objects.filter(owner, id=event_id, position__isnull=False).first()
    if event is None or event.position is None:
        raise NotFound(event_id=event_id)
    return {
        "format": verify_journal.PROOF_FORMAT,
        "event": entry_of(event),
        "previous_hash": hash_at(event.organisation_id, event.position - 1).hex(),
        "chain_hash": event.chain_hash,
        "anchor": _anchor_proof(event.organisation_id, event.position),
    }


def _anchor_proof(organisation_id: UUID, position: int) -> dict[str, Any] | None:
    anchor = Anchor.objects.filter(
        organisation_id=organisation_id, first_position__lte=position, last_position__gte=position
    ).first()
    if anchor is None or anchor.token is None or anchor.timestamped_at is None:
        return None
    hashes = chained(organisation_id).filter(position__range=(anchor.first_position, anchor.last_position))
    leaves = [bytes.fromhex(value) for value in hashes.values_list("chain_hash", flat=True)]
    return {
        "first_position": anchor.first_position,
        "last_position": anchor.last_position,
        "root": anchor.root,
        "path": verify_journal.merkle_path(leaves, position - anchor.first_position),
        "timestamped_at": anchor.timestamped_at.isoformat(),
        "token": base64.b64encode(bytes(anchor.token)).decode(),
    }
