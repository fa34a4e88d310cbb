"""A hostile table read within limits: CSV in the encodings of Excel, and XLSX.

Lines come as lists of text. Formulas are never evaluated: the value the spreadsheet last saw is taken.
Knows no Django: it also runs alone in a sandbox.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, BinaryIO, ClassVar
from xml.parsers import expat

from pli.kit.errors import PliError

MAX_BYTES = 20 * 1024 * 1024
MAX_LINES = 100_000
MAX_COLUMNS = 200
MAX_CELL = 2000
# What a workbook may unpack to. 50,000 lines of 25 columns take about 60 MiB.
MAX_UNPACKED = 200 * 1024 * 1024
MAX_PARTS = 500
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))


class UnableToReadTable(PliError):
    """The file is no table Pli can read; ``reason`` is one of ``REASONS``."""

    code: ClassVar[str] = "PAR-006"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Ce fichier n’a pas pu être lu."
    kept: ClassVar[str] = "Rien n’a été modifié."
    remedy: ClassVar[str] = "Enregistrez la liste en .xlsx ou en .csv, puis déposez-la de nouveau."

    def __init__(self, reason: str) -> None:
        super().__init__(reason=reason)
        self.reason = reason


REASONS = frozenset(
    {
        "empty", "too_big", "too_many_lines", "too_many_columns", "encoding", "not_a_table", "bomb", "damaged",
        "old_excel", "stopped",
    }
)  # fmt: skip


@dataclass(frozen=True)
class Line:
    """One line as the spreadsheet counts them: the header is line 1."""

    number: int
    cells: list[str]


def read_table(file: BinaryIO) -> Iterator[Line]:
    """The lines that hold anything, header first, within the limits above.

    :raises UnableToReadTable: at once or while reading.
    """
    size = file.seek(0, io.SEEK_END)
    file.seek(0)
    if size == 0:
        raise UnableToReadTable("empty")
    if size > MAX_BYTES:
        raise UnableToReadTable("too_big")
    head = file.read(8)
    file.seek(0)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise UnableToReadTable("old_excel")
    lines = _read_xlsx(file) if head.startswith(b"PK") else _read_csv(file)
    count = 0
    for line in lines:
        while line.cells and not line.cells[-1]:
            line.cells.pop()
        if not line.cells:
            continue
        if len(line.cells) > MAX_COLUMNS:
            raise UnableToReadTable("too_many_columns")
        count += 1
        if count > MAX_LINES + 1:
            raise UnableToReadTable("too_many_lines")
        yield line
    if count == 0:
        raise UnableToReadTable("empty")


def _read_csv(file: BinaryIO) -> Iterator[Line]:
    text = decode_text(file.read())
    separator = guess_separator(text)
    csv.field_size_limit(1_000_000)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    number = 0
    try:
        for cells in reader:
            number += 1
            if len(cells) > 20 * MAX_COLUMNS:
                raise UnableToReadTable("too_many_columns")
            yield Line(number, [_shorten(cell.strip()) for cell in cells])
    except csv.Error:
        raise UnableToReadTable("damaged") from None


def decode_text(data: bytes) -> str:
    """Text from UTF-8, UTF-16 (with a mark, or betrayed by its zeros) or Windows-1252.

    :raises UnableToReadTable: ``encoding`` when it is none of them; ``not_a_table`` for a binary file.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return _decode(data[len(mark) :], encoding)
    head = data[:4000]
    low, high = head[0::2].count(0), head[1::2].count(0)
    if high > len(head) // 6 and low <= high // 20:
        return _decode(data, "utf-16-le")
    if low > len(head) // 6 and high <= low // 20:
        return _decode(data, "utf-16-be")
    if head.count(0) > 8 or head.startswith(b"%PDF"):
        raise UnableToReadTable("not_a_table")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode(data, "cp1252")


def _decode(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise UnableToReadTable("encoding") from None


def guess_separator(text: str) -> str:
    """The separator the first line uses most, outside quotes; « ; », Excel's in France, when none shows."""
    counts = dict.fromkeys(";\t,", 0)
    quoted = False
    for character in text[:20_000]:
        if character == '"':
            quoted = not quoted
        elif character in "\r\n" and not quoted:
            if any(counts.values()):
                break
        elif character in counts and not quoted:
            counts[character] += 1
    return max(counts, key=lambda c: (counts[c], c == ";"))


def _read_xlsx(file: BinaryIO) -> Iterator[Line]:
    from openpyxl import load_workbook

    try:
        _inspect_workbook(file)
        book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
        try:
            sheet = next((s for s in book.worksheets if s.sheet_state == "visible"), None)
            if sheet is None:
                raise UnableToReadTable("empty")
            # The declared dimensions may lie: bounds are ours.
            rows = sheet.iter_rows(1, MAX_LINES + 2, 1, MAX_COLUMNS + 1, values_only=True)
            for number, row in enumerate(rows, 1):
                if any(value is not None for value in row):
                    yield Line(number, [_text_of(value) for value in row])
        finally:
            book.close()
    except UnableToReadTable:
        raise
    # openpyxl raises whatever its parsers meet: a damaged workbook is one refusal, whichever the exception.
    except Exception:  # noqa: BLE001
        raise UnableToReadTable("damaged") from None


def _inspect_workbook(file: BinaryIO) -> None:
    """Bound what the archive unpacks to, refuse document types, count cells: before a parser builds anything."""
    with zipfile.ZipFile(file) as archive:
        parts = archive.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise UnableToReadTable("bomb")
        if "[Content_Types].xml" not in archive.namelist():
            raise UnableToReadTable("not_a_table")
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                _inspect_part(archive, part)


def _inspect_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> None:
    parser = expat.ParserCreate(namespace_separator="}")
    counts = {"row": 0, "cells": 0, "depth": 0}

    def start(name: str, _attributes: Any) -> None:
        counts["depth"] += 1
        if counts["depth"] > 100:
            raise UnableToReadTable("bomb")
        tag = name.rpartition("}")[2]
        if tag == "row":
            counts["cells"] = 0
            counts["row"] += 1
            if counts["row"] > MAX_LINES + 1000:
                raise UnableToReadTable("too_many_lines")
        elif tag == "c":
            counts["cells"] += 1
            if counts["cells"] > 20 * MAX_COLUMNS:
                raise UnableToReadTable("too_many_columns")

    def end(_name: str) -> None:
        counts["depth"] -= 1

    def refuse(*_: Any) -> None:
        raise UnableToReadTable("bomb")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    with archive.open(part) as stream:
        try:
            parser.ParseFile(stream)
        except expat.ExpatError:
            raise UnableToReadTable("damaged") from None


def _text_of(value: Any) -> str:
    """A cell as a person reads it: 75001.0 is 75001, a date is 31/12/2026."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, datetime | date):
        return value.strftime("%d/%m/%Y")
    return _shorten(str(value).strip())


def _shorten(text: str) -> str:
    """Enough of a monstrous cell for its line to be refused as too long."""
    return text[:MAX_CELL]
