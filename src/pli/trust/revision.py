"""Writing a signature's empty place as an incremental update: the part of sealing that parses, without keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import FieldMDPAction, FieldMDPSpec, MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.cms_embedder import PdfCMSEmbedder, SigIOSetup, SigMDPSetup, SigObjSetup
from pyhanko.sign.signers.pdf_byterange import DocumentTimestamp, PreparedByteRangeDigest, SignatureObject

from pli.kit.errors import Phrase
from pli.trust.errors import UnableToSeal
from pli.trust.form_filling import fill_fields
from pli.trust.mark_import import import_mark
from pli.trust.placement import Box, PageView, intersect, keep_proportions

_CHUNK = 1 << 20
_A4: Box = (0, 0, 595.276, 841.89)


@dataclass(frozen=True)
class Appearance:
    """What a signature looks like and says: see ``SealRequest``. ``box`` is in displayed points, ``page`` from 1."""

    field_name: str
    signed_at: datetime
    signer_name: str = ""
    reason: str = ""
    location: str = ""
    contact: str = ""
    certify: bool = False
    lock: bool = False
    mark_pdf: bytes | None = None
    page: int = 1
    box: Box = (0, 0, 0, 0)
    fills: tuple[tuple[str, str, bytes], ...] = ()


@dataclass(frozen=True)
class Hole:
    """Where a job left the empty place of a CMS, angle brackets included."""

    start: int
    end: int


class Appender(IncrementalPdfFileWriter):
    """An incremental writer that writes the signature and nothing else.

    pyHanko would also refresh the Info dictionary, the XMP packet and the PDF version: changes a signer never saw,
    which break PDF/A and count as modifications of earlier signatures.
    """

    output_version = (1, 0)

    def _update_meta(self) -> None:
        return


@contextmanager
def explained(what: str) -> Iterator[None]:
    """Turn what the PDF library throws at odd files into :class:`UnableToSeal`."""
    try:
        yield
    except UnableToSeal:
        raise
    except (PdfError, SigningError) as error:
        raise UnableToSeal(
            reason=Phrase("%(what)s (%(cause)s)", what=Phrase(what), cause=error), permanent=True
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError, RecursionError) as error:
        raise UnableToSeal(
            reason=Phrase("%(what)s (%(cause)s)", what=Phrase(what), cause=type(error).__name__), permanent=True
        ) from error


def open_for_append(stream: BinaryIO) -> Appender:
    """An incremental writer over ``stream``, strict: a file it would have to guess about is refused.

    :raises UnableToSeal: damaged structure, encrypted, already closed to further signatures.
    """
    with explained("la structure du fichier PDF est abîmée"):
        reader = PdfFileReader(stream, strict=True)
        if reader.encrypted:
            raise UnableToSeal(reason="le fichier est chiffré")
        writer = Appender(stream, prev=reader)
        _ = writer.root["/Pages"]
        return writer


def write_placeholder(stream: BinaryIO, look: Appearance, *, reserved: int) -> Hole:
    """Append to ``stream`` a revision holding the signature ``look`` with ``reserved`` bytes for its CMS.

    :raises UnableToSeal: the file cannot be appended to, the field is taken, the box lies outside the page.
    """
    writer = open_for_append(stream)
    with explained("la signature n’a pas pu être ajoutée au fichier"):
        signed_before = check_permissions(writer.prev)
        # A certification that lets further signers come would not survive their marks: strict verifiers refuse new
        # visible fields after it (ISO 32000-1 table 254 names filling and signing only). So a sole signer certifies.
        certify = look.certify and look.lock and not signed_before
        fill_fields(writer, look.fills)
        lock = FieldMDPSpec(FieldMDPAction.ALL) if look.lock else None
        embedder = PdfCMSEmbedder(new_field_spec=_field_spec(look, lock))
        steps = embedder.write_cms(field_name=look.field_name, writer=writer)
        field = next(steps).get_object()
        _dress(writer, field, look)
        signature = SignatureObject(
            timestamp=look.signed_at,
            subfilter=SigSeedSubFilter.PADES,
            name=look.signer_name or None,
            reason=look.reason or None,
            location=look.location or None,
            contact_info=look.contact or None,
            bytes_reserved=reserved * 2,
        )
        permission = MDPPerm.NO_CHANGES if look.lock else MDPPerm.FILL_FORMS if certify else None
        mdp = SigMDPSetup(md_algorithm="sha256", certify=certify, field_lock=lock, docmdp_perms=permission)
        steps.send(SigObjSetup(sig_placeholder=signature, mdp_setup=mdp))
        return _write(steps, stream)


def write_timestamp_placeholder(stream: BinaryIO, writer: Appender, *, field_name: str, reserved: int) -> Hole:
    """Append the revision begun in ``writer`` with an invisible document timestamp (PAdES B-LTA)."""
    with explained("l’horodatage du document n’a pas pu être ajouté"):
        embedder = PdfCMSEmbedder(new_field_spec=SigFieldSpec(sig_field_name=field_name, on_page=0))
        steps = embedder.write_cms(field_name=field_name, writer=writer)
        field = next(steps).get_object()
        # After a lock only validation updates are allowed, and strict verifiers do not count an appearance, even an
        # empty one, among them. Elsewhere PDF/A-1 wants it.
        if not _is_locked(writer.prev):
            _dress_invisible(writer, field)
        steps.send(SigObjSetup(sig_placeholder=DocumentTimestamp(bytes_reserved=reserved * 2)))
        return _write(steps, stream)


def _write(steps: Any, stream: BinaryIO) -> Hole:
    prepared: PreparedByteRangeDigest
    prepared, _ = steps.send(SigIOSetup(md_algorithm="sha256", in_place=True, chunk_size=_CHUNK))
    stream.flush()
    return Hole(prepared.reserved_region_start, prepared.reserved_region_end)


def _field_spec(look: Appearance, lock: FieldMDPSpec | None) -> SigFieldSpec:
    return SigFieldSpec(
        sig_field_name=look.field_name,
        on_page=look.page - 1 if look.mark_pdf is not None else 0,
        readable_field_name=look.signer_name or None,
        field_mdp_spec=lock,
        doc_mdp_update_value=MDPPerm.NO_CHANGES if lock else None,
    )


def check_permissions(reader: PdfFileReader) -> bool:
    """Whether the file carries signatures.

    :raises UnableToSeal: one of them forbids more.
    """
    if _is_locked(reader):
        raise UnableToSeal(reason="une signature déjà présente verrouille le document", permanent=True)
    return bool(reader.embedded_signatures)


def _is_locked(reader: PdfFileReader) -> bool:
    return any(
        signature.docmdp_level is MDPPerm.NO_CHANGES
        or (
            signature.fieldmdp is not None
            and signature.fieldmdp.action == FieldMDPAction.ALL
            and "/P" in _lock_parameters(signature.sig_object)
        )
        for signature in reader.embedded_signatures
    )


def _lock_parameters(signature: generic.DictionaryObject) -> generic.DictionaryObject:
    for reference in signature.get("/Reference", ()):
        if reference.get_object().get("/TransformMethod") == "/FieldMDP":
            found = reference.get_object().get("/TransformParams", generic.DictionaryObject())
            return found if isinstance(found, generic.DictionaryObject) else generic.DictionaryObject()
    return generic.DictionaryObject()


def _dress(writer: Appender, field: generic.DictionaryObject, look: Appearance) -> None:
    if look.mark_pdf is None:
        _dress_invisible(writer, field)
        return
    if look.page < 1:
        raise UnableToSeal(reason="la page choisie n’existe pas", permanent=True)
    page = field["/P"]
    view = view_of(page)
    seen = view.fit(look.box)
    if seen is None:
        raise UnableToSeal(reason="l’emplacement choisi est hors de la page", permanent=True)
    reference, (width, height) = import_mark(writer, look.mark_pdf)
    form = reference.get_object()
    form[pdf_name("/Matrix")] = generic.ArrayObject(generic.NumberObject(part) for part in view.matrix)
    rectangle = view.to_page(keep_proportions(seen, width, height))
    field[pdf_name("/Rect")] = _numbers(rectangle)
    # Print, locked: it prints with the page and no viewer offers to move it.
    field[pdf_name("/F")] = generic.NumberObject(4 + 128)
    if view.rotation:
        field[pdf_name("/MK")] = generic.DictionaryObject({pdf_name("/R"): generic.NumberObject(view.rotation)})
    field[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): reference})
    writer.update_container(field)


def _dress_invisible(writer: Appender, field: generic.DictionaryObject) -> None:
    # PDF/A wants an appearance even where nothing is seen (ISO 19005-1 §6.5.3).
    empty = generic.StreamObject(
        {
            pdf_name("/Type"): pdf_name("/XObject"),
            pdf_name("/Subtype"): pdf_name("/Form"),
            pdf_name("/BBox"): _numbers((0, 0, 0, 0)),
            pdf_name("/Resources"): generic.DictionaryObject(),
        },
        stream_data=b"",
    )
    field[pdf_name("/F")] = generic.NumberObject(4 + 128)
    field[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): writer.add_object(empty)})
    writer.update_container(field)


def _numbers(box: Box) -> generic.ArrayObject:
    return generic.ArrayObject(generic.FloatObject(f"{number:.3f}") for number in box)


def view_of(page: generic.DictionaryObject) -> PageView:
    """How ``page`` is shown, inherited attributes and odd values (missing box, rotation not a quarter) included."""
    media = _box(_inherited(page, "/MediaBox")) or _A4
    crop = _box(_inherited(page, "/CropBox"))
    rotation = _inherited(page, "/Rotate")
    turn = int(rotation) % 360 if isinstance(rotation, int | float) else 0
    return PageView(crop=intersect(media, crop or media), rotation=turn if turn % 90 == 0 else 0)


def _inherited(page: generic.DictionaryObject, key: str) -> Any:
    node: Any = page
    for _ in range(64):
        if not isinstance(node, generic.DictionaryObject):
            return None
        if key in node:
            return node[key]
        node = node.get("/Parent")
    return None


def _box(value: Any) -> Box | None:
    if not isinstance(value, generic.ArrayObject) or len(value) != 4:
        return None
    numbers = [item.get_object() if isinstance(item, generic.IndirectObject) else item for item in value]
    if not all(isinstance(item, int | float) or hasattr(item, "as_numeric") for item in numbers):
        return None
    a, b, c, d = (float(item) for item in numbers)
    return (a, b, c, d) if a != c and b != d else None
