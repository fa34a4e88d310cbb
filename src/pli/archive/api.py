"""The entrance of archive."""

from pli.archive.errors import UnableToArchive
from pli.archive.models import Filing
from pli.archive.services import archive_document, filing_of, rehash_blobs

__all__ = ["Filing", "UnableToArchive", "archive_document", "filing_of", "rehash_blobs"]
