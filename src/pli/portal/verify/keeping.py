"""A signed file stays within reach of whoever dropped it, for half an hour, so that its signed versions can be seen.

The folder's name is a digest of two secrets, one in the address, one in the visitor's cookie: neither opens it alone.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PliError
from pli.pdf.api import inspect_pdf, render_cached
from pli.trust.api import PdfVerdict

KEPT_SECONDS = 1800
# All of them together; the oldest go first, and are asked for again.
KEPT_BYTES = 2_000_000_000
WIDTH_PX = 900
# As a version's number: the file as it was dropped.
AS_DROPPED = 0
_BLOCK = 1 << 18


class KeptFileGone(PliError):
    """Half an hour has passed, or the file was dropped from another browser."""

    code = "VER-004"
    status = 404
    message = "Ce fichier n’est plus gardé, ou il a été déposé depuis un autre navigateur."
    remedy = "Déposez-le de nouveau : ses versions signées seront montrées pendant une demi-heure."


@dataclass(frozen=True)
class Version:
    """The first ``size`` bytes of a kept file; ``number`` counts revisions from 1, 0 is the whole file."""

    folder: Path
    number: int
    size: int
    sha256: str
    signer: str

    def chunks(self) -> Iterator[bytes]:
        """Its bytes, exactly.

        :raises KeptFileGone: it was let go meanwhile.
        """
        try:
            source = (self.folder / "file.pdf").open("rb")
        except FileNotFoundError:
            raise KeptFileGone from None
        return _first(source, self.size)

    def page_count(self) -> int:
        """How many pages it has.

        :raises PdfError: it cannot be drawn.
        """
        return inspect_pdf(self._path()).page_count

    def page_image(self, page: int) -> bytes:
        """One page (from 1) as a JPEG, drawn in the sandbox.

        :raises PdfError: it cannot be drawn.
        """
        drawn = render_cached(self.folder / "images", self.sha256, self._path(), page, WIDTH_PX)
        return drawn.read_bytes()

    def _path(self) -> Path:
        path = self.folder / f"version-{self.number}.pdf"
        if not path.exists():
            part = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
            with part.open("wb") as target:
                for chunk in self.chunks():
                    target.write(chunk)
            part.replace(path)
        return path


def _first(source: BinaryIO, left: int) -> Iterator[bytes]:
    with source:
        while left > 0 and (block := source.read(min(left, _BLOCK))):
            left -= len(block)
            yield block


def keep_file(path: Path, verdict: PdfVerdict, *, sha256: str, cookie: str, clock: Clock = SYSTEM_CLOCK) -> str:
    """Move ``path`` within reach of ``cookie``'s holder; returns the address's secret, empty when nothing in it is
    signed and intact."""
    signed = {
        one.revision: {"size": one.signed_size, "sha256": one.sha256, "signer": one.claimed_name or one.signer_name}
        for one in verdict.signatures
        if one.is_intact
    }
    if not signed:
        return ""
    let_go(clock=clock, make_room=path.stat().st_size)
    secret = secrets.token_urlsafe(32)
    folder = _folder(secret, cookie)
    folder.mkdir(parents=True, mode=0o700)
    versions: dict[Any, Any] = {AS_DROPPED: {"size": path.stat().st_size, "sha256": sha256, "signer": ""}, **signed}
    shutil.move(path, folder / "file.pdf")
    versions["until"] = clock.now().timestamp() + KEPT_SECONDS
    (folder / "versions.json").write_text(json.dumps(versions))
    return secret


def find_version(secret: str, number: int, *, cookie: str, clock: Clock = SYSTEM_CLOCK) -> Version:
    """One version of a kept file.

    :raises KeptFileGone: too late, another browser, no such version: all alike.
    """
    folder = _folder(secret, cookie)
    try:
        told = json.loads((folder / "versions.json").read_text())
        found = told[str(number)]
    except (FileNotFoundError, KeyError, ValueError):
        raise KeptFileGone from None
    if told["until"] <= clock.now().timestamp():
        shutil.rmtree(folder, ignore_errors=True)
        raise KeptFileGone
    return Version(folder, number, found["size"], found["sha256"], found["signer"])


def let_go(*, clock: Clock = SYSTEM_CLOCK, make_room: int = 0) -> int:
    """Remove what is past its time, then the oldest until there is room; returns how many files went."""
    now, left, gone = clock.now().timestamp(), [], 0
    for folder in _room().glob("*/"):
        until = _until(folder)
        if until <= now:
            shutil.rmtree(folder, ignore_errors=True)
            gone += 1
        else:
            left.append((until, sum(one.stat().st_size for one in folder.glob("*.pdf")), folder))
    total = make_room + sum(size for _, size, _ in left)
    for _, size, folder in sorted(left, key=lambda one: one[0]):
        if total <= KEPT_BYTES:
            break
        shutil.rmtree(folder, ignore_errors=True)
        total, gone = total - size, gone + 1
    return gone


def _until(folder: Path) -> float:
    """When a folder's time is over; what a killed process left unfinished gets as long as a whole one."""
    try:
        return float(json.loads((folder / "versions.json").read_text())["until"])
    except (OSError, ValueError, KeyError):
        try:
            return folder.stat().st_mtime + KEPT_SECONDS
        except FileNotFoundError:
            return 0


def _room() -> Path:
    return Path(settings.PLI_HOME) / "cache" / "verify"


def _folder(secret: str, cookie: str) -> Path:
    return _room() / hashlib.sha256(f"{cookie}.{secret}".encode()).hexdigest()
