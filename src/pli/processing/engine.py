"""The stages of a run on plain data, each in the sandbox: what the runner, the editor's preview and tests all call.

Free of Django. Nothing here has the key: a piece to be sealed comes back with an empty place, for :func:`fill_seal`.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from pli.kit.errors import read_phrase
from pli.kit.sandbox import JobLimits, run_isolated
from pli.pdf.api import DamagedPdf, EncryptedPdf, NotAPdf, PageOutOfRange, PdfTooLarge
from pli.processing.errors import UnableToSplit
from pli.processing.plugs import PageMark, Piece
from pli.processing.wire import read_pieces

_MEBI = 1 << 20
READ_LIMITS = JobLimits(wall_seconds=300, cpu_seconds=290, memory_bytes=1536 * _MEBI, result_bytes=256 * _MEBI)
MAKE_LIMITS = JobLimits(
    wall_seconds=300, cpu_seconds=290, memory_bytes=1536 * _MEBI, file_bytes=4096 * _MEBI, result_bytes=256 * _MEBI
)
_UNREADABLE = (NotAPdf, DamagedPdf, EncryptedPdf, PdfTooLarge, PageOutOfRange)
# Inside the job, steps are told to give up before the job is killed.
_SPARE_SECONDS = 20
_MAKE_JUDGED = "pli.processing.judged_jobs:make"


@dataclass(frozen=True)
class PagesRead:
    """A range of pages: what each says to the splitter, and their readings packed as the jobs packed them."""

    first: int
    last: int
    marks: list[list[Any]]
    packed: bytes


@dataclass(frozen=True)
class Cut:
    """How the file is cut; ``objects`` are the numbers of the pages' objects, page 1 first."""

    pieces: list[Piece]
    dropped: list[int]
    objects: list[tuple[int, int]]
    is_signed: bool


@dataclass(frozen=True)
class PieceOrder:
    """One piece to make. ``lines``: its readings, in the order of its pages; ``objects``: its pages' objects."""

    id: str
    lines: Sequence[bytes]
    objects: Sequence[Sequence[int]]
    kind: str
    title: str = ""
    party_id: str | None = None
    layout: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SealOrder:
    """How to leave room for a seal (see :class:`pli.processing.workshop.SealRoom`); ``mark`` when it is visible."""

    told: Mapping[str, Any]
    mark: bytes | None = None


@dataclass(frozen=True)
class MadePiece:
    """What became of one piece: bytes in ``packed`` at ``offset``, or the file ``unchanged``, or a ``problem``."""

    id: str
    told: Mapping[str, Any]

    @property
    def problem(self) -> Mapping[str, Any] | None:
        return self.told.get("problem")

    @property
    def is_unchanged(self) -> bool:
        return bool(self.told.get("unchanged"))

    @property
    def hole(self) -> tuple[int, int] | None:
        hole = self.told.get("hole")
        return (int(hole[0]), int(hole[1])) if hole else None

    def read_bytes(self, packed: BinaryIO) -> bytearray:
        """Its file, as the job wrote it."""
        return read_slice(packed, int(self.told["offset"]), int(self.told["size"]))


def read_slice(packed: BinaryIO, offset: int, size: int) -> bytearray:
    """A part of what a job packed.

    :raises ValueError: when it is not all there.
    """
    packed.seek(offset)
    content = bytearray(size)
    if packed.readinto(content) != size:  # type: ignore[attr-defined]
        raise ValueError("the job told more than it wrote")
    return content


def read_stage(
    source: Path,
    *,
    first: int,
    last: int,
    steps: Sequence[Mapping[str, Any]],
    barcodes: bool = False,
    limits: JobLimits = READ_LIMITS,
) -> PagesRead:
    """Read pages ``first`` to ``last`` of a PDF, recognised where a step says so.

    :raises SandboxKilled, SandboxFailed: the file took too much, or could not be read.
    """
    arguments = {"first": first, "last": last, "steps": list(steps), "barcodes": barcodes}
    told: bytes = run_isolated(
        "pli.processing.jobs:read", arguments, inputs={"source": source}, limits=limits, raises=_UNREADABLE
    )
    size = struct.unpack_from(">I", told)[0]
    marks = json.loads(told[4 : 4 + size])
    return PagesRead(first, last, [[str(said)[:200], bool(blank)] for said, blank in marks], told[4 + size :])


