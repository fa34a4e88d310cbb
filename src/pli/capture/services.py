"""Receiving: the bytes are on disk and the row is committed before anybody hears « reçu »."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from pli.capture import events
from pli.capture.errors import EmptyFile, KeyReused
from pli.capture.gates import ASKED_CHANNELS, ROOM
from pli.capture.models import Capture
from pli.capture.preparing import prepare_pdf
from pli.capture.queries import get_waiting
from pli.capture.states import CAPTURE, CaptureState
from pli.documents.api import (
    DocumentKind,
    StoredBytes,
    clean_file_name,
    create_document,
    existing_blob_path,
    keep_blob,
    keep_blobs,
)
from pli.journal.api import Happening, record, record_many
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound, PliError, write_details
from pli.parties.api import Role, StaffActor
from pli.pdf.api import CAPTURE_LIMITS, FILING_LIMITS, inspect_pdf


@dataclass(frozen=True)
class Wishes:
    """What the sender asked for; whatever is not said is decided by Pli."""

    kind: str = "other"
    party_id: UUID | None = None
    folder_id: UUID | None = None
    title: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    recipe_id: UUID | None = None
    """The recipe it goes through; without one, the one its kind names, if any."""


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
                "actor": _write_actor(actor),
                "wishes": _write_wishes(wishes),
                "received_at": clock.now(),
                "source_id": source_id,
            },
        )
        if is_new:
            if channel in ASKED_CHANNELS:
                ROOM.ask(actor.organisation_id, stored.size)
            _announce(capture, stored, clock)
            _examine_later(capture.id, seconds=settles_in)
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
            actor=_write_actor(arrival.actor),
            wishes=_write_wishes(arrival.wishes),
            received_at=clock.now(),
        )
        for arrival in arrivals
    )
    record_many(
        (_announcement(capture, arrival.stored) for capture, arrival in zip(captures, arrivals, strict=True)),
        clock=clock,
    )
    _examine_all_later([capture.id for capture in captures])
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
    _examine_later(capture.id)
    return True


def settle_capture(capture_id: UUID) -> None:
    """Its sender has nothing more to say of it: examined now."""
    _examine_later(capture_id)


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


def _examine_later(capture_id: UUID, *, seconds: int = 0) -> None:
    from pli.capture.tasks import examine

    when = SYSTEM_CLOCK.now() + timedelta(seconds=seconds) if seconds else None
    # Of jobs with one lock the first made goes first: one planned for later must not hold up one wanted now.
    lock = f"capture:{capture_id}:settling" if when else f"capture:{capture_id}"
    examine.configure(lock=lock, schedule_at=when).defer(capture_id=str(capture_id))


def _examine_all_later(capture_ids: Sequence[UUID]) -> None:
    """As ``_examine_later`` of each, in one statement."""
    from pli.capture.tasks import examine

    deferrers = [(examine.configure(lock=f"capture:{one}"), one) for one in capture_ids]
    jobs = [deferrer.job.evolve(task_kwargs={"capture_id": str(one)}) for deferrer, one in deferrers]
    deferrers[0][0].job_manager.batch_defer_jobs(jobs)


def examine_capture(capture_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Inspect a received file in the sandbox and file it, or park it with its reason. Safe to repeat."""
    capture = Capture.objects.get(id=capture_id)
    if capture.state != CaptureState.RECEIVED:
        return
    try:
        stored = prepare_pdf(capture)
        recipe_id = _recipe_of(capture)
        # A print run to be cut may be much longer than a document.
        limits = CAPTURE_LIMITS if recipe_id else FILING_LIMITS
        inspection = inspect_pdf(existing_blob_path(stored.sha256), limits=limits)
        if capture.is_held:
            _hold(capture, inspection.page_count, clock)
            return
        if recipe_id:
            _pass(capture, recipe_id, inspection.page_count, clock)
            return
        with transaction.atomic():
            if not _take(capture_id, "file", clock):
                return
            wishes = wishes_of(capture)
            document = create_document(
                actor_of(capture),
                kind_slug=wishes.kind,
                stored=stored,
                file_name=capture.file_name,
                title=wishes.title,
                party_id=wishes.party_id,
                folder_id=wishes.folder_id,
                facts={**_facts_read(capture), **wishes.facts},
                page_count=inspection.page_count,
                findings=[
                    {"code": f.code, "page": f.page, "detail": f.detail, "is_blocking": f.is_blocking}
                    for f in inspection.findings
                ],
                clock=clock,
            )
            Capture.objects.filter(id=capture_id).update(document=document, page_count=inspection.page_count)
            record(
                events.CAPTURE_FILED,
                organisation_id=capture.organisation_id,
                subject=("capture", capture.id),
                actor="system:examine",
                data={
                    "document_id": str(document.id),
                    "page_count": inspection.page_count,
                    "signatures": inspection.signature_count,
                },
                clock=clock,
            )
    except PliError as error:
        _park(capture_id, error, clock)


