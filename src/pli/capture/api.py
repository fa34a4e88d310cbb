"""The entrance of capture."""

from pli.capture.channels.files import Doors, FilesService
from pli.capture.channels.ipp.app import PrinterApplication
from pli.capture.channels.ipp.dnssd import Announcer
from pli.capture.channels.mail import MailInbox, find_inbox, has_open_inboxes, recognise_device, take_mail
from pli.capture.channels.photos.bundle import MOST_PHOTOS, Picture, receive_photos
from pli.capture.channels.rest import store_body
from pli.capture.channels.upload import BlobUpload, BlobUploadHandler
from pli.capture.deciding import confirm_capture, dismiss_capture, dismiss_waiting, retry_capture
from pli.capture.errors import (
    AddressLost,
    EmptyFile,
    FileTooLarge,
    FolderRefused,
    KeyReused,
    LengthMissing,
    PrinterNameTaken,
    SourceNameTaken,
    UploadInterrupted,
)
from pli.capture.events import CAPTURE_FILED, CAPTURE_PARKED, CAPTURE_PASSED, CAPTURE_RECEIVED
from pli.capture.gates import ROOM
from pli.capture.models import Capture, InputSource, PrinterQueue, PrintJob, RefusedPrint, SourceProblem
from pli.capture.printing.jobs import Sender as JobSender
from pli.capture.printing.jobs import (
    confirm_job,
    dismiss_job,
    get_print_job,
    jobs_to_confirm,
    print_jobs_for,
    receive_job,
)
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
from pli.capture.printing.refusals import Station, note_stranger, refused_prints, settle_refused
from pli.capture.queries import (
    arrival_names,
    captures_for,
    captures_to_confirm,
    get_capture,
    get_waiting,
    late_captures,
    parked_captures,
)
from pli.capture.receiving import receive
from pli.capture.sources.accounts import (
    SOURCE_READERS,
    SourceSettings,
    change_source,
    create_source,
    dismiss_problem,
    get_source,
    renew_source_secret,
    sources_for,
    sources_in_trouble,
    troubled_sources,
)
from pli.capture.sources.doors import Door, door_of, mail_address
from pli.capture.sources.folders import folder_of, open_folders
from pli.capture.sources.host_keys import fingerprints as sftp_fingerprints
from pli.capture.sources.options import (
    FolderOptions,
    FtpOptions,
    GatewayOptions,
    MailboxOptions,
    SftpOptions,
    clean_networks,
    read_options,
)
from pli.capture.sources.problems import last_problems
from pli.capture.states import CAPTURE, CaptureState, JobState, SourceKind
from pli.capture.ticked import dismiss_captures, dismiss_scans, retry_captures
from pli.capture.wishes import Wishes, actor_of, wishes_of

__all__ = [
    "CAPTURE",
    "CAPTURE_FILED",
    "CAPTURE_PARKED",
    "CAPTURE_PASSED",
    "CAPTURE_RECEIVED",
    "MOST_PHOTOS",
    "ROOM",
    "SOURCE_READERS",
    "AddressLost",
    "Announcer",
    "BlobUpload",
    "BlobUploadHandler",
    "Capture",
    "CaptureState",
    "Door",
    "Doors",
    "EmptyFile",
    "FileTooLarge",
    "FilesService",
    "FolderOptions",
    "FolderRefused",
    "FtpOptions",
    "GatewayOptions",
    "InputSource",
    "JobSender",
    "JobState",
    "KeyReused",
    "LengthMissing",
    "MailInbox",
    "MailboxOptions",
    "Picture",
    "PrintJob",
    "PrinterApplication",
    "PrinterNameTaken",
    "PrinterQueue",
    "PrinterSettings",
    "RefusedPrint",
    "SftpOptions",
    "SourceKind",
    "SourceNameTaken",
    "SourceProblem",
    "SourceSettings",
    "Station",
    "UploadInterrupted",
    "Wishes",
    "actor_of",
    "arrival_names",
    "captures_for",
    "captures_to_confirm",
    "change_printer",
    "change_source",
    "clean_networks",
    "confirm_capture",
    "confirm_job",
    "create_printer",
    "create_source",
    "dismiss_capture",
    "dismiss_captures",
    "dismiss_job",
    "dismiss_problem",
    "dismiss_scans",
    "dismiss_waiting",
    "door_of",
    "find_inbox",
    "folder_of",
    "get_capture",
    "get_print_job",
    "get_printer",
    "get_source",
    "get_waiting",
    "has_open_inboxes",
    "jobs_to_confirm",
    "last_problems",
    "late_captures",
    "mail_address",
    "may_change",
    "may_print",
    "note_stranger",
    "open_folders",
    "parked_captures",
    "print_jobs_for",
    "printer_address",
    "printers_for",
    "read_options",
    "receive",
    "receive_job",
    "receive_photos",
    "recognise_device",
    "refused_prints",
    "renew_address",
    "renew_source_secret",
    "retry_capture",
    "retry_captures",
    "set_printer_recipe",
    "settle_refused",
    "sftp_fingerprints",
    "sources_for",
    "sources_in_trouble",
    "store_body",
    "take_mail",
    "troubled_sources",
    "wishes_of",
]
