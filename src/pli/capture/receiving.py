"""Receiving: the bytes are on disk and the row is committed before anybody hears « reçu »."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from pli.capture import events
from pli.capture.errors import EmptyFile, KeyReused
from pli.capture.gates import ASKED_CHANNELS, ROOM
from pli.capture.models import Capture
from pli.capture.states import CaptureState
from pli.capture.wishes import Wishes, write_actor, write_wishes
from pli.documents.api import (
    StoredBytes,
    clean_file_name,
    keep_blob,
    keep_blobs,
)
from pli.journal.api import Happening, record, record_many
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.parties.api import StaffActor


def receive(
    actor: StaffActor,
    *,
    channel: str,
    stored: StoredBytes,
    file_name: str,
    source_key: str,
    wishes: Wishes,
    media_type: str = "application/pdf",
    is_held: bool = False,
    source_id: UUID | None = None,
    settles_in: int = 0,
    clock: Clock = SYSTEM_CLOCK,
) -> tuple[Capture, bool]:
    """Record a capture of bytes that are already durable; True when it is new.

    A picture or a raster is made into a PDF when it is examined: see :mod:`pli.capture.preparing`.
    ``is_held``: it waits, once read, for :func:`confirm_capture`.
    ``settles_in``: seconds its sender has to give it another name, by :func:`rename_capture`, before it is examined.

    The same ``source_key`` again is the same capture, counted as resent. When this returns and the caller's
    transaction is committed, the input may be acknowledged.

    :raises EmptyFile: for no bytes; :raises KeyReused: when the key came before with other bytes.
    :raises NotAllowed: for an auditor.
    :raises PliError: when a person adds it and whoever answers the ``ROOM`` gate objects.
    """
    actor.require_writer()
    name = clean_file_name(file_name)
    if stored.size == 0:
        raise EmptyFile(name=name)
    with transaction.atomic():
        capture, is_new = Capture.objects.get_or_create(
            organisation_id=actor.organisation_id,
            channel=channel,
            source_key=source_key[:120],
            defaults={
                "state": CaptureState.RECEIVED,
                "blob": keep_blob(stored, media_type),
                "is_held": is_held,
                "file_name": name,
                "received_from": actor.reference,
                "actor": write_actor(actor),
                "wishes": write_wishes(wishes),
                "received_at": clock.now(),
                "source_id": source_id,
            },
        )
        if is_new:
            if channel in ASKED_CHANNELS:
                ROOM.ask(actor.organisation_id, stored.size)
            _announce(capture, stored, clock)
            examine_later(capture.id, seconds=settles_in)
        elif capture.blob_id != stored.sha256:
            raise KeyReused
        else:
            _count_again(capture, clock)
    return capture, is_new


@dataclass(frozen=True)
class Arrival:
    """One input that is surely new: its ``source_key`` was never used. Its fields are those of :func:`receive`."""

    actor: StaffActor
    channel: str
    stored: StoredBytes
    file_name: str
    source_key: str
    wishes: Wishes
    media_type: str = "application/pdf"
    is_held: bool = False

    def arguments(self) -> dict[str, Any]:
        """For :func:`receive`."""
        return {part.name: getattr(self, part.name) for part in fields(self)}


@transaction.atomic
def receive_many(arrivals: Sequence[Arrival], *, clock: Clock = SYSTEM_CLOCK) -> list[Capture]:
    """As :func:`receive`, for many new inputs in few statements; their captures in the same order.

    :raises EmptyFile, NotAllowed: as ``receive``; nothing at all is recorded then.
    :raises IntegrityError: when a source key was used before.
    """
    for arrival in arrivals:
        arrival.actor.require_writer()
        if arrival.stored.size == 0:
            raise EmptyFile(name=clean_file_name(arrival.file_name))
    keep_blobs([(arrival.stored, arrival.media_type) for arrival in arrivals])
    captures = Capture.objects.bulk_create(
        Capture(
            organisation_id=arrival.actor.organisation_id,
            channel=arrival.channel,
            source_key=arrival.source_key[:120],
            state=CaptureState.RECEIVED,
            blob_id=arrival.stored.sha256,
            is_held=arrival.is_held,
            file_name=clean_file_name(arrival.file_name),
            received_from=arrival.actor.reference,
            actor=write_actor(arrival.actor),
            wishes=write_wishes(arrival.wishes),
            received_at=clock.now(),
        )
        for arrival in arrivals
    )
    record_many(
        (_announcement(capture, arrival.stored) for capture, arrival in zip(captures, arrivals, strict=True)),
        clock=clock,
    )
    examine_all_later([capture.id for capture in captures])
    return captures


@transaction.atomic
def rename_capture(capture_id: UUID, file_name: str, *, clock: Clock = SYSTEM_CLOCK) -> bool:
    """Give a capture that was not examined yet its final name; False when it is too late."""
    name = clean_file_name(file_name)
    capture = Capture.objects.select_for_update().filter(id=capture_id, state=CaptureState.RECEIVED).first()
    if capture is None:
        return False
    capture.file_name = name
    capture.save(update_fields=["file_name"])
    record(
        events.CAPTURE_RENAMED,
        organisation_id=capture.organisation_id,
        subject=("capture", capture.id),
        actor=capture.received_from,
        data={"file_name": name},
        clock=clock,
    )
    examine_later(capture.id)
    return True


def settle_capture(capture_id: UUID) -> None:
    """Its sender has nothing more to say of it: examined now."""
    examine_later(capture_id)


def _announce(capture: Capture, stored: StoredBytes, clock: Clock) -> None:
    told = _announcement(capture, stored)
    record(
        told.kind,
        organisation_id=told.organisation_id,
        subject=told.subject,
        actor=told.actor,
        data=told.data,
        clock=clock,
    )


def _announcement(capture: Capture, stored: StoredBytes) -> Happening:
    return Happening(
        events.CAPTURE_RECEIVED,
        organisation_id=capture.organisation_id,
        subject=("capture", capture.id),
        actor=capture.received_from,
        data={
            "channel": capture.channel,
            "sha256": stored.sha256,
            "size": stored.size,
            "file_name": capture.file_name,
        },
    )


def _count_again(capture: Capture, clock: Clock) -> None:
    # Counted by the database: two resendings at once are two.
    Capture.objects.filter(id=capture.id).update(resent=F("resent") + 1)
    capture.refresh_from_db(fields=["resent"])
    record(
        events.CAPTURE_REPEATED,
        organisation_id=capture.organisation_id,
        subject=("capture", capture.id),
        actor=capture.received_from,
        data={"times": capture.resent},
        clock=clock,
    )


def examine_later(capture_id: UUID, *, seconds: int = 0) -> None:
    """Queue the examination, in the caller's transaction; ``seconds``: not before."""
    from pli.capture.tasks import examine

    when = SYSTEM_CLOCK.now() + timedelta(seconds=seconds) if seconds else None
    # Of jobs with one lock the first made goes first: one planned for later must not hold up one wanted now.
    lock = f"capture:{capture_id}:settling" if when else f"capture:{capture_id}"
    examine.configure(lock=lock, schedule_at=when).defer(capture_id=str(capture_id))


def examine_all_later(capture_ids: Sequence[UUID]) -> None:
    """As ``examine_later`` of each, in one statement; there is at least one."""
    from pli.capture.tasks import examine

    deferrers = [(examine.configure(lock=f"capture:{one}"), one) for one in capture_ids]
    jobs = [deferrer.job.evolve(task_kwargs={"capture_id": str(one)}) for deferrer, one in deferrers]
    deferrers[0][0].job_manager.batch_defer_jobs(jobs)
