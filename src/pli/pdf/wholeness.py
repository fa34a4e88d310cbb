"""Whether a file that had to be repaired is still whole. Runs in the sandbox only.

A rebuilt file opens and looks like a document, though pages of it may be gone: nobody would miss them before the client
does. What can be lost without a trace is therefore refused, and what is only untidy is read.
"""

from __future__ import annotations

import mmap
import re
from typing import BinaryIO

import pikepdf

from pli.pdf.errors import DamagedPdf, IncompletePdf, JoinedPdfs
from pli.pdf.rasterise import opened_document

# One file's end right before another's beginning. Revisions follow an end too, but begin with an object.
_JOINED = re.compile(rb"%%EOF\s*%PDF-\d")
_EMPTIED = "treating stream as empty"


def check_repairs(pdf: pikepdf.Pdf, source: BinaryIO) -> bool:
    """Whether qpdf had to rebuild the cross-reference table: incremental updates would build on sand.

    To be asked once, of a file whose objects were all read: each is repaired, and complained of, when it is met.

    :raises JoinedPdfs: several files end to end. :raises IncompletePdf: what a page shows is gone, or the two readers,
        which guess each in its own way, do not find as many pages.
    """
    # Read and forgotten by the same call.
    warnings = [str(warning) for warning in pdf.get_warnings()]
    if not any("reconstruct" in warning or "xref" in warning.lower() for warning in warnings):
        return False
    with mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as content:
        if _JOINED.search(content):
            raise JoinedPdfs()
    if any(_EMPTIED in warning for warning in warnings):
        raise IncompletePdf()
    try:
        with opened_document(source) as document:
            other_count = len(document)
    except DamagedPdf:
        raise IncompletePdf() from None
    if other_count != len(pdf.pages):
        raise IncompletePdf()
    return True
