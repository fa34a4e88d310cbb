"""Proofs of tracked sendings: the gateway makes them, signing keeps them proving; here both are told together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO

from pli.gateway.api import LastingProof, PublicProof, PublicSending, TrackedSending, public_sending
from pli.signing.api import Statement, StatementDates, dates_of_statements, keep_statement, statements_archive

_UNDATED = StatementDates(None, ())


@dataclass(frozen=True)
class SendingProven:
    """What the public page says of a tracked sending: each proof with its timestamps."""

    sending: PublicSending
    proofs: tuple[tuple[PublicProof, StatementDates], ...]


def sending_proven(number: str) -> SendingProven:
    """What anybody who holds its number may know.

    :raises NotFound: when no proof bears it.
    """
    found = public_sending(number)
    dates = dates_of_statements([one.label for one in found.proofs])
    return SendingProven(found, tuple((one, dates.get(one.label, _UNDATED)) for one in found.proofs))


def sending_archive(sending: TrackedSending) -> tuple[IO[bytes], str]:
    """Every proof of one sending with all that checks it without Pli, open for reading, and the file's name.

    :raises NotFound: when it has no proof yet.
    """
    return statements_archive([one.label for one in sending.proofs.all()]), f"preuves {sending.number}.zip"


def keep_tracked(proof: LastingProof) -> None:
    """The proof of a tracked sending is dated again before its timestamps end, as evidence records are."""
    statement = Statement(
        organisation_id=proof.organisation_id,
        label=proof.label,
        subject=("mail", proof.message_id),
        pdf_sha256=proof.pdf_sha256,
        json_sha256=proof.json_sha256,
        covers=proof.covers,
        made_at=proof.made_at,
        keep_until=proof.keep_until,
    )
    keep_statement(statement, token=proof.token)
