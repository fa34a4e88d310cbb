"""What a file is by its first bytes: the sender's word and the name's ending are not believed."""

from __future__ import annotations

PDF, JPEG, PNG, TIFF = "application/pdf", "image/jpeg", "image/png", "image/tiff"
PWG, URF = "image/pwg-raster", "image/urf"
HEIC = "image/heic"
XML = "application/xml"
MAIL = "message/rfc822"
"""A message without a document, kept whole: told by who received it, never by its bytes."""
UNKNOWN = "application/octet-stream"
LOOKED_AT = 1024
_STARTS = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"II*\0", TIFF),
    (b"MM\0*", TIFF),
    (b"RaS2", PWG),
    (b"UNIRAST\0", URF),
)
# What the bare invoices of the norm begin with: an XML declaration, or their root alone.
_ROOTS = (b"CrossIndustryInvoice", b"CrossIndustryDocument", b"Invoice", b"CreditNote")
# Programs and boxes that may hold a PDF among their first bytes, as they stand in it: they are none.
_NEVER_PDF = (b"%!", b"PK\x03\x04", b"\x1f\x8b", b"Rar!", b"7z\xbc\xaf", b"MZ", b"\x7fELF", b'x\x9f>"')
_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"avif")


def sniff(head: bytes) -> str:
    """The media type of a file that begins with ``head`` (:data:`LOOKED_AT` bytes are enough)."""
    for start, media_type in _STARTS:
        if head.startswith(start):
            return media_type
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return HEIC
    if not head.startswith(_NEVER_PDF) and b"%PDF-" in head[:LOOKED_AT]:
        return PDF
    return XML if _is_invoice_like(head) else UNKNOWN


def _is_invoice_like(head: bytes) -> bool:
    # UTF-16 has a zero beside every letter of a name.
    text = head.removeprefix(b"\xef\xbb\xbf").removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff").replace(b"\0", b"")
    text = text.lstrip()
    return text.startswith(b"<?xml") or (text.startswith(b"<") and any(root in text for root in _ROOTS))
