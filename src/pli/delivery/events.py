"""What delivery tells the journal."""

from pli.journal.api import declare

DELIVERY_HANDED = declare(
    "delivery.delivery-handed",
    "A document was handed to a carrier for a recipient.",
    fields=("document_id", "carrier", "files"),
    personal=("recipient",),
)
DELIVERY_MADE = declare("delivery.delivery-made", "The carrier accepted or made the delivery.", fields=("carrier",))
DELIVERY_FAILED = declare("delivery.delivery-failed", "The carrier could not deliver.", fields=("carrier", "cause"))
