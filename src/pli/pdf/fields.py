"""Places to fill in a PDF: found by a word of its text, added as empty fields, drawn when they are filled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from pli.pdf.fonts import displayable, handwriting_covers
from pli.pdf.inspection import DEFAULT_LIMITS, Limits, read_in_sandbox, refuse_oversize
from pli.pdf.typesetting import typeset


@dataclass(frozen=True)
class EmptyField:
    """A place to fill: points from the top left corner of the page as displayed; pages from 1."""

    name: str
    label: str
    page: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Found:
    """Where a word stands: points from the top left corner of the page as displayed."""

    text: str
    page: int
    x: float
    y: float
    width: float
    height: float


def add_empty_fields(
    path: Path, target: Path, fields: Sequence[EmptyField], *, limits: Limits = DEFAULT_LIMITS
) -> None:
    """Write to ``target`` a copy with read-only text fields, empty and unseen, that a later revision fills.

    They must be there before a first signature: filling what a signed file has is not changing it, adding to it is.

    :raises DamagedPdf: a page that does not exist, or a file that cannot be read.
    """
    refuse_oversize(path, limits)
    arguments = {"limits": asdict(limits), "fields": [asdict(field) for field in fields]}
    read_in_sandbox("pli.pdf.jobs:add_fields", arguments, path, limits=limits, outputs={"target": target})


def append_pages(path: Path, pages: Path, target: Path, *, limits: Limits = DEFAULT_LIMITS) -> None:
    """Write to ``target`` a copy with the pages of another file, one of ours, behind its own.

    :raises DamagedPdf: a file that cannot be read.
    """
    refuse_oversize(path, limits)
    read_in_sandbox(
        "pli.pdf.jobs:append_pages",
        {"limits": asdict(limits)},
        path,
        limits=limits,
        outputs={"target": target},
        beside={"pages": pages},
    )


def find_anchors(path: Path, texts: Sequence[str], *, limits: Limits = DEFAULT_LIMITS) -> list[Found]:
    """Every place where one of ``texts`` stands as a word or in one, in the order of the pages."""
    refuse_oversize(path, limits)
    told = read_in_sandbox("pli.pdf.anchor_jobs:find", {"texts": list(texts)}, path, limits=limits)
    return [Found(str(text), int(page), *(float(side) for side in box)) for text, page, box in told]


def draw_field(
    value: str, *, kind: Literal["text", "number", "initials", "check"], width: float, height: float, made_at: datetime
) -> bytes:
    """What was filled in as a one-page PDF of ``width`` × ``height`` points, fonts embedded, PDF/A-1b.

    :raises FontsMissing: the fonts are not installed.
    """
    text = displayable(" ".join(value.split()), most=500)
    data = {
        "width": max(6.0, float(width)),
        "height": max(6.0, float(height)),
        "kind": kind,
        "value": text,
        "is_handwritten": kind == "initials" and handwriting_covers(text),
    }
    return typeset("field", data, standard="a-1b", made_at=made_at, is_tagged=False)
