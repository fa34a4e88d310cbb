"""Stored bytes on their way out: always as a file to save, never as a page of this site."""

from __future__ import annotations

import base64

from django.http import FileResponse

from pli.documents.api import existing_blob_path

# Even if a browser were made to show it, it would run nothing and reach nobody.
LOCKED = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


def send_blob(sha256: str, *, file_name: str, media_type: str) -> FileResponse:
    """The bytes of a blob the caller has been let see, streamed; its digest in Repr-Digest (RFC 9530) and ETag.

    :raises BlobMissing: when the file is gone.
    """
    response = FileResponse(
        existing_blob_path(sha256).open("rb"), as_attachment=True, filename=file_name, content_type=media_type
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = LOCKED
    response["Repr-Digest"] = f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"
    response["ETag"] = f'"{sha256}"'
    response["Cache-Control"] = "private, no-store"
    return response