def split_stage(
    source: Path,
    *,
    marks: Sequence[Sequence[Any]],
    steps: Sequence[Mapping[str, Any]],
    limits: JobLimits = READ_LIMITS,
) -> Cut:
    """Cut the file by its pages' marks; without a step that cuts, the file is one piece.

    :raises UnableToSplit: the step refused the file; :raises SandboxKilled, SandboxFailed: as ``read_stage``.
    """
    told = run_isolated(
        "pli.processing.jobs:split",
        {"steps": list(steps), "page_count": len(marks)},
        inputs={"source": source, "marks": json.dumps(list(marks)).encode()},
        limits=limits,
        raises=_UNREADABLE,
    )
    refused = told.get("refused")
    if refused:
        raise UnableToSplit(reason=read_phrase(refused["reason"]), remedy=read_phrase(refused["remedy"]))
    return Cut(
        pieces=read_pieces(told["pieces"]),
        dropped=[int(page) for page in told.get("dropped", ())],
        objects=[(int(number), int(generation)) for number, generation in told["objects"]],
        is_signed=bool(told["signed"]),
    )


def make_pieces(
    source: Path,
    pieces: Sequence[PieceOrder],
    *,
    packed: BinaryIO,
    steps: Sequence[Mapping[str, Any]],
    context: bytes,
    resources: Mapping[str, Path] | None = None,
    seal: SealOrder | None = None,
    is_whole: bool = False,
    limits: JobLimits = MAKE_LIMITS,
) -> list[MadePiece]:
    """Make a chunk of pieces into ``packed``, in one job; each tells its own trouble.

    ``context``: :func:`pli.processing.wire.write_context` as JSON. ``is_whole``: the only piece is the whole file.

    :raises SandboxKilled, SandboxFailed: one of them took the job down; try them one by one.
    """
    lines: list[bytes] = []
    orders = []
    for piece in pieces:
        at = list(range(len(lines), len(lines) + len(piece.lines)))
        lines += piece.lines
        orders.append(
            {
                "id": piece.id,
                "lines": at,
                "objects": [list(one) for one in piece.objects],
                "kind": piece.kind,
                "title": piece.title,
                "party_id": piece.party_id,
                "layout": piece.layout,
                "facts": dict(piece.facts),
                "typed": dict(piece.typed),
            }
        )
    inputs: dict[str, Path | bytes] = {"source": source, "context": context, "readings": b"\n".join(lines)}
    inputs.update({f"resource:{sha256}": path for sha256, path in (resources or {}).items()})
    if seal is not None and seal.mark is not None:
        inputs["mark"] = seal.mark
    order = {"steps": list(steps), "pieces": orders, "is_whole": is_whole, "seal": dict(seal.told) if seal else None}
    told = run_isolated(
        _MAKE_JUDGED if any(step["slug"] == "facturx-make" for step in steps) else "pli.processing.jobs:make",
        {"order": order, "seconds": limits.wall_seconds - _SPARE_SECONDS},
        inputs=inputs,
        outputs={"packed": packed.fileno()},
        limits=limits,
    )
    made = {str(one["id"]): MadePiece(str(one["id"]), one) for one in told}
    return [made[piece.id] for piece in pieces]


@contextlib.contextmanager
def packing_room(folder: Path) -> Iterator[BinaryIO]:
    """A nameless file for what a job packs: gone when it is closed, or when the process dies."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder, buffering=0) as packed:
        os.fchmod(packed.fileno(), 0o600)
        yield packed


def marks_of(told: Sequence[Sequence[Any]]) -> list[PageMark]:
    """Marks from plain lists, page 1 first."""
    return [PageMark(number, said, blank) for number, (said, blank) in enumerate(told, start=1)]
