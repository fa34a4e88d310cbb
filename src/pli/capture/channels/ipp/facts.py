"""A printer and its jobs as IPP's attributes tell them, from our rows."""

from __future__ import annotations

from django.conf import settings

from pli.capture.channels.ipp.attributes import IppJobState, JobFacts, PrinterFacts
from pli.capture.models import PrinterQueue, PrintJob
from pli.capture.printing import jobs
from pli.capture.printing.addresses import PATH
from pli.capture.states import JobState

ICON = "/ipp/icon.png"
_STATES = {
    JobState.OPEN: (IppJobState.PENDING, "job-incoming"),
    JobState.RECEIVED: (IppJobState.COMPLETED, "job-completed-successfully"),
    JobState.CANCELED: (IppJobState.CANCELED, "job-canceled-by-user"),
    JobState.ABORTED: (IppJobState.ABORTED, "aborted-by-system"),
}


def job_facts(job: PrintJob) -> JobFacts:
    """A job as its client sees it."""
    state, reason = _STATES[JobState(job.state)]
    return JobFacts(
        job.number, job.uuid, job.name, job.user_name, state, reason, job.size, job.created_at, job.ended_at
    )


def printer_facts(printer: PrinterQueue, secret: str, *, counted: bool = True) -> PrinterFacts:
    """A queue as its clients see it, under the address they came by; ``counted``: with how many jobs wait."""
    base = settings.PLI_IPP_URL
    return PrinterFacts(
        uri=f"{base}{PATH}{secret}",
        uuid=printer.id,
        name=printer.name,
        organisation=printer.organisation.name,
        is_accepting=jobs.is_accepting(printer),
        jobs_waiting=jobs.count_waiting(printer) if counted else 0,
        page_url=f"{settings.PLI_BASE_URL}/office/settings/printers/{printer.id}/",
        icon_url=f"{'https' if base.startswith('ipps') else 'http'}{base[base.index(':') :]}{ICON}",
        made_at=printer.created_at,
        changed_at=printer.changed_at,
    )
