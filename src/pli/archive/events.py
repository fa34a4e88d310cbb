"""What archive tells the journal."""

from pli.journal.api import declare

DOCUMENT_ARCHIVED = declare(
    "archive.document-archived",
    "A document was checked against its digests, numbered and taken into the archive.",
    fields=("document_id", "number", "digests", "keep_until"),
)
BLOB_FOUND_DAMAGED = declare(
    "archive.blob-found-damaged", "A periodic check found stored bytes changed or missing.", fields=("sha256",)
)
