"""Reading a document's text, page by page, in the sandbox."""

from __future__ import annotations

from uuid import UUID

from pli.documents.blobs import existing_blob_path
from pli.documents.models import Document
from pli.documents.queries import original_rendition
from pli.documents.services import set_page_texts
from pli.kit.errors import PlugError
from pli.pdf.api import PdfError, extract_text


def read_document(document_id: UUID) -> None:
    """Keep the text of each page. A file whose text cannot be read stays filed, without text. Safe to repeat."""
    document = Document.objects.get(id=document_id)
    if document.is_read:
        return
    try:
        texts = extract_text(existing_blob_path(original_rendition(document_id).blob_id))
    except PlugError:
        raise
    except PdfError:
        texts = []
    set_page_texts(document_id, texts)


def read_later(document_id: UUID) -> None:
    """Queue the reading of a document's text, in the caller's transaction."""
    from pli.documents.tasks import read

    read.defer(document_id=str(document_id))
