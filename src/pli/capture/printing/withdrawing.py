"""Taking back a job that was cancelled while it was sent.

A computer told to cancel then ends the document where it stands, and cancels the job next: half a document must not be
filed, nor wait for anybody. One that came whole is completed, which nobody cancels (RFC 8011 §4.3.3). Whether a raster
came whole is only known once its pages were looked for: it is then that it is taken back.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction

from pli.capture.deciding import set_aside
from pli.capture.models import Capture, PrintJob
from pli.capture.sources.sniffing import JPEG, PDF, PWG, URF
from pli.capture.states import PRINT_JOB, CaptureState
from pli.documents.api import existing_blob_path
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.transitions import UnableToMove

WITHIN = timedelta(minutes=1)
"""After this a job is Pli's to show, and a person's to set aside: who may cancel it is only what a computer says."""
_ENDS = {PDF: b"%%EOF", JPEG: b"\xff\xd9"}
_LOOKED_AT = 2048
_UNSURE = (CaptureState.RECEIVED, CaptureState.PARKED)


def withdraw_job(job: PrintJob, *, user_name: str, clock: Clock = SYSTEM_CLOCK) -> None:
    """Cancel a job just received in the name of ``user_name`` in part, and set its document aside; the bytes stay.

    :raises UnableToMove: when it came whole, when it is another's or of longer ago, when its document came before too,
        or was filed or handed to its recipe already. Of a raster not looked into yet: it may be withdrawn then.
    """
    asked_at = clock.now()
    try:
        _withdraw(job.number, user_name, asked_at, clock)
    except UnableToMove:
        # Parked in the meantime, or still to be looked into.
        unsure = Capture.objects.filter(print_jobs=job, state__in=_UNSURE, blob__media_type__in=(PWG, URF)).first()
        if unsure is not None:
            _withdraw_once_examined(unsure, job.number, user_name, asked_at)
        raise


def _withdraw_once_examined(capture: Capture, number: int, user_name: str, asked_at: datetime) -> None:
    from pli.capture.tasks import withdraw

    # The lock of its examination, which comes first.
    job = withdraw.configure(lock=f"capture:{capture.id}")
    job.defer(number=number, user_name=user_name, asked_at=asked_at.isoformat())


def withdraw_examined(number: int, *, user_name: str, asked_at: datetime, clock: Clock = SYSTEM_CLOCK) -> None:
    """Withdraw a raster that was to be cancelled at ``asked_at``, if it turned out to be cut short. Safe to repeat."""
    with suppress(UnableToMove):
        _withdraw(number, user_name, asked_at, clock)


@transaction.atomic
def _withdraw(number: int, user_name: str, asked_at: datetime, clock: Clock) -> None:
    # Printing takes the document before the job.
    capture = Capture.objects.select_for_update(of=("self",)).select_related("blob").get(print_jobs=number)
    found = PrintJob.objects.select_for_update().get(number=number)
    state = PRINT_JOB.next_state(found.state, "withdraw")
    is_mine = found.user_name == user_name and not found.is_repeat
    is_fresh = found.ended_at is not None and asked_at - found.ended_at <= WITHIN
    if capture.resent or not (is_mine and is_fresh and is_cut_short(capture)):
        raise UnableToMove(state=found.state, verb="withdraw", machine=PRINT_JOB.name)
    set_aside(capture, by=capture.received_from, verb="withdraw", clock=clock)
    found.state, found.ended_at = state, clock.now()
    found.save(update_fields=["state", "ended_at"])


def is_cut_short(capture: Capture) -> bool:
    """Whether a document ends before its end; of a raster, only once its pages were looked for."""
    if capture.state == CaptureState.PARKED:
        return True
    end = _ENDS.get(capture.blob.media_type)
    if end is None:
        return False
    with existing_blob_path(capture.blob_id).open("rb") as file:
        file.seek(max(0, capture.blob.size - _LOOKED_AT))
        return end not in file.read()
