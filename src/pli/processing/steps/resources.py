"""The files a recipe's options name by their SHA-256, opened once for all the pieces of a job."""

from __future__ import annotations

from collections import OrderedDict
from io import BytesIO

import pikepdf

from pli.processing.plugs import Context

_MOST_OPEN = 16
_opened: OrderedDict[str, pikepdf.Pdf] = OrderedDict()


class BadResource(Exception):
    """The file is not there, or is no PDF one can use; ``purpose`` names it in French."""

    def __init__(self, purpose: str) -> None:
        super().__init__(purpose)
        self.purpose = purpose


def resource_bytes(context: Context, sha256: str, purpose: str) -> bytes:
    """The file's content.

    :raises BadResource: it was not handed to the job.
    """
    try:
        return context.resources[sha256]
    except KeyError:
        raise BadResource(purpose) from None


def open_resource(context: Context, sha256: str, purpose: str) -> pikepdf.Pdf:
    """The file as an open document, which its users only read.

    :raises BadResource: missing, unreadable, locked or without a page.
    """
    if sha256 in _opened:
        _opened.move_to_end(sha256)
        return _opened[sha256]
    data = resource_bytes(context, sha256, purpose)
    try:
        document = pikepdf.open(BytesIO(data))
        if not len(document.pages):
            raise BadResource(purpose)
    except (pikepdf.PdfError, pikepdf.PasswordError, RuntimeError, ValueError) as error:
        raise BadResource(purpose) from error
    _opened[sha256] = document
    if len(_opened) > _MOST_OPEN:
        _opened.popitem(last=False)
    return document