def _facts_read(capture: Capture) -> dict[str, str]:
    """What an electronic invoice says, as long as it is of the kind it was read for."""
    read = capture.wishes.get("read") or {}
    return dict(read.get("facts") or {}) if read.get("kind") == capture.wishes["kind"] else {}


def _recipe_of(capture: Capture) -> UUID | None:
    """The recipe asked for, or the one of its kind."""
    wishes = wishes_of(capture)
    if wishes.recipe_id:
        return wishes.recipe_id
    kinds = DocumentKind.objects.filter(organisation_id=capture.organisation_id, slug=wishes.kind, is_active=True)
    return kinds.values_list("recipe_id", flat=True).first()


@transaction.atomic
def _pass(capture: Capture, recipe_id: UUID, page_count: int, clock: Clock) -> None:
    """Hand a file that was inspected over to its recipe: whoever hears of it starts the run."""
    if not _take(capture.id, "pass", clock):
        return
    Capture.objects.filter(id=capture.id).update(page_count=page_count)
    record(
        events.CAPTURE_PASSED,
        organisation_id=capture.organisation_id,
        subject=("capture", capture.id),
        actor="system:examine",
        data={"recipe_id": str(recipe_id), "page_count": page_count},
        clock=clock,
    )


def _take(capture_id: UUID, verb: str, clock: Clock) -> bool:
    """Move the capture on if nobody did it first."""
    sources = CAPTURE.sources(verb)
    target = CAPTURE.next_state(sources[0], verb)
    return bool(Capture.objects.filter(id=capture_id, state__in=sources).update(state=target, ended_at=clock.now()))


@transaction.atomic
def _hold(capture: Capture, page_count: int, clock: Clock) -> None:
    """Leave a capture that was read to a person. Not over: ``ended_at`` stays empty."""
    moved = Capture.objects.filter(id=capture.id, state__in=CAPTURE.sources("hold"), is_held=True).update(
        state=CaptureState.WAITING, page_count=page_count
    )
    if moved:
        record(
            events.CAPTURE_HELD,
            organisation_id=capture.organisation_id,
            subject=("capture", capture.id),
            actor="system:examine",
            data={"page_count": page_count},
            clock=clock,
        )


@transaction.atomic
def _park(capture_id: UUID, error: PliError, clock: Clock) -> None:
    if not _take(capture_id, "park", clock):
        return
    details = write_details(error.details)
    problem = {"message": error.message, "kept": error.kept, "remedy": error.remedy, "details": details}
    Capture.objects.filter(id=capture_id).update(problem_code=error.code, problem=problem)
    capture = Capture.objects.get(id=capture_id)
    record(
        events.CAPTURE_PARKED,
        organisation_id=capture.organisation_id,
        subject=("capture", capture.id),
        actor="system:examine",
        data={"code": error.code},
        clock=clock,
    )


@transaction.atomic
def confirm_capture(actor: StaffActor, capture: Capture, *, wishes: Wishes, clock: Clock = SYSTEM_CLOCK) -> Capture:
    """Let a held capture go on as ``actor`` says and in their name. The caller has found it for them.

    :raises UnableToMove: when it does not wait (somebody confirmed it first).
    """
    actor.require_writer()
    locked = Capture.objects.select_for_update().get(id=capture.id, organisation_id=actor.organisation_id)
    locked.state = CAPTURE.next_state(locked.state, "confirm")
    locked.is_held = False
    if wishes.recipe_id is None:
        wishes = replace(wishes, recipe_id=wishes_of(locked).recipe_id)
    locked.actor, locked.wishes = _write_actor(actor), _write_wishes(wishes) | _what_was_read(locked)
    locked.save(update_fields=["state", "is_held", "actor", "wishes"])
    record(
        events.CAPTURE_CONFIRMED,
        organisation_id=locked.organisation_id,
        subject=("capture", locked.id),
        actor=actor.reference,
        data={"kind": wishes.kind, "party_id": str(wishes.party_id) if wishes.party_id else None},
        clock=clock,
    )
    _examine_later(locked.id)
    return locked


