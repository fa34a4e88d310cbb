"""Verification for the rest of the house: the file is parsed in a locked child process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.trust.verdicts import PdfVerdict, verdict_from_json, verdict_to_json
from pli.trust.verify import copy_revision, verify_pdf_here


def verify_pdf(path: Path, *, roots: Sequence[x509.Certificate], clock: Clock = SYSTEM_CLOCK) -> PdfVerdict:
    """Judge the signatures of ``path`` against ``roots``; never raises for a bad file.

    :raises OSError: the file cannot be opened.
    """
    at = clock.now()
    with path.open("rb") as stream:
        return verify_pdf_here(stream, roots=roots, at=at)


def verify_in_job(files: Mapping[str, BinaryIO], *, at: str) -> dict[str, Any]:
    """The sandbox's side of :func:`verify_pdf`."""
    roots = x509.load_pem_x509_certificates(files["roots"].read())
    return verdict_to_json(verify_pdf_here(files["pdf"], roots=roots, at=datetime.fromisoformat(at)))


def encode_roots(roots: Sequence[x509.Certificate]) -> bytes:
    """Roots as PEM, to hand to the job."""
    return b"".join(root.public_bytes(Encoding.PEM) for root in roots)


def extract_revision(path: Path, revision: int, target: Path, *, clock: Clock = SYSTEM_CLOCK) -> str:
    """Write to ``target`` the file as signed in ``revision`` (``SignatureVerdict.revision``); return its SHA-256.

    :raises LookupError: no intact signature covers that revision.
    """
    for signature in verify_pdf(path, roots=(), clock=clock).signatures:
        if signature.revision == revision and signature.is_intact:
            return copy_revision(path, signature.signed_size, target)
    raise LookupError(revision)


__all__ = ["encode_roots", "extract_revision", "verdict_from_json", "verify_in_job", "verify_pdf"]
