"""Lists taken away as a workbook: flat memory on the way out, nothing a spreadsheet would run."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path

from django.http import FileResponse

from pli.kit.clock import PARIS
from pli.parties.api import write_workbook

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
EXPORTED_AT_MOST = 100_000


def workbook_response(file_name: str, sheet: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> FileResponse:
    """``rows`` of text as ``file_name``.xlsx."""
    with tempfile.TemporaryDirectory(prefix="pli-export-") as folder:
        target = Path(folder) / "export.xlsx"
        write_workbook(target, sheet, header, rows)
        file = target.open("rb")  # stays readable after its folder is gone
    return FileResponse(file, as_attachment=True, filename=f"{file_name}.xlsx", content_type=XLSX)


def spell_instant(instant: datetime | None) -> str:
    """An instant for a cell, on the clocks of France; nothing for none."""
    return f"{instant.astimezone(PARIS):%d/%m/%Y %H:%M:%S}" if instant else ""
