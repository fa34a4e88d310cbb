"""Carrying a drawn mark into a revision. Runs in the sandbox only.

qpdf reads it: pyHanko's own reader takes ten times as long over the same page, two thirds of a whole placement.
"""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

import pikepdf
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

_DEEPEST = 50


def import_mark(
    writer: IncrementalPdfFileWriter, mark_pdf: bytes
) -> tuple[generic.IndirectObject, tuple[float, float]]:
    """The only page of ``mark_pdf`` as a form of ``writer``, with its width and height in points.

    :raises ValueError: not a PDF with a page that can be carried over.
    """
    try:
        with pikepdf.open(BytesIO(mark_pdf)) as mark:
            form = mark.pages[0].as_form_xobject()
            left, bottom, right, top = (float(number) for number in list(form[pikepdf.Name.BBox]))
            carried = _Carrier(writer).carry(form, 0)
    except (pikepdf.PdfError, IndexError) as error:
        raise ValueError("mark") from error
    if not isinstance(carried, generic.IndirectObject):
        raise ValueError("mark")
    return carried, (right - left, top - bottom)


class _Carrier:
    """Objects of qpdf as objects of pyHanko; what is shared by reference stays shared."""

    def __init__(self, writer: IncrementalPdfFileWriter) -> None:
        self._writer = writer
        self._known: dict[tuple[int, int], generic.IndirectObject] = {}

    def carry(self, item: object, depth: int) -> generic.PdfObject:
        """``item`` and all it leads to, made objects of the writer.

        :raises ValueError: nested deeper than any drawing is, or of a kind no page holds.
        """
        if depth > _DEEPEST:
            raise ValueError("nesting")
        if not isinstance(item, pikepdf.Object) or not item.is_indirect:
            return self._direct(item, depth)
        known = self._known.get(item.objgen)
        if known is None:
            known = self._known[item.objgen] = self._writer.allocate_placeholder()
            self._writer.add_object(self._direct(item, depth), idnum=known.idnum)
        return known

    def _direct(self, item: object, depth: int) -> generic.PdfObject:
        match item:
            case None:
                return generic.NullObject()
            case bool():
                return generic.BooleanObject(item)
            case int():
                return generic.NumberObject(item)
            case Decimal() | float():
                return generic.FloatObject(format(item, "f"))
            case pikepdf.Name():
                return pdf_name(str(item))
            case pikepdf.String():
                return generic.ByteStringObject(bytes(item))
            case pikepdf.Array():
                return generic.ArrayObject(self.carry(one, depth + 1) for one in item)
            case pikepdf.Stream():
                fields = self._fields(item.stream_dict, depth)
                fields.pop(pdf_name("/Length"), None)
                return generic.StreamObject(fields, encoded_data=item.read_raw_bytes())
            case pikepdf.Dictionary():
                return generic.DictionaryObject(self._fields(item, depth))
        raise ValueError("kind of object")

    def _fields(self, item: pikepdf.Object, depth: int) -> dict[generic.NameObject, generic.PdfObject]:
        return {pdf_name(name): self.carry(value, depth + 1) for name, value in item.items()}
