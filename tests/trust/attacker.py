"""An attacker's tools: revisions appended to a signed file, ranges moved, as published (pdf-insecurity.org)."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader

from tests.trust.specimens import make_pdf


class Attacker(IncrementalPdfFileWriter):
    """Appends a revision with nothing but the attack."""

    output_version = (1, 0)

    def _update_meta(self) -> None:
        return


def tampered(path: Path, change: Callable[[Attacker], None]) -> bytes:
    writer = Attacker(io.BytesIO(path.read_bytes()))
    change(writer)
    out = io.BytesIO()
    writer._force_write_when_empty = True
    writer.write(out)
    return out.getvalue()


def text_stream(text: str) -> generic.StreamObject:
    return generic.StreamObject(stream_data=f"BT /F1 24 Tf 80 500 Td ({text}) Tj ET".encode())


def form_stream(writer: Attacker, text: str) -> generic.IndirectObject:
    form = text_stream(text)
    form["/Type"], form["/Subtype"] = pdf_name("/XObject"), pdf_name("/Form")
    form["/BBox"] = generic.ArrayObject(generic.NumberObject(n) for n in (0, 0, 200, 80))
    return writer.add_object(form)


def page_of(writer: Attacker) -> generic.IndirectObject:
    return writer.root["/Pages"]["/Kids"].raw_get(0)


def replace_content(writer: Attacker) -> None:
    page = page_of(writer).get_object()
    page[pdf_name("/Contents")] = writer.add_object(text_stream("Total 1 000 000 euros"))
    writer.update_container(page)


def replace_stream_in_place(writer: Attacker) -> None:
    content = page_of(writer).get_object().raw_get("/Contents")
    writer.objects[(content.generation, content.idnum)] = text_stream("Autre texte")


def replace_appearance(writer: Attacker) -> None:
    field = writer.root["/AcroForm"]["/Fields"][0]
    field[pdf_name("/AP")] = generic.DictionaryObject({pdf_name("/N"): form_stream(writer, "Bob Durand")})
    writer.update_container(field)


def replace_appearance_stream(writer: Attacker) -> None:
    form = writer.root["/AcroForm"]["/Fields"][0]["/AP"].raw_get("/N")
    replaced = form_stream(writer, "Bob Durand").get_object()
    writer.objects[(form.generation, form.idnum)] = replaced


def move_signature(writer: Attacker) -> None:
    field = writer.root["/AcroForm"]["/Fields"][0]
    field[pdf_name("/Rect")] = generic.ArrayObject(generic.NumberObject(n) for n in (0, 0, 600, 800))
    writer.update_container(field)


def add_annotation(writer: Attacker) -> None:
    annotation = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/FreeText"),
            pdf_name("/Rect"): generic.ArrayObject(generic.NumberObject(n) for n in (60, 400, 500, 700)),
            pdf_name("/AP"): generic.DictionaryObject({pdf_name("/N"): form_stream(writer, "Gratuit")}),
        }
    )
    writer.register_annotation(page_of(writer).reference, writer.add_object(annotation))


def add_empty_signature_field(writer: Attacker) -> None:
    """A visible field that nobody signed: viewers draw its appearance over the text."""
    field = generic.DictionaryObject(
        {
            pdf_name("/Type"): pdf_name("/Annot"),
            pdf_name("/Subtype"): pdf_name("/Widget"),
            pdf_name("/FT"): pdf_name("/Sig"),
            pdf_name("/T"): generic.pdf_string("Signature-9"),
            pdf_name("/Rect"): generic.ArrayObject(generic.NumberObject(n) for n in (60, 400, 500, 700)),
            pdf_name("/AP"): generic.DictionaryObject({pdf_name("/N"): form_stream(writer, "Gratuit")}),
        }
    )
    reference = writer.add_object(field)
    writer.root["/AcroForm"]["/Fields"].append(reference)
    writer.update_container(writer.root["/AcroForm"]["/Fields"])
    writer.register_annotation(page_of(writer).reference, reference)


def swap_pages(writer: Attacker) -> None:
    other = PdfFileReader(io.BytesIO(make_pdf(1, text="Faux")))
    pages = writer.import_object(other.root.raw_get("/Pages"), obj_stream=None)
    writer.root[pdf_name("/Pages")] = pages
    writer.update_root()


def swap_catalog(writer: Attacker) -> None:
    fake = generic.DictionaryObject(dict(dict.items(writer.root)))
    fake[pdf_name("/OpenAction")] = generic.DictionaryObject({pdf_name("/S"): pdf_name("/JavaScript")})
    reference = writer.add_object(fake)
    writer._root = reference
    writer.trailer[pdf_name("/Root")] = reference


def add_open_action(writer: Attacker) -> None:
    writer.root[pdf_name("/OpenAction")] = generic.DictionaryObject({pdf_name("/S"): pdf_name("/JavaScript")})
    writer.update_root()


def add_names(writer: Attacker) -> None:
    writer.root[pdf_name("/Names")] = generic.DictionaryObject({pdf_name("/JavaScript"): generic.DictionaryObject()})
    writer.update_root()


def swap_font(writer: Attacker) -> None:
    fonts = page_of(writer).get_object()["/Resources"]["/Font"]
    reference = next(iter(dict.values(fonts)))
    font = reference.get_object()
    font[pdf_name("/BaseFont")] = pdf_name("/Symbol")
    writer.update_container(font)


def rotate_page(writer: Attacker) -> None:
    page = page_of(writer).get_object()
    page[pdf_name("/Rotate")] = generic.NumberObject(90)
    writer.update_container(page)


def remove_page(writer: Attacker) -> None:
    pages = writer.root["/Pages"]
    kids = pages["/Kids"]
    del kids[1]
    pages[pdf_name("/Count")] = generic.NumberObject(1)
    writer.update_container(pages)


def add_nothing(_: Attacker) -> None:
    return


def add_stray_object(writer: Attacker) -> None:
    writer.add_object(text_stream("inutile"))


def change_title(writer: Attacker) -> None:
    info = writer.trailer["/Info"]
    info[pdf_name("/Title")] = generic.pdf_string("Avenant")
    writer.update_container(info)


ATTACKS = [
    replace_content, replace_stream_in_place, replace_appearance, replace_appearance_stream, move_signature,
    add_annotation, add_empty_signature_field, swap_pages, swap_catalog, add_open_action, add_names, swap_font,
    rotate_page, remove_page, add_nothing, add_stray_object, change_title,
]  # fmt: skip


def edit_range(content: bytes, change: Callable[[list[int]], list[int]]) -> bytes:
    match = re.search(rb"/ByteRange\s*\[([^\]]*)\]\s*", content)
    assert match is not None
    numbers = change([int(number) for number in match[1].split()])
    text = b"/ByteRange [" + b" ".join(b"%d" % number for number in numbers) + b"]"
    return content[: match.start()] + text.ljust(len(match[0])) + content[match.end() :]
