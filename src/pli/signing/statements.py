"""Statements that other rooms have sealed here: their timestamps are renewed as those of evidence records are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from pli.signing.models import EvidenceRecord
from pli.signing.queries import renewals_of
from pli.trust.api import holds_until


@dataclass(frozen=True)
class Statement:
    """A sealed statement to be kept proving. ``label``: its number and what it says, without spaces; once each."""

    organisation_id: UUID
    label: str
    subject: tuple[str, UUID]
    pdf_sha256: str
    json_sha256: str
    covers: tuple[str, ...]
    """The SHA-256 of what it speaks of."""
    made_at: datetime
    keep_until: date


@dataclass(frozen=True)
class StatementDates:
    """How long a statement proves anything, and each later timestamp over it: when, by which authority."""

    proved_until: datetime | None
    renewals: tuple[tuple[datetime, str], ...]


def keep_statement(statement: Statement, *, token: bytes = b"") -> None:
    """Take a statement into the renewal of timestamps, once; in the caller's transaction.

    ``token``: the timestamp of its seal. Without it nobody knows how long it holds: it is dated again at the next run.
    """
    kind, subject_id = statement.subject
    EvidenceRecord.objects.get_or_create(
        number=statement.label,
        defaults={
            "organisation_id": statement.organisation_id,
            "subject_kind": kind,
            "subject_id": subject_id,
            "covers": list(statement.covers),
            "json_sha256": statement.json_sha256,
            "pdf_sha256": statement.pdf_sha256,
            "made_at": statement.made_at,
            "keep_until": statement.keep_until,
            "proved_until": holds_until(token) if token else None,
        },
    )


def dates_of_statements(labels: Sequence[str]) -> dict[str, StatementDates]:
    """What is known of these statements' timestamps, by label; none for one that is not kept here."""
    found = EvidenceRecord.objects.filter(number__in=list(labels), signer=None)
    return {one.number: StatementDates(one.proved_until, renewals_of(one)) for one in found}
