"""A damaged or loose structure is rewritten so that signatures can be added. Runs in the sandbox only."""

from __future__ import annotations

import shutil
from typing import BinaryIO

import pikepdf
from pikepdf import ObjectStreamMode, StreamDecodeLevel
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from pli.trust.errors import UnableToNormalise, UnableToSeal
from pli.trust.revision import check_permissions, open_for_append

_ODDITIES = (ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError, RecursionError)
_MOST_READ = 20_000


def rewrite_if_needed(source: BinaryIO, target: BinaryIO) -> bool:
    """The sandbox's side of :func:`pli.trust.normalise.normalise_for_signing`."""
    if find_problem(source) is None:
        source.seek(0)
        shutil.copyfileobj(source, target, 1 << 20)
        return False
    source.seek(0)
    try:
        with pikepdf.open(source) as document:
            _refuse_unfit(document)
            # qpdf fills in /Size only where the trailer it found (or lost) had one.
            document.trailer["/Size"] = 1
            document.save(
                target,
                object_stream_mode=ObjectStreamMode.disable,
                stream_decode_level=StreamDecodeLevel.none,
                compress_streams=False,
                fix_metadata_version=False,
            )
    except pikepdf.PasswordError as error:
        raise UnableToNormalise(reason="le fichier est chiffré") from error
    except (pikepdf.PdfError, *_ODDITIES) as error:
        raise UnableToNormalise(reason="il est trop abîmé") from error
    target.flush()
    remaining = find_problem(target)
    if remaining is not None:
        raise UnableToNormalise(reason=remaining)
    return True


def _refuse_unfit(document: pikepdf.Pdf) -> None:
    if document.is_encrypted:
        raise UnableToNormalise(reason="le fichier est chiffré")
    if not len(document.pages):
        raise UnableToNormalise(reason="le fichier n’a aucune page")
    if _is_signed(document):
        raise UnableToNormalise(reason="le fichier est abîmé et porte déjà une signature")


def find_problem(stream: BinaryIO) -> str | None:
    """Why signatures could not be added to the file as it is; None when they can."""
    try:
        stream.seek(0)
        writer = open_for_append(stream)
        check_permissions(writer.prev)
        # Every page must be reachable; what the structure promises beyond that, qpdf judges.
        for index in range(int(writer.root["/Pages"]["/Count"])):
            writer.find_page_for_modification(index)  # type: ignore[no-untyped-call]
        if _signed(writer.prev):
            return None
        _read_all(writer.prev)
        stream.seek(0)
        with pikepdf.open(stream) as document:
            if document.get_warnings():
                return "sa structure est abîmée"
    except UnableToSeal as error:
        return str(error.details["reason"])
    except (pikepdf.PdfError, PdfError, *_ODDITIES):
        return "sa structure est abîmée"
    return None


def _read_all(reader: PdfFileReader) -> None:
    """Whoever judges a signature later reads the file strictly: what could not be read then is put right now."""
    read = 0
    for revision in range(reader.xrefs.total_revisions):
        for reference in reader.xrefs.explicit_refs_in_revision(revision):
            if read >= _MOST_READ:
                return
            reader.get_object(reference)
            read += 1


def _signed(reader: PdfFileReader) -> bool:
    return next(iter(enumerate_sig_fields(reader, filled_status=True)), None) is not None


def _is_signed(document: pikepdf.Pdf) -> bool:
    """Whether any object looks like a signature, wherever it hangs: a damaged form may no longer lead to it."""
    for item in document.objects:
        if isinstance(item, pikepdf.Dictionary) and "/ByteRange" in item and "/Contents" in item:
            return True
    return False
