"""How what steps work on travels in and out of the sandbox: plain JSON, and page readings as one line each."""

from __future__ import annotations

import base64
import json
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

import numpy

from pli.processing.plugs import (
    Barcode,
    Box,
    Context,
    Fact,
    FieldSpec,
    KindSpec,
    LayoutSpec,
    PageReading,
    PartySpec,
    Piece,
    Word,
)
from pli.processing.words import Words

if TYPE_CHECKING:
    from pli.pdf.api import Places

# One range of pages, unpacked: what a caller believes of what a job packed.
MOST_BYTES = 256 << 20


_GRID = 65_535
_BETWEEN = "\x1f"
"""Between words: no word holds it, for no word holds a control character that is written."""


def _parts_of(words: Sequence[Word]) -> tuple[Sequence[str], Sequence[Box] | Places, Sequence[float] | None]:
    if isinstance(words, Words):
        return words.parts()
    sureness = [word.confidence for word in words]
    is_sure = all(one == 1 for one in sureness)
    return [word.text for word in words], [word.box for word in words], None if is_sure else sureness


def write_reading(page: PageReading) -> bytes:
    """One page as one line of JSON. Places are written to a 65,535th of the page (five thousandths of a millimetre)."""
    told: dict[str, Any] = {"n": page.number, "w": page.width, "h": page.height, "t": page.text}
    if page.words:
        texts, boxes, sureness = _parts_of(page.words)
        told["W"] = _BETWEEN.join(texts)
        if told["W"].count(_BETWEEN) != len(texts) - 1:
            told["W"] = _BETWEEN.join(text.replace(_BETWEEN, " ") for text in texts)
        places = numpy.rint(numpy.asarray(boxes) * _GRID).astype("<u2")
        told["P"] = base64.b64encode(places.tobytes()).decode()
        if sureness is not None:
            told["C"] = [round(one, 3) for one in sureness]
    if page.barcodes:
        told["B"] = [[code.format, code.text, *code.box] for code in page.barcodes]
    if page.is_blank:
        told["k"] = True
    if page.is_recognised:
        told["o"] = True
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def read_reading(line: bytes) -> PageReading:
    """The page a line tells of."""
    told = json.loads(line)
    return PageReading(
        number=told["n"],
        width=told["w"],
        height=told["h"],
        text=told["t"],
        words=cast("tuple[Word, ...]", _read_words(told)) if "W" in told else (),
        barcodes=tuple(Barcode(code[0], code[1], (code[2], code[3], code[4], code[5])) for code in told.get("B", ())),
        is_blank=told.get("k", False),
        is_recognised=told.get("o", False),
    )


def _read_words(told: Mapping[str, Any]) -> Words:
    places = numpy.frombuffer(base64.b64decode(told["P"]), dtype="<u2").reshape(-1, 4) / _GRID
    return Words(told["W"].split(_BETWEEN), cast("Places", places), told.get("C"))


def pack_lines(lines: Iterable[bytes]) -> bytes:
    """Lines, compressed for the database."""
    return zlib.compress(b"\n".join(lines), 1)


def unpack_lines(packed: bytes) -> list[bytes]:
    """The lines of a range of pages.

    :raises ValueError: when they unpack to more than is believed, or are no such lines.
    """
    unpacker = zlib.decompressobj()
    try:
        lines = unpacker.decompress(packed, MOST_BYTES)
    except zlib.error as error:
        raise ValueError("not packed lines") from error
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise ValueError("more than is believed")
    return lines.split(b"\n") if lines else []


def write_context(context: Context) -> dict[str, Any]:
    """A context without its resources' bytes and its deadline, which are given to the job beside it."""
    return {
        "organisation_name": context.organisation_name,
        "language": context.language,
        "now": context.now.isoformat(),
        "channel": context.channel,
        "queue": context.queue,
        "file_name": context.file_name,
        "kinds": [asdict(kind) for kind in context.kinds.values()],
        "layouts": [layout.model_dump(mode="json") for layout in context.layouts],
        "parties": [_write_party(party) for party in context.parties],
        "organisation_facts": dict(context.organisation_facts),
    }


def read_context(told: Mapping[str, Any], *, seconds: float, resources: Mapping[str, bytes]) -> Context:
    """The context as steps get it; its deadline is ``seconds`` from now, in this process."""
    return Context(
        organisation_name=told["organisation_name"],
        language=told["language"],
        now=datetime.fromisoformat(told["now"]),
        deadline=time.monotonic() + seconds,
        channel=told["channel"],
        queue=told["queue"],
        file_name=told["file_name"],
        kinds={kind["slug"]: _read_kind(kind) for kind in told["kinds"]},
        layouts=tuple(LayoutSpec.model_validate(layout) for layout in told["layouts"]),
        parties=tuple(_read_party(party) for party in told["parties"]),
        resources=resources,
        organisation_facts=told["organisation_facts"],
    )


def _read_kind(told: Mapping[str, Any]) -> KindSpec:
    return KindSpec(told["slug"], told["name"], tuple(FieldSpec(**field) for field in told["fields"]))


def _write_party(party: PartySpec) -> list[Any]:
    told = [party.id, party.code, party.name, party.kind, party.siren, party.vat, list(party.ibans), list(party.emails)]
    address = [party.street, party.postcode, party.city, party.country]
    return [*told, *address] if any(address) else told


def _read_party(told: Sequence[Any]) -> PartySpec:
    identity, code, name, kind, siren, vat, ibans, emails, *address = told
    return PartySpec(identity, code, name, kind, siren, vat, tuple(ibans), tuple(emails), *address)


def write_facts(facts: Mapping[str, Fact]) -> dict[str, Any]:
    """Facts as they are kept: ``{name: {value, confidence, source, page, box}}``."""
    return {
        name: {
            "value": fact.value,
            "confidence": round(fact.confidence, 3),
            "source": fact.source,
            "page": fact.page,
            "box": list(fact.box) if fact.box else None,
        }
        for name, fact in facts.items()
    }


def write_pieces(pieces: Sequence[Piece]) -> list[list[Any]]:
    """Pieces as plain lists."""
    return [[list(piece.pages), piece.key, piece.is_orphan] for piece in pieces]


def read_pieces(told: Sequence[Sequence[Any]]) -> list[Piece]:
    """Pieces from plain lists."""
    return [Piece(tuple(int(page) for page in pages), str(key)[:120], bool(orphan)) for pages, key, orphan in told]
