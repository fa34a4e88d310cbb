"""Everybody's signature becomes an incremental PAdES revision, one after the other, the last one locking the file.

Written so that it may be killed between any two lines and run again: each revision is one transaction, unique per
signer and paper; a file made by a killed run is an orphan blob, nothing more. A service that is down delays; the level
asked is never lowered.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F, QuerySet

from pli.documents.api import RenditionRole, StoredBytes, add_rendition, existing_blob_path, store_file
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PliError, PlugError, write_details
from pli.signing import events
from pli.signing.errors import SealingStopped
from pli.signing.evidence import make_evidence
from pli.signing.invitations import invite_next
from pli.signing.models import Ceremony, CeremonyDocument, SealedRevision, Signer
from pli.signing.own_renewing import renew_overtaken
from pli.signing.own_revisions import put_in_own_key
from pli.signing.revision_requests import closing_request, signer_request
from pli.signing.revisions import NewRevision, keep_revision
from pli.signing.roles import SignerRole
from pli.signing.states import ANSWERED_STATES, CEREMONY, CeremonyState, SignerState
from pli.trust.api import SealedRevision as SealFacts
from pli.trust.api import SealRequest, UnableToSeal, seal_revision

FIRST_DELAY_SECONDS = 5
LONGEST_DELAY_SECONDS = 120
_EXPLAINED = ("failure_code", "failure", "failure_told")
log = logging.getLogger(__name__)


def seal_ceremony(ceremony_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Do all that can be done now for a ceremony: seal what is signed, invite who is next, make the evidence, end.

    A temporary failure is recorded and tried again later; a permanent one is shown to the sender. Safe to repeat.
    """
    with one_at_a_time(ceremony_id) as is_ours:
        if not is_ours:
            return
        try:
            _go_on(ceremony_id, clock)
        except (PlugError, UnableToSeal) as error:
            settle = _fail if error.permanent else _delay
            settle(ceremony_id, error, clock)
        except PliError as error:
            _delay(ceremony_id, error, clock)
        except (InterfaceError, OperationalError):
            raise  # the database went away: nothing can be written down; the queue tries again
        except Exception:
            # Nobody foresaw it: shown, logged with its trace, and tried again like any other trouble of ours.
            log.exception("sealing %s failed", ceremony_id)
            _delay(ceremony_id, SealingStopped(), clock)


@contextmanager
def one_at_a_time(ceremony_id: UUID) -> Iterator[bool]:
    """Whether this process is the only one sealing that ceremony; signers are never blocked by it."""
    key = f"seal:{ceremony_id}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 2))", [key])
        row = cursor.fetchone()
        is_ours = bool(row and row[0])
        try:
            yield is_ours
        finally:
            if is_ours:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 2))", [key])


def _go_on(ceremony_id: UUID, clock: Clock) -> None:
    ceremony = Ceremony.objects.select_related("organisation").get(id=ceremony_id)
    if ceremony.state in (CeremonyState.IN_PROGRESS, CeremonyState.SEALING):
        # What a workstation signed was signed over the version that stands: it goes in before anything else.
        for signer in _signatories(ceremony).order_by(F("key_agent").asc(nulls_last=True), "answered_at", "position"):
            for paper in ceremony.papers.filter(is_annex=False).order_by("position"):
                _seal_one(ceremony, paper, signer, clock)
        renew_overtaken(ceremony_id, clock=clock)
    with transaction.atomic():
        ceremony = Ceremony.objects.select_for_update().get(id=ceremony_id)
        if ceremony.state == CeremonyState.IN_PROGRESS:
            invite_next(ceremony, reason="turn", clock=clock)
    if ceremony.state == CeremonyState.SEALING and _is_all_sealed(ceremony):
        for paper in ceremony.papers.filter(is_annex=False).order_by("position"):
            _close_one(ceremony, paper, clock)
        for signer in ceremony.signers.filter(state__in=ANSWERED_STATES).order_by("position"):
            make_evidence(signer, clock=clock)
        _complete(ceremony_id, clock)
    elif ceremony.state in CEREMONY.final:
        for signer in ceremony.signers.filter(state__in=ANSWERED_STATES):
            make_evidence(signer, clock=clock)
        Ceremony.objects.filter(id=ceremony_id).exclude(seal_after=None).update(seal_after=None, seal_attempts=0)


def _is_all_sealed(ceremony: Ceremony) -> bool:
    wanted = _signatories(ceremony).count() * ceremony.papers.filter(is_annex=False).count()
    return SealedRevision.objects.filter(paper__ceremony=ceremony).exclude(signer=None).count() == wanted


def _signatories(ceremony: Ceremony) -> QuerySet[Signer]:
    """Whose signatures the files bear: those of who approved or refused they do not."""
    return ceremony.signers.filter(role=SignerRole.SIGNER, state=SignerState.SIGNED)


