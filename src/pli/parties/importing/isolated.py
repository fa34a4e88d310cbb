"""Reading a table in the sandbox: a hostile workbook costs a child process, never a worker or a web page."""

from __future__ import annotations

import codecs
import io
import json
import mimetypes
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from pli.kit.sandbox import JobLimits, SandboxFailed, SandboxKilled, run_isolated
from pli.parties.importing.reading import Line, UnableToReadTable, read_table

HEAD_LIMITS = JobLimits(wall_seconds=30, cpu_seconds=25)
WHOLE_LIMITS = JobLimits(wall_seconds=240, cpu_seconds=200, file_bytes=512 * 1024 * 1024)

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SMALLEST_WORKBOOK = {
    "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="a" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
    '<sheet name="a" sheetId="1" r:id="b"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
    f'<Relationship Id="b" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData><row r="1"><c r="A1" t="inlineStr"><is>'
    '<t>code</t></is></c><c r="B1"><v>2.5</v></c></row></sheetData></worksheet>',
}


def prepare_sandbox() -> None:
    """Load, while files can still be opened, all that reading will need."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "cp1252", "cp437"):
        codecs.lookup(encoding)
    # openpyxl asks for the machine's list of file types, which the sandbox may not read.
    mimetypes.knownfiles.clear()
    # A workbook made by hand: openpyxl would write its own through a temporary file, which is refused here.
    book = io.BytesIO()
    with zipfile.ZipFile(book, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _SMALLEST_WORKBOOK.items():
            archive.writestr(name, text)
    list(read_table(book))


def job_read_head(files: Mapping[str, BinaryIO], *, lines: int) -> list[list[object]]:
    """In the sandbox: the first lines."""
    return [[line.number, line.cells] for line in islice(read_table(files["table"]), lines)]


def job_read_all(files: Mapping[str, BinaryIO]) -> int:
    """In the sandbox: every line as JSON, one a line, into ``files["lines"]``; gives their number."""
    count = 0
    target = files["lines"]
    for line in read_table(files["table"]):
        target.write(json.dumps([line.number, line.cells]).encode() + b"\n")
        count += 1
    return count


def read_head(content: bytes, lines: int) -> list[Line]:
    """The first lines of a table.

    :raises UnableToReadTable: when it is none, or reading it had to be stopped.
    """
    found = _run("job_read_head", content, {"lines": lines}, {}, HEAD_LIMITS)
    return [Line(number, cells) for number, cells in found]


def read_lines(content: bytes) -> Iterator[Line]:
    """Every line of a table, streamed from a file the sandbox wrote: memory stays flat.

    :raises UnableToReadTable: before the first line, when it is none, or reading it had to be stopped.
    """
    with tempfile.TemporaryDirectory(prefix="pli-import-") as folder:
        lines = Path(folder) / "lines"
        _run("job_read_all", content, {}, {"lines": lines}, WHOLE_LIMITS)
        with lines.open("rb") as stream:
            for text in stream:
                number, cells = json.loads(text)
                yield Line(number, cells)


def _run(
    job: str, content: bytes, arguments: dict[str, int], outputs: dict[str, Path], limits: JobLimits
) -> list[tuple[int, list[str]]]:
    try:
        found: list[tuple[int, list[str]]] = run_isolated(
            f"pli.parties.importing.isolated:{job}",
            arguments,
            inputs={"table": content},
            outputs=outputs,
            limits=limits,
            raises=[UnableToReadTable],
        )
    except SandboxKilled:
        raise UnableToReadTable("stopped") from None
    except SandboxFailed:
        raise UnableToReadTable("damaged") from None
    return found
