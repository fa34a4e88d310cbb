"""Filling empty text fields in the revision that signs them: value and drawing, nothing else. In the sandbox only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from pli.kit.errors import Phrase
from pli.trust.errors import UnableToSeal
from pli.trust.mark_import import import_mark
from pli.trust.placement import PageView


def fill_fields(writer: IncrementalPdfFileWriter, fills: Iterable[tuple[str, str, bytes]]) -> None:
    """Give each named field its value and the drawing of it, in the revision ``writer`` is about to write.

    :raises UnableToSeal: there is no such field, it is no text field, or it is filled already.
    """
    wanted = list(fills)
    if not wanted:
        return
    known = _fields(writer)
    for name, value, drawing in wanted:
        field = known.get(name)
        if field is None or field.get("/FT") != "/Tx" or str(field.get("/V", "")):
            reason = Phrase("le champ « %(name)s » ne peut pas être rempli", name=name)
            raise UnableToSeal(reason=reason, permanent=True)
        form, _ = import_mark(writer, drawing)
        rotation = int(_part(_part(field, "/MK"), "/R") or 0) % 360
        matrix = PageView((0, 0, 1, 1), rotation if rotation % 90 == 0 else 0).matrix
        form.get_object()[pdf_name("/Matrix")] = generic.ArrayObject(generic.NumberObject(part) for part in matrix)
        field[pdf_name("/V")] = generic.TextStringObject(value)
        field[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): form})
        writer.update_container(field)


def _fields(writer: IncrementalPdfFileWriter) -> dict[str, generic.DictionaryObject]:
    found = {}
    for item in _part(_part(writer.root, "/AcroForm"), "/Fields") or ():
        field = item.get_object()
        if isinstance(field, generic.DictionaryObject) and "/Kids" not in field:
            found[str(field.get("/T", ""))] = field
    return found


def _part(container: Any, name: str) -> Any:
    """What stands under ``name``, a reference followed; None for nothing."""
    value = dict.get(container, name) if isinstance(container, dict) else None
    return value.get_object() if isinstance(value, generic.IndirectObject) else value
