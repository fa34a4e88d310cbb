"""Streams as stored: packings a part forbids, files elsewhere, metadata of parts nobody reads."""

from __future__ import annotations

import re

import pikepdf
from pikepdf import Array, Name, Object, Stream

from pli.pdf.archival.conversion import Conversion
from pli.pdf.archival.images import filters_of, repack
from pli.pdf.archival.shown import part_comments
from pli.pdf.archival.walk import Content

# ISO 32000-1 §7.4: what any reader can unpack. What a part forbids among them is unpacked or refused elsewhere.
_KNOWN_FILTERS = {
    f"/{name}Decode" for name in ("ASCIIHex", "ASCII85", "LZW", "Flate", "RunLength", "CCITTFax", "JBIG2", "DCT", "JPX")
} | {"/Crypt"}
# §8.9.7: short names are for images inside a page; files that use them elsewhere exist, and readers follow.
_SHORT_FILTERS = {
    "/AHx": Name.ASCIIHexDecode, "/A85": Name.ASCII85Decode, "/LZW": Name.LZWDecode, "/Fl": Name.FlateDecode,
    "/RL": Name.RunLengthDecode, "/CCF": Name.CCITTFaxDecode, "/DCT": Name.DCTDecode,
}  # fmt: skip
_INLINE_IMAGE = re.compile(rb"\bBI[\s/].{0,500}?\sID\s", re.S)
_SMOOTHED = re.compile(rb"(/I(?:nterpolate)?)\s+true")


def settle_streams(work: Conversion) -> None:
    """Every stream of the file, whatever it is."""
    for item in work.pdf.objects:
        if not isinstance(item, Stream):
            continue
        if "/Metadata" in item:
            del item["/Metadata"]
        if "/F" in item:
            work.refuse("une partie du document est dans un autre fichier")
        _spell_filters(item)
        if not _has_known_filters(item):
            work.refuse("une partie du document est compressée d’une façon qu’aucun lecteur ne connaît")
        if "/LZWDecode" in filters_of(item):
            _repack(work, item)
        if item.get("/Subtype") == Name.PS or item.get("/Subtype2") == Name.PS or "/PS" in item:
            _make_empty_form(item)
        for key in ("/Ref", "/OPI"):
            if key in item:
                del item[key]


def _spell_filters(stream: Object) -> None:
    names = filters_of(stream)
    if any(name in _SHORT_FILTERS for name in names):
        stream.Filter = Array([_SHORT_FILTERS.get(name, Name(name)) for name in names])


def _has_known_filters(stream: Object) -> bool:
    filters = stream.get("/Filter")
    named = filters.as_list() if isinstance(filters, Array) else [] if filters is None else [filters]
    return all(isinstance(one, Name) and str(one) in _KNOWN_FILTERS for one in named)


def _repack(work: Conversion, stream: Object) -> None:
    try:
        repack(stream)
    except pikepdf.PdfError:
        work.refuse("une partie du document n’a pas pu être décompressée")


def _make_empty_form(item: Object) -> None:
    for key in ("/PS", "/Subtype2"):
        if key in item:
            del item[key]
    if item.get("/Subtype") == Name.PS:
        item.Subtype = Name.Form
        item.BBox = pikepdf.Array([0, 0, 0, 0])
        item.write(b"")


def settle_inline_images(work: Conversion, content: Content, operators: bytes) -> None:
    """Images inside a content: no interpolation, no LZW."""
    if b"BI" not in operators:
        return
    heads = _INLINE_IMAGE.findall(operators)
    if any(b"/LZW" in head for head in heads):
        work.refuse("une petite image de la page est d’un format interdit (LZW)")
    elif content.streams and any(_SMOOTHED.search(head) for head in heads):
        _write(content, _INLINE_IMAGE.sub(lambda match: _SMOOTHED.sub(rb"\1 false", match[0]), operators))


def settle_comments(content: Content, operators: bytes) -> None:
    """A comment right behind an operator: other judges read both as one operator nobody knows."""
    plain = part_comments(operators)
    if plain is not None and content.streams:
        _write(content, plain)


def _write(content: Content, operators: bytes) -> None:
    content.streams[0].write(operators)
    for rest in content.streams[1:]:
        rest.write(b"")
