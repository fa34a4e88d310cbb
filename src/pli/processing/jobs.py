"""What runs in the sandbox: a range of pages read, a file cut, a chunk of pieces made. Plain values in and out.

The source is opened once a job. A page is fetched by its object's number, so that a chunk of a run of twenty thousand
pages does not walk them all.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

import pikepdf

from pli.kit.errors import PliError
from pli.pdf.api import prepare_parsers, prepare_reading
from pli.processing import making, workshop
from pli.processing.chain import choose
from pli.processing.outlines import bookmarks_of, holds_signature
from pli.processing.plugs import STEPS, PageMark, Refused, Split, Stage
from pli.processing.reading import read_range
from pli.processing.rehearsal import rehearse
from pli.processing.wire import pack_lines, read_context, write_pieces, write_reading

Files = Mapping[str, BinaryIO]
RESOURCE = "resource:"


def prepare_sandbox() -> None:
    """Load the parsers, every step, and what their modules say they need: a job may not read a single file."""
    prepare_parsers()
    prepare_reading()
    for plug in STEPS.all().values():
        module = importlib.import_module(plug.__module__ if isinstance(plug, type) else type(plug).__module__)
        prepare = getattr(module, "prepare_sandbox", None)
        if prepare is not None:
            # A step that lacks something (fonts, a language) says so of each piece; the others work.
            with contextlib.suppress(PliError):
                prepare()
    # Without what the set-up unpacks, each piece says so itself.
    with contextlib.suppress(PliError):
        rehearse()


def read(files: Files, *, first: int, last: int, steps: list[dict[str, Any]], barcodes: bool) -> bytes:
    """Pages ``first`` to ``last``: what each says to the splitter, as JSON, then their readings, packed."""
    chosen = choose(steps)
    splitter = next((one for one in chosen if one.stage == Stage.SPLIT), None)
    marks, lines = [], []
    readers = [one for one in chosen if one.stage == Stage.READ]
    for page in read_range(files["source"], first=first, last=last, readers=readers, barcodes=barcodes):
        mark = splitter.step.look(page, splitter.options) if splitter else PageMark(page.number)
        marks.append([mark.said, mark.is_blank])
        lines.append(write_reading(page))
    told = json.dumps(marks).encode()
    return struct.pack(">I", len(told)) + told + pack_lines(lines)


def split(files: Files, *, steps: list[dict[str, Any]], page_count: int) -> dict[str, Any]:
    """Cut the file by the marks of its pages; the pieces, and the number of each page's object."""
    marks = [PageMark(number, said, blank) for number, (said, blank) in enumerate(json.load(files["marks"]), start=1)]
    splitter = next((one for one in choose(steps) if one.stage == Stage.SPLIT), None)
    with pikepdf.open(files["source"], access_mode=pikepdf.AccessMode.mmap) as pdf:
        objects = [page.obj.objgen for page in pdf.pages]
        signed = holds_signature(pdf)
        if splitter is None:
            return {"pieces": [[list(range(1, page_count + 1)), "", False]], "objects": objects, "signed": signed}
        outcome = splitter.step.split(marks, bookmarks_of(pdf), splitter.options)
    if isinstance(outcome, Refused):
        return {"refused": making.tell_refusal(outcome), "signed": signed}
    check_split(outcome, page_count)
    return {
        "pieces": write_pieces(outcome.pieces),
        "dropped": list(outcome.dropped),
        "objects": objects,
        "signed": signed,
    }


def check_split(outcome: Split, page_count: int) -> None:
    """Every page once, in a piece or dropped: nothing is lost whatever the splitter does.

    :raises ValueError: otherwise.
    """
    held = [page for piece in outcome.pieces for page in piece.pages]
    if sorted([*held, *outcome.dropped]) != list(range(1, page_count + 1)):
        raise ValueError("a page is lost or twice there")


def make(files: Files, *, order: dict[str, Any], seconds: float) -> list[dict[str, Any]]:
    """Make the pieces of ``order`` into ``files["packed"]``, one behind the other, and tell where each is."""
    resources = {label[len(RESOURCE) :]: file.read() for label, file in files.items() if label.startswith(RESOURCE)}
    told = json.loads(files["context"].read())
    context = read_context(told, seconds=seconds, resources=resources)
    lines = files["readings"].read().split(b"\n")
    mark = files["mark"].read() if "mark" in files else None
    with pikepdf.open(files["source"], access_mode=pikepdf.AccessMode.mmap) as source:
        shop = workshop.Workshop(
            source=source,
            raw=files["source"],
            context=context,
            steps=[one for one in choose(order["steps"]) if one.stage == Stage.MAKE],
            is_whole=bool(order["is_whole"]),
            seal=workshop.SealRoom.read(order["seal"], mark) if order.get("seal") else None,
        )
        shop.together = workshop.gather_pieces(shop, order["pieces"])
        return [making.make_piece(shop, piece, lines, files["packed"]) for piece in order["pieces"]]
