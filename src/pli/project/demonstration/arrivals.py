"""What waits for somebody: a print in « Mes impressions », a file that cannot be read in « À traiter »."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pli.capture.api import JobSender, Wishes, captures_for, print_jobs_for, printers_for, receive, receive_job
from pli.documents.api import store_bytes
from pli.parties.api import Role, StaffActor
from pli.project.demonstration.papers import make_contract

_PRINTED = "Microsoft Word - Avenant de bail.docx"
_DAMAGED = "demonstration-damaged"


def make_arrivals(staff: Mapping[Role, StaffActor], *, printer_name: str, today: date) -> None:
    """Print on the team's printer, which asks first; and drop half a file. Safe to repeat."""
    admin = staff[Role.ADMIN]
    paper = make_contract(["SCI Les Remparts", "8 QUAI SAINT MICHEL", "56000 VANNES"], "AB-2026-07", today)
    printer = printers_for(admin).get(name=printer_name)
    if not print_jobs_for(admin).filter(queue=printer).exists():
        stored = store_bytes([paper])
        receive_job(printer, JobSender(_PRINTED, "sofia"), stored=stored, media_type="application/pdf")
    if not captures_for(admin).filter(source_key=_DAMAGED).exists():
        half = store_bytes([paper[: len(paper) // 3]])
        receive(
            admin, channel="upload", stored=half, file_name="scan interrompu.pdf", source_key=_DAMAGED, wishes=Wishes()
        )  # fmt: skip