def _seal_one(ceremony: Ceremony, paper: CeremonyDocument, signer: Signer, clock: Clock) -> None:
    """Add one signer's signature to one paper, unless it is there already."""
    if SealedRevision.objects.filter(paper=paper, signer=signer).exists():
        return
    paper.refresh_from_db()
    if signer.key_agent_id:
        keep_revision(ceremony, put_in_own_key(paper, signer), clock=clock)
        return
    if signer.answered_at is None:
        raise ValueError("sealed before signed")
    number = paper.revisions.count() + 1
    # Read now, not when the job began: a second signer may have answered meanwhile and then comes last.
    state = Ceremony.objects.values_list("state", flat=True).get(id=ceremony.id)
    is_last = state == CeremonyState.SEALING and number == _signatories(ceremony).count()
    request = signer_request(
        ceremony, paper, signer, number=number, is_last=is_last, at=signer.answered_at, consent=signer.consent_text
    )
    stored, facts = _sealed(paper, request)
    keep_revision(ceremony, NewRevision(paper, signer, stored, facts, number, is_last), clock=clock)


def _sealed(paper: CeremonyDocument, request: SealRequest) -> tuple[StoredBytes, SealFacts]:
    with tempfile.TemporaryDirectory(prefix="pli-seal-") as folder:
        target = Path(folder) / "sealed.pdf"
        facts = seal_revision(existing_blob_path(paper.current_sha256), target, request)
        return store_file(target), facts


def _close_one(ceremony: Ceremony, paper: CeremonyDocument, clock: Clock) -> None:
    """Lock a paper whose last signature could not: its signer was followed by a refusal or by an approval."""
    if SealedRevision.objects.filter(paper=paper, is_last=True).exists():
        return
    paper.refresh_from_db()
    number = paper.revisions.count() + 1
    request = closing_request(ceremony, paper, number=number, at=ceremony.answered_at or clock.now())
    stored, facts = _sealed(paper, request)
    keep_revision(ceremony, NewRevision(paper, None, stored, facts, number, is_last=True), clock=clock)


@transaction.atomic
def _complete(ceremony_id: UUID, clock: Clock) -> None:
    """The files become renditions of their documents and the ceremony ends, in one transaction."""
    ceremony = Ceremony.objects.select_for_update().get(id=ceremony_id)
    if ceremony.state != CeremonyState.SEALING:
        return
    ceremony.state = CEREMONY.next_state(ceremony.state, "complete")
    ceremony.ended_at = clock.now()
    ceremony.seal_after, ceremony.seal_attempts = None, 0
    ceremony.save(update_fields=["state", "ended_at", "seal_after", "seal_attempts"])
    papers = list(ceremony.papers.filter(is_annex=False).order_by("position"))
    for paper in papers:
        path = existing_blob_path(paper.current_sha256)
        add_rendition(
            paper.document_id,
            role=RenditionRole.SIGNED,
            stored=StoredBytes(paper.current_sha256, path.stat().st_size),
            file_name=f"{paper.file_name.removesuffix('.pdf')} (signé).pdf",
            made_by=f"ceremony:{ceremony.id}",
            clock=clock,
        )
    record(
        events.CEREMONY_COMPLETED,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor="system:seal",
        data={
            "papers": [{"document_id": str(p.document_id), "sha256": p.current_sha256} for p in papers],
            "evidence_numbers": list(
                ceremony.signers.filter(state__in=ANSWERED_STATES)
                .order_by("position")
                .values_list("evidence_number", flat=True)
            ),
        },
        clock=clock,
    )


@transaction.atomic
def _delay(ceremony_id: UUID, error: PliError, clock: Clock) -> None:
    """The ceremony waits where it is, and is tried again with a growing delay, for ever."""
    ceremony = Ceremony.objects.select_for_update().get(id=ceremony_id)
    ceremony.seal_attempts += 1
    seconds = min(FIRST_DELAY_SECONDS * 2 ** min(ceremony.seal_attempts - 1, 10), LONGEST_DELAY_SECONDS)
    ceremony.seal_after = clock.now() + timedelta(seconds=seconds)
    _explain(ceremony, error)
    ceremony.save(update_fields=["seal_attempts", "seal_after", *_EXPLAINED])
    record(
        events.SEAL_DELAYED,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor="system:seal",
        data={"attempt": ceremony.seal_attempts, "code": error.code},
        clock=clock,
    )
    from pli.signing.tasks import seal

    seal.configure(lock=f"ceremony:{ceremony_id}", schedule_in={"seconds": seconds}).defer(ceremony_id=str(ceremony_id))


@transaction.atomic
def _fail(ceremony_id: UUID, error: PliError, clock: Clock) -> None:
    ceremony = Ceremony.objects.select_for_update().get(id=ceremony_id)
    if ceremony.state not in CEREMONY.sources("fail_seal"):
        return
    ceremony.state = CEREMONY.next_state(ceremony.state, "fail_seal")
    _explain(ceremony, error)
    ceremony.save(update_fields=["state", *_EXPLAINED])
    record(
        events.SEAL_FAILED,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor="system:seal",
        data={"code": error.code},
        clock=clock,
    )


def _explain(ceremony: Ceremony, error: PliError) -> None:
    """Keep why, in French and in a form that a screen can say in the reader's tongue."""
    details = write_details(error.details)
    ceremony.failure_code = error.code
    ceremony.failure = (error.message % error.details if error.details else error.message)[:500]
    ceremony.failure_told = {"message": error.message, "remedy": error.remedy, "details": details}
