"""The entrance of capture."""

from pli.capture.channels.rest import store_body
from pli.capture.channels.upload import BlobUpload, BlobUploadHandler
from pli.capture.errors import EmptyFile, FileTooLarge, KeyReused, LengthMissing, UploadInterrupted
from pli.capture.events import CAPTURE_FILED, CAPTURE_PARKED, CAPTURE_RECEIVED
from pli.capture.models import Capture
from pli.capture.queries import captures_for, get_capture, late_captures, parked_captures
from pli.capture.services import Wishes, dismiss_capture, receive, retry_capture
from pli.capture.states import CAPTURE, CaptureState

__all__ = [
    "CAPTURE",
    "CAPTURE_FILED",
    "CAPTURE_PARKED",
    "CAPTURE_RECEIVED",
    "BlobUpload",
    "BlobUploadHandler",
    "Capture",
    "CaptureState",
    "EmptyFile",
    "FileTooLarge",
    "KeyReused",
    "LengthMissing",
    "UploadInterrupted",
    "Wishes",
    "captures_for",
    "dismiss_capture",
    "get_capture",
    "late_captures",
    "parked_captures",
    "receive",
    "retry_capture",
    "store_body",
]