@transaction.atomic
def retry_capture(actor: StaffActor, capture_id: UUID, *, wishes: Wishes | None = None) -> Capture:
    """Examine a parked capture again, perhaps with other wishes.

    :raises NotFound: for another organisation's; :raises UnableToMove: when it is not parked.
    """
    actor.require_writer()
    capture = _lock(actor, capture_id)
    capture.state = CAPTURE.next_state(capture.state, "retry")
    capture.problem_code, capture.problem, capture.ended_at = "", {}, None
    if wishes is not None:
        capture.wishes = _write_wishes(wishes) | _what_was_read(capture)
    capture.save()
    _examine_later(capture.id)
    return capture


@transaction.atomic
def dismiss_capture(actor: StaffActor, capture_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> Capture:
    """Set a parked capture aside; its bytes stay.

    :raises NotFound: for another organisation's; :raises UnableToMove: when it is not parked.
    """
    actor.require_writer()
    return dismiss_found(actor, _lock(actor, capture_id), clock=clock)


@transaction.atomic
def dismiss_waiting(actor: StaffActor, capture_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> Capture:
    """Set a scan aside that waits for somebody; its bytes stay.

    :raises NotFound: when it does not wait for this actor; :raises NotAllowed: for an auditor.
    """
    actor.require_writer()
    found = get_waiting(actor, capture_id)
    return dismiss_found(actor, Capture.objects.select_for_update().get(id=found.id), clock=clock)


def dismiss_found(actor: StaffActor, capture: Capture, *, clock: Clock) -> Capture:
    """As :func:`dismiss_capture`, of a row the caller found for this actor and locked."""
    capture.state = CAPTURE.next_state(capture.state, "dismiss")
    capture.ended_at = clock.now()
    capture.save(update_fields=["state", "ended_at"])
    record(
        events.CAPTURE_DISMISSED,
        organisation_id=capture.organisation_id,
        subject=("capture", capture.id),
        actor=actor.reference,
        clock=clock,
    )
    return capture


def _lock(actor: StaffActor, capture_id: UUID) -> Capture:
    found = Capture.objects.select_for_update().filter(organisation_id=actor.organisation_id, id=capture_id).first()
    if found is None or not (actor.role in (Role.ADMIN, Role.MANAGER) or found.received_from == actor.reference):
        raise NotFound
    return found


def _write_actor(actor: StaffActor) -> dict[str, str]:
    return {"account_id": str(actor.account_id), "member_id": str(actor.member_id), "role": str(actor.role)}


def actor_of(capture: Capture) -> StaffActor:
    """In whose name it is filed."""
    saved = capture.actor
    return StaffActor(capture.organisation_id, UUID(saved["account_id"]), UUID(saved["member_id"]), Role(saved["role"]))


def _write_wishes(wishes: Wishes) -> dict[str, Any]:
    return {
        "kind": wishes.kind,
        "party_id": str(wishes.party_id) if wishes.party_id else None,
        "folder_id": str(wishes.folder_id) if wishes.folder_id else None,
        "title": wishes.title,
        "facts": dict(wishes.facts),
        "recipe_id": str(wishes.recipe_id) if wishes.recipe_id else None,
    }


def _what_was_read(capture: Capture) -> dict[str, Any]:
    return {"read": capture.wishes["read"]} if "read" in capture.wishes else {}


def wishes_of(capture: Capture) -> Wishes:
    """What its sender asked for."""
    saved = capture.wishes
    return Wishes(
        kind=saved["kind"],
        party_id=UUID(saved["party_id"]) if saved["party_id"] else None,
        folder_id=UUID(saved["folder_id"]) if saved["folder_id"] else None,
        title=saved["title"],
        facts=saved["facts"],
        recipe_id=UUID(saved["recipe_id"]) if saved.get("recipe_id") else None,
    )
