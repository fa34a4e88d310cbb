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
CAPTURE_PASSED = declare("capture.capture-passed", "A capture goes on to a recipe.", fields=("recipe_id", "page_count"))
CAPTURE_PARKED = declare("capture.capture-parked", "A capture waits for a person, with its reason.", fields=("code",))
CAPTURE_DISMISSED = declare("capture.capture-dismissed", "A person set a parked capture aside.")
CAPTURE_HELD = declare(
    "capture.capture-held", "A capture was read and waits for a person to confirm it.", fields=("page_count",)
)
CAPTURE_CONFIRMED = declare(
    "capture.capture-confirmed", "A person confirmed what a capture is; it goes on.", fields=("kind", "party_id")
)
PRINTER_CREATED = declare(
    "capture.printer-created",
    "A virtual printer was made.",
    fields=("member_id", "is_shared", "kind", "asks_first", "is_announced"),
    personal=("name",),
)
PRINTER_CHANGED = declare(
    "capture.printer-changed",
    "A virtual printer's settings changed.",
    fields=("is_active", "kind", "asks_first", "is_announced", "recipe_id"),
    personal=("name",),
)
PRINTER_ADDRESS_RENEWED = declare(
    "capture.printer-address-renewed", "A virtual printer has a new address; the former one is dead."
)
SOURCE_CREATED = declare(
    "capture.source-created",
    "A source of scans was made: a watched folder, a drop account or a mailbox.",
    fields=("channel", "member_id", "kind", "asks_first", "recipe_id"),
    personal=("name",),
)
SOURCE_CHANGED = declare(
    "capture.source-changed",
    "A source's settings changed.",
    fields=("channel", "member_id", "is_active", "kind", "asks_first", "recipe_id"),
    personal=("name",),
)
SOURCE_SECRET_RENEWED = declare(
    "capture.source-secret-renewed", "A source has a new password; the former one is dead.", fields=("channel",)
)
CAPTURE_RENAMED = declare(
    "capture.capture-renamed", "Its sender gave a capture its final name.", personal=("file_name",)
)
