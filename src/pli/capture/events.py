"""What capture tells the journal."""

from pli.journal.api import declare

CAPTURE_RECEIVED = declare(
    "capture.capture-received",
    "Bytes arrived through a channel and are durable.",
    fields=("channel", "sha256", "size"),
    personal=("file_name",),
)
CAPTURE_REPEATED = declare(
    "capture.capture-repeated", "The same input was sent again; it stays one capture.", fields=("times",)
)
CAPTURE_FILED = declare(
    "capture.capture-filed", "A capture became a document.", fields=("document_id", "page_count", "signatures")
)
CAPTURE_PARKED = declare("capture.capture-parked", "A capture waits for a person, with its reason.", fields=("code",))
CAPTURE_DISMISSED = declare("capture.capture-dismissed", "A person set a parked capture aside.")
