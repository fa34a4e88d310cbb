"""Verification for the rest of the house: the file is parsed in a locked child process."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.sandbox import SandboxFailed, SandboxKilled, run_isolated
from pli.trust.verdicts import PdfVerdict, verdict_from_json


def verify_pdf(path: Path, *, roots: Sequence[x509.Certificate], clock: Clock = SYSTEM_CLOCK) -> PdfVerdict:
    """Judge the signatures of ``path`` against ``roots`` as of now; never raises for a bad file.

    :raises OSError: the file cannot be opened.
    """
    pem = b"".join(root.public_bytes(Encoding.PEM) for root in roots)
    try:
        told = run_isolated(
            "pli.trust.jobs:verify", {"at": clock.now().isoformat()}, inputs={"pdf": path, "roots": pem}
        )
    except SandboxKilled:
        return PdfVerdict("TOTAL_FAILED", modified_after_signing=False, signatures=(), reason="too_heavy")
    except SandboxFailed:
        return PdfVerdict("TOTAL_FAILED", modified_after_signing=False, signatures=(), reason="unreadable")
    return verdict_from_json(told)


def extract_revision(path: Path, revision: int, target: Path, *, clock: Clock = SYSTEM_CLOCK) -> str:
    """Write to ``target`` the file as signed in ``revision`` (``SignatureVerdict.revision``); return its SHA-256.

    :raises LookupError: no intact signature covers that revision.
    """
    for signature in verify_pdf(path, roots=(), clock=clock).signatures:
        if signature.revision == revision and signature.is_intact:
            return _copy_start(path, signature.signed_size, target)
    raise LookupError(revision)


def _copy_start(path: Path, signed_size: int, target: Path) -> str:
    """Write the first ``signed_size`` bytes of ``path`` to ``target``; the SHA-256 of the copy is returned."""
    digest = hashlib.sha256()
    temporary = target.with_name(f".{target.name}.part")
    with path.open("rb") as source, temporary.open("wb") as out:
        left = signed_size
        while left > 0 and (block := source.read(min(left, 1 << 20))):
            out.write(block)
            digest.update(block)
            left -= len(block)
    shutil.move(temporary, target)
    return digest.hexdigest()
