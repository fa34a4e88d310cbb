"""The XML of an invoice in its PDF: found, and put in as Factur-X 1.0 §6 wants it (PDF/A-3, ISO 19005-3 §6.8)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pikepdf
from pikepdf import AttachedFileSpec, Name, Pdf

from pli.processing.invoices.tree import MOST_BYTES

FILE_NAME = "factur-x.xml"
_NAMES = (FILE_NAME, "zugferd-invoice.xml", "xrechnung.xml", "facturx.xml")
_MOST_ATTACHMENTS = 100
_SPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"


def find_invoice_files(pdf: Pdf) -> Iterator[bytes]:
    """The XML files the PDF carries, those with a name the norms give first; each at most 10 MiB."""
    try:
        names = list(pdf.attachments)[:_MOST_ATTACHMENTS]
    except (pikepdf.PdfError, ValueError, TypeError, RuntimeError):
        return
    known = [name for name in names if name.lower() in _NAMES]
    others = [name for name in names if name not in known and name.lower().endswith(".xml")]
    for name in (*known, *others):
        try:
            data = pdf.attachments[name].get_file().read_bytes()
        except (pikepdf.PdfError, ValueError, TypeError, RuntimeError, KeyError):
            continue
        if 0 < len(data) <= MOST_BYTES:
            yield data


def embed_invoice(pdf: Pdf, xml: bytes, *, profile: str, made_at: datetime) -> None:
    """Put ``xml`` into ``pdf``, in place, with the metadata that says so. Makes no PDF/A: the step ``pdfa`` (3b) does,
    and keeps both."""
    stamp = f"{made_at.astimezone(UTC):D:%Y%m%d%H%M%SZ}"
    spec = AttachedFileSpec(
        pdf,
        xml,
        filename=FILE_NAME,
        mime_type="text/xml",
        description="Factur-X",
        creation_date=stamp,
        mod_date=stamp,
    )
    spec.obj.AFRelationship = Name.Alternative
    pdf.attachments[FILE_NAME] = spec
    related = pdf.Root.get("/AF")
    kept = list(related) if isinstance(related, pikepdf.Array) else []
    pdf.Root.AF = pikepdf.Array([*kept, spec.obj])
    with pdf.open_metadata(set_pikepdf_as_editor=False) as metadata:
        metadata.register_xml_namespace(_SPACE, "fx")
        for key, value in (
            ("DocumentType", "INVOICE"),
            ("DocumentFileName", FILE_NAME),
            ("Version", "1.0"),
            ("ConformanceLevel", profile),
        ):
            metadata[f"{{{_SPACE}}}{key}"] = value
    _declare_once(pdf)


def _declare_once(pdf: Pdf) -> None:
    """The namespace declared at the top, as every reader of invoices expects, instead of in each element."""
    declared = f' xmlns:fx="{_SPACE}"'.encode()
    packet = pdf.Root.Metadata.read_bytes().replace(declared, b"")
    pdf.Root.Metadata.write(packet.replace(b"<rdf:RDF", b"<rdf:RDF" + declared, 1))
