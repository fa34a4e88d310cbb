"""The journal of one organisation in a folder that proves itself: entries, anchors, tokens, roots and a verifier."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from pli.journal import verify_journal
from pli.journal.anchors import Timestamps
from pli.journal.chain import chained, entry_of, hash_at, instant
from pli.journal.models import Anchor
from pli.kit.clock import SYSTEM_CLOCK, Clock

README = Path(__file__).with_name("export_readme.txt")
VERIFIER = Path(verify_journal.__file__)


def export_chain(
    organisation_id: UUID,
    folder: Path,
    *,
    since: int | None = None,
    roots: bytes = b"",
    timestamps: Timestamps | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> dict[str, Any]:
    """Write an organisation's journal to ``folder``, without personal values; gives back the manifest.

    ``since`` leaves out the stretches anchored entirely before that position. ``roots`` are the PEM certificates
    the timestamps are checked against. With ``timestamps`` the manifest itself is timestamped, so that no file of
    the export can be changed unseen. Call ``make_anchor`` first to have every entry covered.

    :raises FileExistsError: when the folder exists and is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise FileExistsError(folder)
    (folder / "tokens").mkdir(parents=True, exist_ok=True)
    with transaction.atomic():
        anchors, first, last = _extent(organisation_id, since)
        _write_anchors(folder, anchors)
        last_hash = _write_events(folder, organisation_id, first, last)
    (folder / "verify_journal.py").write_bytes(VERIFIER.read_bytes())
    (folder / "LISEZMOI.txt").write_bytes(README.read_bytes())
    if roots:
        (folder / "roots.pem").write_bytes(roots)
    manifest = {
        "format": verify_journal.EXPORT_FORMAT,
        "organisation_id": str(organisation_id),
        "exported_at": instant(clock.now()),
        "first_position": first,
        "last_position": last,
        "previous_hash": hash_at(organisation_id, first - 1).hex(),
        "last_hash": last_hash,
        "anchors": len(anchors),
        "is_timestamped": timestamps is not None,
        "files": {str(path.relative_to(folder)): _digest(path) for path in _files(folder)},
    }
    raw = verify_journal.canonical(manifest)
    if timestamps is not None:
        (folder / "manifest.tst").write_bytes(timestamps.timestamp(hashlib.sha256(raw).digest()))
    (folder / "manifest.json").write_bytes(raw)
    return manifest


def _extent(organisation_id: UUID, since: int | None) -> tuple[list[Anchor], int, int]:
    """The anchors to give, the first and the last position: fixed once, whatever is chained meanwhile."""
    anchors = list(Anchor.objects.filter(organisation_id=organisation_id).order_by("first_position"))
    covered = anchors[-1].last_position if anchors else 0
    last = chained(organisation_id).values_list("position", flat=True).last() or 0
    if since is not None:
        anchors = [anchor for anchor in anchors if anchor.last_position > since]
        return anchors, anchors[0].first_position if anchors else min(covered, since) + 1, last
    return anchors, 1, last


def _write_anchors(folder: Path, anchors: list[Anchor]) -> None:
    with (folder / "anchors.jsonl").open("wb") as stream:
        for anchor in anchors:
            name = None
            if anchor.token is not None:
                name = f"tokens/{anchor.first_position:012d}-{anchor.last_position:012d}.tst"
                (folder / name).write_bytes(bytes(anchor.token))
            line = {
                "first_position": anchor.first_position,
                "last_position": anchor.last_position,
                "root": anchor.root,
                "created_at": instant(anchor.created_at),
                "token": name,
            }
            stream.write(verify_journal.canonical(line) + b"\n")


def _write_events(folder: Path, organisation_id: UUID, first: int, last: int) -> str:
    """Write the entries; give the hash of the last one."""
    last_hash = hash_at(organisation_id, first - 1).hex()
    with (folder / "events.jsonl").open("wb") as stream:
        events = chained(organisation_id).filter(position__range=(first, last))
        for event in events.defer("personal", "personal_salt").iterator(chunk_size=2000):
            stream.write(verify_journal.canonical({**entry_of(event), "chain_hash": event.chain_hash}) + b"\n")
            last_hash = event.chain_hash
    return last_hash


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write_proof_token(proof: dict[str, Any], path: Path) -> None:
    """Write the timestamp token of an anchored inclusion proof to a file, for ``openssl ts -verify -token_in``."""
    path.write_bytes(base64.b64decode(proof["anchor"]["token"]))
