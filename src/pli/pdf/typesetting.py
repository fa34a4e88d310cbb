"""Documents composed by Pli itself: a template of ours, data as JSON, out comes a PDF (typst).

Nothing a person wrote ever becomes markup: it arrives as data (``sys.inputs``) and typst shows it as text. Templates
import nothing, read nothing but the files handed to them, and have no network.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pli.pdf.errors import UnableToTypeset
from pli.pdf.fonts import displayable, loaded_fonts, require_fonts

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).parent / "templates"
_LONGEST_TEXT = 20_000

_compiling = threading.Lock()
_is_orphaned = False  # True in a forked copy of a process that had used typst: its threads did not come along.


@dataclass(frozen=True)
class Attachment:
    """A file carried inside the PDF. ``relationship`` (ISO 32000-2 §14.13): source, data, alternative, supplement."""

    name: str
    data: bytes
    media_type: str
    description: str
    relationship: Literal["source", "data", "alternative", "supplement"] = "data"


def typeset(
    template: str,
    data: Mapping[str, Any],
    *,
    attachments: Sequence[Attachment] = (),
    images: Mapping[str, bytes] | None = None,
    standard: Literal["a-1b", "a-2b", "a-3b"] | None = None,
    made_at: datetime | None = None,
    is_tagged: bool = True,
) -> bytes:
    """Compose ``templates/<template>.typ`` with ``data`` and return the PDF.

    :param data: JSON-able; every string in it is made printable first (:func:`pli.pdf.fonts.displayable`).
    :param images: PNG, JPEG or SVG files by name; the template finds them in ``images``. They must be trusted: make
        a person's image harmless with :func:`pli.pdf.mark.clean_signature_image` first.
    :param standard: the PDF/A part to conform to; attachments need ``a-3b``.
    :param made_at: the date written in the file; the same arguments then give the same bytes.
    :raises UnableToTypeset: the template and the data don't fit.
    :raises FontsMissing: the fonts are not installed.
    """
    require_fonts()
    token = secrets.token_hex(8)  # New names each time: typst remembers files by name.
    with tempfile.TemporaryDirectory(prefix="pli-typeset-") as folder:
        root = Path(folder)
        named_images, named_attachments = {}, []
        for number, (name, content) in enumerate((images or {}).items()):
            named_images[name] = f"/{token}-image-{number}{_ending(content)}"
            (root / named_images[name][1:]).write_bytes(content)
        for number, attachment in enumerate(attachments):
            path = f"/{token}-attachment-{number}"
            (root / path[1:]).write_bytes(attachment.data)
            named_attachments.append(_attachment_entry(attachment, path))
        given = {"data": _printable(data), "images": named_images, "attachments": named_attachments}
        return _compile(template, given, root, standard, made_at, is_tagged=is_tagged)


def _compile(
    template: str,
    given: dict[str, Any],
    root: Path,
    standard: str | None,
    made_at: datetime | None,
    *,
    is_tagged: bool,
) -> bytes:
    import typst

    source = _source(template)
    if _is_orphaned:
        raise UnableToTypeset(template=template, reason="forked after typst had started")  # It would wait for ever.
    try:
        with _compiling:
            made = _compiler().compile(
                input=source,
                format="pdf",
                root=root,
                sys_inputs={"given": json.dumps(given, ensure_ascii=False)},
                pdf_standards=[standard] if standard else [],  # type: ignore[list-item]
                timestamp=int(made_at.timestamp()) if made_at else None,
                pdf_tags=is_tagged,
            )
    except typst.TypstError as error:
        raise UnableToTypeset(template=template, reason=error.message[:300]) from error
    if not isinstance(made, bytes):
        raise UnableToTypeset(template=template, reason="no page")
    return made


@cache
def _compiler() -> typst.Compiler:
    import typst

    return typst.Compiler(b"", font_paths=loaded_fonts(), ignore_system_fonts=True)


@cache
def _source(template: str) -> bytes:
    """The template behind the few lines that hand it its data.

    :raises UnableToTypeset: there is no such template.
    """
    path = TEMPLATES / f"{template}.typ"
    if not template.isidentifier() or not path.is_file():
        raise UnableToTypeset(template=template, reason="unknown template")
    return (TEMPLATES / "prelude.typ").read_bytes() + path.read_bytes()


def _after_fork() -> None:
    global _is_orphaned
    _is_orphaned = _compiler.cache_info().currsize > 0


os.register_at_fork(after_in_child=_after_fork)


def _attachment_entry(attachment: Attachment, path: str) -> dict[str, str]:
    return {
        "name": Path(attachment.name.replace("\\", "/")).name[:120] or "piece-jointe",
        "path": path,
        "media_type": attachment.media_type,
        "description": displayable(attachment.description, most=300),
        "relationship": attachment.relationship,
    }


def _printable(value: Any) -> Any:
    if isinstance(value, str):
        return displayable(value, most=_LONGEST_TEXT)
    if isinstance(value, Mapping):
        return {str(key): _printable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_printable(item) for item in value]
    return value


def _ending(content: bytes) -> str:
    if content.startswith(b"\x89PNG"):
        return ".png"
    return ".jpg" if content.startswith(b"\xff\xd8") else ".svg"
