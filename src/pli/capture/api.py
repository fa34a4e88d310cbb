"""The entrance of capture."""

from pli.capture.channels.ipp.app import PrinterApplication
from pli.capture.channels.ipp.dnssd import Announcer
from pli.capture.channels.rest import store_body
from pli.capture.channels.upload import BlobUpload, BlobUploadHandler
from pli.capture.errors import (
    AddressLost,
    EmptyFile,
    FileTooLarge,
    KeyReused,
    LengthMissing,
    PrinterNameTaken,
    UploadInterrupted,
)
from pli.capture.events import CAPTURE_FILED, CAPTURE_PARKED, CAPTURE_PASSED, CAPTURE_RECEIVED
from pli.capture.models import Capture, PrinterQueue, PrintJob
from pli.capture.printing.jobs import confirm_job, dismiss_job, get_print_job, jobs_to_confirm, print_jobs_for
from pli.capture.printing.queues import (
    PrinterSettings,
    change_printer,
    create_printer,
    get_printer,
    may_change,
    may_print,
    printer_address,
    printers_for,
    renew_address,
    set_printer_recipe,
)
from pli.capture.queries import captures_for, get_capture, late_captures, parked_captures
from pli.capture.services import Wishes, actor_of, dismiss_capture, receive, retry_capture, wishes_of
from pli.capture.states import CAPTURE, CaptureState, JobState

__all__ = [
    "CAPTURE",
    "CAPTURE_FILED",
    "CAPTURE_PARKED",
    "CAPTURE_PASSED",
    "CAPTURE_RECEIVED",
    "AddressLost",
    "Announcer",
    "BlobUpload",
    "BlobUploadHandler",
    "Capture",
    "CaptureState",
    "EmptyFile",
    "FileTooLarge",
    "JobState",
    "KeyReused",
    "LengthMissing",
    "PrintJob",
    "PrinterApplication",
    "PrinterNameTaken",
    "PrinterQueue",
    "PrinterSettings",
    "UploadInterrupted",
    "Wishes",
    "actor_of",
    "captures_for",
    "change_printer",
    "confirm_job",
    "create_printer",
    "dismiss_capture",
    "dismiss_job",
    "get_capture",
    "get_print_job",
    "get_printer",
    "jobs_to_confirm",
    "late_captures",
    "may_change",
    "may_print",
    "parked_captures",
    "print_jobs_for",
    "printer_address",
    "printers_for",
    "receive",
    "renew_address",
    "retry_capture",
    "set_printer_recipe",
    "store_body",
    "wishes_of",
]
