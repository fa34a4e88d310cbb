"""Making a PDF fit for signatures: a damaged or loose structure is rewritten, before anybody has read or signed it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pikepdf
from pikepdf import ObjectStreamMode, StreamDecodeLevel
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import enumerate_sig_fields

from pli.trust.errors import UnableToNormalise, UnableToSeal
from pli.trust.revision import open_for_append

_ODDITIES = (ValueError, TypeError, KeyError, AttributeError, IndexError, AssertionError, RecursionError)


def normalise_for_signing(source: Path, target: Path) -> bool:
    """Write to ``target`` a form of ``source`` that signatures can be added to; True when it had to be rewritten.

    A file that is already sound, or already signed, is copied byte for byte. A rewritten file looks the same page for
    page, but is another file: it must be what the signers are shown and what is signed.

    :raises UnableToNormalise: beyond repair, encrypted, or both damaged and already signed.
    """
    problem = _problem(source)
    if problem is None:
        shutil.copyfile(source, target)
        return False
    try:
        with pikepdf.open(source) as document:
            if document.is_encrypted:
                raise UnableToNormalise(reason="le fichier est chiffré")
            if not len(document.pages):
                raise UnableToNormalise(reason="le fichier n’a aucune page")
            if _is_signed(document):
                raise UnableToNormalise(reason="le fichier est abîmé et porte déjà une signature")
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
    remaining = _problem(target)
    if remaining is not None:
        target.unlink(missing_ok=True)
        raise UnableToNormalise(reason=remaining)
    return True


def _problem(path: Path) -> str | None:
    """Why signatures could not be added to the file as it is; None when they can."""
    try:
        with path.open("rb") as stream:
            writer = open_for_append(stream)
            if _signed(writer.prev):
                return None
            # Every page must be reachable; what the structure promises beyond that, qpdf judges.
            for index in range(int(writer.root["/Pages"]["/Count"])):
                writer.find_page_for_modification(index)  # type: ignore[no-untyped-call]
        with pikepdf.open(path) as document:
            if document.get_warnings():
                return "sa structure est abîmée"
    except UnableToSeal as error:
        return str(error.details["reason"])
    except (pikepdf.PdfError, *_ODDITIES):
        return "sa structure est abîmée"
    return None


def _signed(reader: PdfFileReader) -> bool:
    return next(iter(enumerate_sig_fields(reader, filled_status=True)), None) is not None


def _is_signed(document: pikepdf.Pdf) -> bool:
    """Whether any object looks like a signature, wherever it hangs: a damaged form may no longer lead to it."""
    for item in document.objects:
        if isinstance(item, pikepdf.Dictionary) and "/ByteRange" in item and "/Contents" in item:
            return True
    return False
