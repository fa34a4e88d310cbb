"""What delivery tells the journal."""

from pli.journal.api import declare

DELIVERY_HANDED = declare(
    "delivery.delivery-handed",
    "A document was handed to a carrier for a recipient.",
    fields=("document_id", "carrier", "files"),
    personal=("recipient",),
)
DELIVERY_MADE = declare("delivery.delivery-made", "The carrier accepted or made the delivery.", fields=("carrier",))
# What a server answers may repeat the address.
DELIVERY_FAILED = declare(
    "delivery.delivery-failed", "The carrier could not deliver.", fields=("carrier",), personal=("cause",)
)
DELIVERY_RETRIED = declare(
    "delivery.delivery-retried", "A person handed a failed delivery to its carrier again.", fields=("carrier",)
)
DELIVERY_ABANDONED = declare(
    "delivery.delivery-abandoned",
    "A person set a failed delivery aside, having settled it otherwise.",
    fields=("carrier",),
)
