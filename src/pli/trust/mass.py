"""Sealing what Pli itself has just made (invoices, payslips…): one pass, the save writes the signature's place.

Only for files without signatures: the document is written anew. Ceremonies and incoming files go through ``seal``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from pli.kit.errors import Phrase
from pli.trust.errors import UnableToSeal
from pli.trust.key_files import sync_folder
from pli.trust.requests import SealedRevision, SealLook, SealRequest
from pli.trust.seal import check_request

if TYPE_CHECKING:
    from pikepdf import Pdf

    from pli.trust.filling import SealPlace


def seal_in_mass(document: Pdf | Path, target: Path, request: SealRequest) -> SealedRevision:
    """Seal a born-digital ``document`` (levels B-B and B-T) and write it to ``target``, durably, whole or not at all.

    An open ``document`` is changed by it (the signature field is added) and can be sealed once.

    :raises UnableToSeal: already signed or encrypted, or a level that needs more than one revision.
    :raises PlugError: the timestamp service failed.
    """
    content, sealed = seal_bytes(document, request)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.sealing")
    try:
        with temporary.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
    return sealed


def place_seal(
    document: Pdf,
    look: SealLook,
    reserved: int,
    *,
    marker: bytes = b"",
    packs_objects: bool = True,
    version: str = "",
) -> tuple[bytearray, SealPlace]:
    """Write an open document with room for a signature, in a process that has no key; :func:`fill_seal` ends it.

    :raises UnableToSeal: already signed or encrypted.
    """
    from pli.trust.one_pass import place_seal as place

    return place(document, look, reserved, marker=marker, packs_objects=packs_objects, version=version)


def seal_bytes(document: Pdf | Path, request: SealRequest) -> tuple[bytearray, SealedRevision]:
    """As :func:`seal_in_mass`, giving the sealed file's bytes to a caller that stores them itself."""
    check_request(request)
    if request.level not in ("B-B", "B-T"):
        raise UnableToSeal(
            reason=Phrase("le niveau %(level)s ne se fait pas en une passe", level=request.level), permanent=True
        )
    # The web and the workers seal ceremonies in the sandbox: they need not carry qpdf in memory for it.
    from pli.trust.one_pass import seal_document

    return seal_document(document, request)
