"""The one-pass seal itself: the save writes the signature's place, which is then hashed, signed and filled."""

from __future__ import annotations

import os
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, ObjectStreamMode, Pdf, StreamDecodeLevel, String

from pli.trust.errors import UnableToSeal
from pli.trust.filling import SealPlace, fill_seal, reserved_for
from pli.trust.placement import Box, PageView, intersect, keep_proportions
from pli.trust.requests import SealedRevision, SealLook, SealRequest, look_of

# Ten digits a number: room for any file under 10 GB.
_RANGE = b"[ 0 9999999901 9999999902 9999999903 ]"
_A4: Box = (0, 0, 595.276, 841.89)


def seal_document(document: Pdf | Path, request: SealRequest) -> tuple[bytearray, SealedRevision]:
    """The sealed file's bytes and what was signed; see :func:`pli.trust.mass.seal_bytes`.

    :raises UnableToSeal: unreadable, already signed or encrypted.
    """
    if isinstance(document, Pdf):
        return _seal(document, request)
    try:
        with Pdf.open(document) as opened:
            return _seal(opened, request)
    except pikepdf.PdfError as error:
        raise UnableToSeal(reason="le fichier PDF est illisible", permanent=True) from error


def _pdf_date(instant: datetime) -> str:
    """ISO 32000-1 §7.9.4, in UTC or with its offset."""
    offset = instant.strftime("%z")
    zone = "Z" if offset == "+0000" else f"{offset[:3]}'{offset[3:5]}'"
    return f"D:{instant:%Y%m%d%H%M%S}{zone}"


def _seal(document: Pdf, request: SealRequest) -> tuple[bytearray, SealedRevision]:
    content, place = place_seal(document, look_of(request), reserved_for(request))
    return content, fill_seal(content, place, request)


def place_seal(
    document: Pdf,
    look: SealLook,
    reserved: int,
    *,
    marker: bytes = b"",
    packs_objects: bool = True,
    version: str = "",
) -> tuple[bytearray, SealPlace]:
    """Write ``document`` with an empty signature of ``reserved`` bytes: the half that parses, and needs no key.

    ``marker``: 20 bytes by which the place is found again, random by default; the same marker gives the same file.
    ``packs_objects``: object streams stay as they are; PDF/A-1 knows none. ``version``: what its header must say, the
    document's own when empty.

    :raises UnableToSeal: unreadable, already signed or encrypted.
    """
    is_repeatable, marker = bool(marker), marker or os.urandom(20)
    _add_field(document, look, marker + bytes(reserved - len(marker)))
    out = BytesIO()
    document.save(
        out,
        compress_streams=False,
        stream_decode_level=StreamDecodeLevel.none,
        object_stream_mode=ObjectStreamMode.preserve if packs_objects else ObjectStreamMode.disable,
        fix_metadata_version=False,
        deterministic_id=is_repeatable,
        force_version=version,
    )
    content = bytearray(out.getbuffer())
    start, end = _write_range(content, marker, reserved)
    content[start + 1 : end - 1] = b"0" * (end - start - 2)
    return content, SealPlace(start, end)


def _write_range(content: bytearray, marker: bytes, reserved: int) -> tuple[int, int]:
    """Find the place the save left, patch /ByteRange around it; the hole (brackets included) is returned."""
    start = content.find(b"<" + marker.hex().encode())
    end = start + 2 + reserved * 2
    place = content.find(_RANGE)
    is_twice = content.find(_RANGE, place + 1) >= 0 or content.find(marker.hex().encode(), start + 2) >= 0
    if start < 0 or place < 0 or content[end - 1 : end] != b">" or is_twice:
        raise UnableToSeal(reason="la place de la signature n’a pas été retrouvée", permanent=True)
    numbers = f"[ 0 {start} {end} {len(content) - end} ]".encode()
    content[place : place + len(_RANGE)] = numbers.ljust(len(_RANGE))
    return start, end


