"""The visible signature, composed as a one-page PDF that is stamped where the signer put it."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pli.kit.clock import PARIS
from pli.kit.sandbox import JobLimits, SandboxFailed, SandboxKilled, run_isolated
from pli.pdf.errors import BadImage
from pli.pdf.fonts import displayable, handwriting_covers
from pli.pdf.typesetting import typeset

MAX_IMAGE_BYTES = 5 * 1024 * 1024
MAX_IMAGE_PIXELS = 25_000_000
MAX_IMAGE_SIDE = 1200
MAX_LOGO_SIDE = 480
_PNG_HEAD = b"\x89PNG\r\n\x1a\n"

_WORDS = {
    "fr": (
        "Signé électroniquement par",
        "le {day} à {time} (heure de Paris)",
        "preuve {number}",
        "Signature de {name}",
    ),
    "en": ("Electronically signed by", "on {day} at {time} (Paris time)", "evidence {number}", "Signature of {name}"),
}


_SEAL_WORDS = {"fr": ("Cachet électronique de", "Cachet de {name}"), "en": ("Electronic seal of", "Seal of {name}")}


@dataclass(frozen=True)
class MarkContent:
    """What a visible signature says. ``image_png`` comes from :func:`clean_signature_image`; ``signed_at`` is aware."""

    kind: Literal["drawn", "typed", "image"]
    image_png: bytes | None
    typed_text: str | None
    signer_name: str
    signed_at: datetime
    organisation_name: str
    evidence_number: str
    language: str = "fr"
    notes: tuple[str, ...] = ()
    """What else the signer wrote: « Bon pour accord », a place, a name."""


def draw_mark(
    mark: MarkContent, *, width: float, height: float, cover: tuple[float, float, float, float] | None = None
) -> bytes:
    """The mark as a one-page PDF of ``width`` × ``height`` points: opaque, fonts embedded as subsets, PDF/A-1b.

    ``cover``: x, y, width and height, from the upper left corner, of what a white patch behind the mark hides: the
    marker it stands on, and nothing else of the page.

    The same content gives the same bytes. A typed signature is handwritten as far as the face has its letters, in
    italics otherwise. Text shrinks to fit; nothing leaves the box.

    :raises BadImage: a drawn mark without an image, or an image that did not come from :func:`clean_signature_image`.
    :raises FontsMissing: the fonts are not installed.
    """
    images = {}
    if mark.kind != "typed":
        if not mark.image_png or not is_clean_image(mark.image_png):
            raise BadImage(reason="not cleaned")
        images["mark"] = mark.image_png
    language = "en" if mark.language.startswith("en") else "fr"
    signed_by, when, reference, title = _WORDS[language]
    local = mark.signed_at.astimezone(PARIS)
    name = displayable(_one_line(mark.signer_name), most=120)
    typed = displayable(_one_line(mark.typed_text or mark.signer_name), most=80)
    organisation = displayable(_one_line(mark.organisation_name), most=80)
    data = {
        "width": max(24.0, float(width)),
        "height": max(18.0, float(height)),
        "language": language,
        "title": title.format(name=name),
        "typed": typed,
        "is_handwritten": handwriting_covers(typed),
        "signed_by": signed_by,
        "signer_name": name,
        "when": when.format(day=local.strftime("%d/%m/%Y"), time=local.strftime("%H:%M")),
        "reference": " · ".join(filter(None, (reference.format(number=mark.evidence_number), organisation))),
        "cover": list(cover) if cover else [],
        "notes": [displayable(_one_line(note), most=200) for note in mark.notes],
    }
    return typeset("mark", data, images=images, standard="a-1b", made_at=mark.signed_at, is_tagged=False)


def draw_seal(*, name: str, reason: str, signed_at: datetime, language: str, width: float, height: float) -> bytes:
    """An organisation's seal as a one-page PDF of that size, as :func:`draw_mark` makes one for a person.

    :raises FontsMissing: the fonts are not installed.
    """
    language = "en" if language.startswith("en") else "fr"
    sealed_by, title = _SEAL_WORDS[language]
    local, shown = signed_at.astimezone(PARIS), displayable(_one_line(name), most=80)
    data = {
        "width": max(24.0, float(width)),
        "height": max(18.0, float(height)),
        "language": language,
        "title": title.format(name=shown),
        "typed": shown,
        "is_handwritten": False,
        "signed_by": sealed_by,
        "signer_name": shown,
        "when": _WORDS[language][1].format(day=local.strftime("%d/%m/%Y"), time=local.strftime("%H:%M")),
        "reference": displayable(_one_line(reason), most=120),
    }
    return typeset("mark", data, images={}, standard="a-1b", made_at=signed_at, is_tagged=False)


def clean_signature_image(png: bytes) -> bytes:
    """A person's PNG or JPEG, made harmless: read in the sandbox, put on white, cropped to its ink, written anew.

    The result is an opaque RGB PNG of at most 1,200 pixels a side, without metadata.

    :raises BadImage: unreadable, more than 5 MiB or 25 million pixels, or blank.
    """
    return _clean_image(png, MAX_IMAGE_SIDE)


def clean_logo(image: bytes) -> bytes:
    """A company's PNG or JPEG made harmless in the same way, at most 480 pixels a side: light enough for a mail.

    :raises BadImage: as :func:`clean_signature_image`.
    """
    return _clean_image(image, MAX_LOGO_SIDE)


def _clean_image(image: bytes, max_side: int) -> bytes:
    if not 0 < len(image) <= MAX_IMAGE_BYTES:
        raise BadImage(reason="size")
    try:
        cleaned: bytes = run_isolated(
            "pli.pdf.jobs:clean_image",
            {"max_pixels": MAX_IMAGE_PIXELS, "max_side": max_side},
            inputs={"image": image},
            limits=JobLimits(wall_seconds=10, cpu_seconds=8, memory_bytes=768 << 20, result_bytes=16 << 20),
            raises=(BadImage,),
        )
    except (SandboxKilled, SandboxFailed) as death:
        raise BadImage(reason="unreadable") from death
    if not is_clean_image(cleaned):
        raise BadImage(reason="unreadable")
    return cleaned


def is_clean_image(png: bytes) -> bool:
    """Whether ``png`` is what :func:`clean_signature_image` writes: 8-bit RGB, not interlaced, bounded, and whole.

    Checked with a few lines of our own, so that no image decoder meets other bytes outside the sandbox.
    """
    if not png.startswith(_PNG_HEAD) or len(png) < 57:
        return False
    position, packed, header = len(_PNG_HEAD), bytearray(), b""
    while position + 12 <= len(png):
        length, kind = struct.unpack_from(">I4s", png, position)
        body = png[position + 8 : position + 8 + length]
        if len(body) != length or kind not in (b"IHDR", b"IDAT", b"IEND"):
            return False
        if struct.unpack_from(">I", png, position + 8 + length)[0] != zlib.crc32(kind + body):
            return False
        header = body if kind == b"IHDR" else header
        packed += body if kind == b"IDAT" else b""
        position += 12 + length
    if len(header) != 13:
        return False
    width, height, *traits = struct.unpack(">IIBBBBB", header)
    if traits != [8, 2, 0, 0, 0] or not (0 < width <= MAX_IMAGE_SIDE and 0 < height <= MAX_IMAGE_SIDE):
        return False
    expected = height * (1 + 3 * width)
    try:
        unpacked = zlib.decompressobj().decompress(bytes(packed), expected + 1)
    except zlib.error:
        return False
    return bool(len(unpacked) == expected)


def _one_line(text: str) -> str:
    return " ".join(text.split())
