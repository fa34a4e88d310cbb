"""Proofs outlive their timestamps: before one ends, a new one covers the proof, what it proves, and the former ones.

Many proofs share one timestamp through a tree of digests (ADR 0040). First a batch is made, its leaves fixed; then its
token is asked for and kept by ``UPDATE … WHERE`` it has none. Killed anywhere, the next run goes on; of two workers at
once one leaves its token.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import cast
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock, paris_day
from pli.kit.errors import PlugError
from pli.parties.api import Organisation
from pli.signing import events
from pli.signing.keys import timestamps_of, trust_store
from pli.signing.models import CeremonyDocument, EvidenceRecord, EvidenceRenewal, RenewalBatch
from pli.signing.states import CEREMONY
from pli.trust.api import LastingToken, TimestampService, grow, leaf_of, read_lasting, root_line

# Half a year: time to find another authority when the one in use has gone.
RENEW_BEFORE = timedelta(days=180)
# A token that adds less is not worth its price: the authority is about to change its own certificate.
WORTH = timedelta(days=30)
BATCH_SIZE = 1000
Services = Callable[[Organisation], TimestampService]


def due_evidence(clock: Clock = SYSTEM_CLOCK) -> QuerySet[EvidenceRecord]:
    """The proofs still to be kept whose timestamps end soon, and that no unfinished batch holds."""
    held = EvidenceRenewal.objects.filter(evidence=OuterRef("pk"), batch__stamped_at=None)
    soon = Q(proved_until=None) | Q(proved_until__lt=clock.now() + RENEW_BEFORE)
    is_over = Q(signer=None) | Q(signer__ceremony__state__in=CEREMONY.final)
    return EvidenceRecord.objects.filter(soon, is_over, ~Exists(held), keep_until__gte=paris_day(clock.now()))


def overdue_evidence(clock: Clock = SYSTEM_CLOCK) -> QuerySet[EvidenceRecord]:
    """The proofs still to be kept whose last timestamp has already ended."""
    now = clock.now()
    return EvidenceRecord.objects.filter(proved_until__lt=now, keep_until__gte=paris_day(now))


def waiting_renewals() -> int:
    """How many proofs are in a batch that waits for its token."""
    return EvidenceRenewal.objects.filter(batch__stamped_at=None).count()


def renew_evidence(*, clock: Clock = SYSTEM_CLOCK, services: Services = timestamps_of) -> int:
    """Renew what is due, and go on with what was begun; returns how many proofs got their timestamp.

    An organisation whose service does not answer waits for the next run; the others go on.
    """
    trust_store().renew_timestamps(before=2 * RENEW_BEFORE)
    for organisation_id in due_evidence(clock).order_by().values_list("organisation_id", flat=True).distinct():
        while make_batch(organisation_id, clock=clock) is not None:
            continue
    waiting = RenewalBatch.objects.filter(stamped_at=None).order_by("made_at").values_list("id", flat=True)
    return sum(stamp_batch(batch_id, clock=clock, services=services) for batch_id in waiting)


@transaction.atomic
def make_batch(organisation_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> UUID | None:
    """Fix which proofs the next timestamp of an organisation covers; None when none is due."""
    # One worker at a time for an organisation: what is due is read after the former one's batch is there.
    Organisation.objects.select_for_update(no_key=True).get(id=organisation_id)
    found = due_evidence(clock).filter(organisation_id=organisation_id).select_related("signer")
    records = list(found.order_by("proved_until", "id")[:BATCH_SIZE])
    if not records:
        return None
    texts = [_covered(one) for one in records]
    root, ways = grow([leaf_of(text.encode()) for _, text in texts])
    batch = RenewalBatch.objects.create(organisation_id=organisation_id, root=root, made_at=clock.now())
    EvidenceRenewal.objects.bulk_create(
        EvidenceRenewal(evidence=one, batch=batch, number=number, text=text, way=way)
        for one, (number, text), way in zip(records, texts, ways, strict=True)
    )
    return batch.id


def _covered(one: EvidenceRecord) -> tuple[int, str]:
    """The number of a proof's next renewal, and the digests that it covers."""
    former = list(one.renewals.select_related("batch").order_by("number"))
    number = len(former) + 1
    lines = ["pli.renewal/1", f"evidence {one.number}", f"renewal {number}"]
    lines += [f"sha256 {one.pdf_sha256}", f"sha256 {one.json_sha256}"]
    lines += [f"sha256 {digest}" for digest in _spoken_of(one)]
    lines += [f"sha256 {hashlib.sha256(bytes(each.batch.token)).hexdigest()}" for each in former]
    return number, "\n".join(lines) + "\n"


