"""Checking a file or an evidence number, as the public page and ``pli verify`` do."""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from ninja import Router, Schema
from pydantic import Field

from pli.api.errors import BodyTooLarge, MediaTypeRefused
from pli.api.security import ApiRequest, needs
from pli.capture.api import EmptyFile
from pli.gateway.api import TRACKED_PREFIX, sendings_of_proof
from pli.journey.api import SendingProven, sending_proven
from pli.kit.clock import SYSTEM_CLOCK
from pli.signing.api import evidence_for_file, public_evidence, trust_store
from pli.trust.api import verify_pdf

router = Router(tags=["verify"])
LARGEST = 200 << 20
_CHUNK = 1 << 18
_BODY = {"required": True, "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}


class VerdictOut(Schema):
    verdict: str = Field(description="TOTAL_PASSED, TOTAL_FAILED, INDETERMINATE or NO_SIGNATURE")
    modified_after_signing: bool
    reason: str
    sha256: str
    evidence_numbers: list[str] = Field(description="the proofs this installation keeps of this very file")
    signatures: list[dict[str, Any]]


class EvidencePaper(Schema):
    title: str
    page_count: int
    sha256: str


class PublicEvidenceOut(Schema):
    number: str
    organisation: str
    outcome: str
    answered_at: datetime | None
    made_at: datetime
    signer_initials: str
    papers: list[EvidencePaper]
    json_sha256: str
    pdf_sha256: str
    proved_until: datetime | None = Field(description="when the timestamps it rests on end; they are renewed before")
    renewals: list[tuple[datetime, str]] = Field(description="each later timestamp over it: when, by which authority")


class TrackedProofOut(Schema):
    kind: str = Field(description="DEPOSITED, RECEIVED, DECLINED, UNCLAIMED or UNDELIVERED")
    made_at: datetime
    pdf_sha256: str
    json_sha256: str
    proved_until: datetime | None = Field(description="when the timestamps it rests on end; they are renewed before")
    renewals: list[tuple[datetime, str]] = Field(description="each later timestamp over it: when, by which authority")


class TrackedFile(Schema):
    size: int
    sha256: str


class PublicSendingOut(Schema):
    number: str
    organisation: str
    recipient_initials: str
    state: str
    deposited_at: datetime | None
    answered_at: datetime | None
    message_sha256: str
    files: list[TrackedFile]
    proofs: list[TrackedProofOut]


@router.post(
    "/verify",
    response=VerdictOut,
    summary="Check a PDF",
    **needs("", requestBody=_BODY, **{"x-pli-stream": True}),
)
def verify(request: ApiRequest) -> Any:
    """The PDF is the whole body (application/pdf, 200 MB at most). Nothing of it is kept. The answer is that of
    `pli verify --json`: one verdict for the file, one for each signature (ETSI EN 319 102-1)."""
    if request.content_type not in ("application/pdf", "application/octet-stream"):
        raise MediaTypeRefused(expected="application/pdf")
    with tempfile.NamedTemporaryFile(dir=_staging(), prefix="blob-verify-", suffix=".pdf") as file:
        digest, size = hashlib.sha256(), 0
        while chunk := request.read(_CHUNK):
            size += len(chunk)
            if size > LARGEST:
                raise BodyTooLarge
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        if not size:
            raise EmptyFile(name="document.pdf")
        verdict = verify_pdf(Path(file.name), roots=trust_store().roots(), clock=SYSTEM_CLOCK)
    return {**asdict(verdict), "sha256": digest.hexdigest(), "evidence_numbers": _numbers(digest.hexdigest())}


def _numbers(sha256: str) -> list[str]:
    return [*evidence_for_file(sha256), *sendings_of_proof(sha256)]


def _staging() -> Path:
    folder = Path(settings.PLI_HOME) / "staging"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@router.get(
    "/verify/{number}",
    response=PublicEvidenceOut | PublicSendingOut,
    summary="Look up an evidence number",
    **needs(),
)
def look_up(request: ApiRequest, number: str) -> Any:
    """What anybody who holds the number may know: that the proof exists, about which files, when; nobody's address.
    `PV-…` is a signature's proof, `ES-…` a tracked sending with its proofs."""
    if number.strip().upper().startswith(TRACKED_PREFIX):
        return _sending(sending_proven(number))
    found = public_evidence(number)
    papers = [{"title": title, "page_count": pages, "sha256": sha256} for title, pages, sha256 in found.papers]
    return {**asdict(found), "papers": papers}


def _sending(found: SendingProven) -> dict[str, Any]:
    files = [{"size": size, "sha256": sha256} for size, sha256 in found.sending.files]
    proofs = [{**asdict(proof), **asdict(dates)} for proof, dates in found.proofs]
    return {**asdict(found.sending), "files": files, "proofs": proofs}
