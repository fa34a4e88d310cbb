"""One small file of a request: in a form, or as the whole body. Large ones stream (``resources.captures``)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.http import HttpRequest

from pli.api.errors import BodyTooLarge, FilesMiscounted

# What a form adds around its file.
_WRAPPING = 64 * 1024


@dataclass(frozen=True)
class Upload:
    """A file and the name it came under, empty for a bare body."""

    name: str
    content: bytes

    def said(self) -> bytes:
        """What makes two sendings the same one."""
        return hashlib.sha256(self.name.encode() + b"\0" + self.content).digest()


def read_upload(request: HttpRequest, heaviest: int) -> Upload:
    """The one file of a request, read once.

    :raises BodyTooLarge: over ``heaviest`` bytes; :raises FilesMiscounted: for a form without exactly one file.
    """
    known: Upload | None = getattr(request, "_pli_upload", None)
    if known is not None:
        return known
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if not (announced.isascii() and announced.isdigit()) or int(announced) > heaviest + _WRAPPING:
        raise BodyTooLarge
    if request.content_type == "multipart/form-data":
        given = [(field, file) for field in request.FILES for file in request.FILES.getlist(field)]
        if [field for field, _ in given] != ["file"]:
            raise FilesMiscounted
        upload = Upload(given[0][1].name or "", given[0][1].read(heaviest + 1))
    else:
        upload = Upload("", request.read(heaviest + 1))
    if len(upload.content) > heaviest:
        raise BodyTooLarge
    request._pli_upload = upload  # type: ignore[attr-defined]
    return upload