def _add_field(document: Pdf, request: SealLook, place: bytes) -> None:
    root = document.Root
    if document.is_encrypted:
        raise UnableToSeal(reason="le fichier est chiffré", permanent=True)
    form = root.get(Name.AcroForm)
    if form is None:
        form = root[Name.AcroForm] = document.make_indirect(Dictionary(Fields=Array()))
    if Name.Fields not in form:
        form[Name.Fields] = Array()
    if int(form.get(Name.SigFlags, 0)) & 1 and any(Name.V in field for field in _signature_fields(form)):
        raise UnableToSeal(reason="le document porte déjà une signature", permanent=True)
    form[Name.SigFlags] = 3
    value = document.make_indirect(_signature_value(request, place))
    _add_permissions(document, request, value)
    index = request.page - 1 if request.mark_pdf is not None else 0
    if not 0 <= index < len(document.pages):
        raise UnableToSeal(reason="la page choisie n’existe pas", permanent=True)
    page = document.pages[index]
    field = Dictionary(
        Type=Name.Annot,
        Subtype=Name.Widget,
        FT=Name.Sig,
        T=String(request.field_name),
        V=value,
        P=page.obj,
        F=132,
        Rect=Array([0, 0, 0, 0]),
    )
    if request.lock:
        field[Name.Lock] = document.make_indirect(Dictionary(Type=Name.SigFieldLock, Action=Name.All, P=1))
    _dress(document, page, field, request)
    reference = document.make_indirect(field)
    form[Name.Fields].append(reference)
    if Name.Annots not in page.obj:
        page.obj[Name.Annots] = Array()
    page.obj[Name.Annots].append(reference)


def _signature_fields(form: pikepdf.Object) -> list[pikepdf.Object]:
    fields: list[pikepdf.Object] = [item for item in list(form.Fields) if item.get(Name.FT) == Name.Sig]
    return fields


def _signature_value(request: SealLook, place: bytes) -> Dictionary:
    value = Dictionary(
        Type=Name.Sig,
        Filter=Name("/Adobe.PPKLite"),
        SubFilter=Name("/ETSI.CAdES.detached"),
        ByteRange=Array([0, 9999999901, 9999999902, 9999999903]),
        Contents=String(place),
        M=String(_pdf_date(request.signed_at)),
    )
    for name, text in (
        (Name.Name, request.signer_name),
        (Name.Reason, request.reason),
        (Name.Location, request.location),
        (Name.ContactInfo, request.contact),
    ):
        if text:
            value[name] = String(text)
    return value


def _add_permissions(document: Pdf, request: SealLook, value: pikepdf.Object) -> None:
    references = Array()
    if request.certify and request.lock:
        parameters = Dictionary(Type=Name.TransformParams, V=Name("/1.2"), P=1)
        references.append(Dictionary(Type=Name.SigRef, TransformMethod=Name.DocMDP, TransformParams=parameters))
        if Name.Perms not in document.Root:
            document.Root[Name.Perms] = Dictionary()
        document.Root.Perms[Name.DocMDP] = value
    if request.lock:
        parameters = Dictionary(Type=Name.TransformParams, V=Name("/1.2"), Action=Name.All, P=1)
        references.append(
            Dictionary(Type=Name.SigRef, TransformMethod=Name.FieldMDP, Data=document.Root, TransformParams=parameters)
        )
    if len(references):
        value[Name.Reference] = references


def _dress(document: Pdf, page: pikepdf.Page, field: Dictionary, request: SealLook) -> None:
    if request.mark_pdf is None:
        empty = Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 0, 0], Resources=Dictionary())
        field[Name.AP] = Dictionary(N=document.make_stream(b"", empty))
        return
    view = _view_of(page)
    seen = view.fit(request.box)
    if seen is None:
        raise UnableToSeal(reason="l’emplacement choisi est hors de la page", permanent=True)
    with Pdf.open(BytesIO(request.mark_pdf)) as mark:
        form = document.copy_foreign(mark.pages[0].as_form_xobject())
    box = [float(number) for number in list(form[Name.BBox])]
    form[Name.Matrix] = Array(list(view.matrix))
    rectangle = view.to_page(keep_proportions(seen, box[2] - box[0], box[3] - box[1]))
    field[Name.Rect] = Array([round(number, 3) for number in rectangle])
    if view.rotation:
        field[Name.MK] = Dictionary(R=view.rotation)
    field[Name.AP] = Dictionary(N=form)


def _view_of(page: pikepdf.Page) -> PageView:
    media = _box(page.mediabox) or _A4
    crop = _box(page.cropbox) or media
    rotation = int(page.rotation) % 360
    return PageView(crop=intersect(media, crop), rotation=rotation if rotation % 90 == 0 else 0)


def _box(value: pikepdf.Object) -> Box | None:
    a, b, c, d = (float(number) for number in list(value))
    return (a, b, c, d) if a != c and b != d else None