def _spoken_of(one: EvidenceRecord) -> list[str]:
    """The digests of what a proof is about."""
    if one.signer is None:
        return list(one.covers)
    return [paper.current_sha256 for paper in proved_papers(one.signer.ceremony_id)]


def proved_papers(ceremony_id: UUID) -> Iterator[CeremonyDocument]:
    """The papers that a request's proofs are about: what was signed, and what was read beside it."""
    for paper in CeremonyDocument.objects.filter(ceremony_id=ceremony_id).order_by("position"):
        if paper.is_annex or paper.revisions.exists():
            yield paper


def stamp_batch(batch_id: UUID, *, clock: Clock = SYSTEM_CLOCK, services: Services = timestamps_of) -> int:
    """Ask for a batch's token and keep it, once; returns how many proofs it renews, 0 when it waits or is done."""
    batch = RenewalBatch.objects.select_related("organisation").get(id=batch_id)
    covered = root_line(batch.root)
    digest = hashlib.sha256(covered).digest()
    try:
        token = services(batch.organisation).timestamp(digest)
        lasting = read_lasting(token, digest)
    except PlugError as error:
        return _wait(batch, error.code)
    if not _is_worth_it(batch, lasting, clock):
        return _wait(batch, "authority_ends_soon")
    return _keep_token(batch, token, lasting, clock)


def _wait(batch: RenewalBatch, why: str) -> int:
    RenewalBatch.objects.filter(id=batch.id, stamped_at=None).update(failure=why)
    return 0


def _is_worth_it(batch: RenewalBatch, lasting: LastingToken, clock: Clock) -> bool:
    soonest = EvidenceRecord.objects.filter(renewals__batch=batch).aggregate(first=Min("proved_until"))["first"]
    return lasting.holds_until > clock.now() + RENEW_BEFORE or (
        lasting.holds_until > clock.now() and (soonest is None or lasting.holds_until > soonest + WORTH)
    )


@transaction.atomic
def _keep_token(batch: RenewalBatch, token: bytes, lasting: LastingToken, clock: Clock) -> int:
    changes = {
        "token": token,
        "authority": lasting.authority,
        "stamped_at": lasting.time,
        "holds_until": lasting.holds_until,
        "failure": "",
    }
    if not RenewalBatch.objects.filter(id=batch.id, stamped_at=None).update(**changes):
        return 0  # another worker was first: its token stays
    EvidenceRecord.objects.filter(renewals__batch=batch).update(proved_until=lasting.holds_until)
    renewed = EvidenceRenewal.objects.filter(batch=batch).select_related("evidence__signer")
    for one in renewed:
        _tell(one, batch, token, lasting.holds_until, clock)
    return len(renewed)


def _tell(one: EvidenceRenewal, batch: RenewalBatch, token: bytes, until: datetime, clock: Clock) -> None:
    record(
        events.EVIDENCE_RENEWED,
        organisation_id=batch.organisation_id,
        subject=_subject_of(one.evidence),
        actor="system:renewal",
        data={
            "number": one.evidence.number,
            "renewal": one.number,
            "root": batch.root,
            "token_sha256": hashlib.sha256(token).hexdigest(),
            "holds_until": until,
        },
        clock=clock,
    )


def _subject_of(one: EvidenceRecord) -> tuple[str, UUID]:
    if one.signer is not None:
        return "ceremony", one.signer.ceremony_id
    return one.subject_kind, cast("UUID", one.subject_id)  # the table holds it


def renewal_files(proofs: QuerySet[EvidenceRecord]) -> Iterator[tuple[str, bytes]]:
    """The renewals of proofs as files: the digests covered, the way up the tree, the token."""
    found = EvidenceRenewal.objects.filter(evidence__in=proofs, batch__stamped_at__isnull=False)
    for one in found.select_related("evidence", "batch").order_by("evidence__number", "number"):
        name = f"renouvellements/{one.evidence.number} {one.number:02}"
        yield f"{name}.txt", one.text.encode()
        yield f"{name}.chemin", "".join(f"{side} {digest}\n" for side, digest in one.way).encode()
        yield f"{name}.tst", bytes(one.batch.token)
