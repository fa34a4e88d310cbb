"""The XML of an invoice in its PDF: found, and put in as Factur-X 1.0 §6 wants it (PDF/A-3, ISO 19005-3 §6.8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

import pikepdf
from pikepdf import AttachedFileSpec, Name, Pdf

from pli.processing.invoices.tree import MOST_BYTES

FILE_NAME = "factur-x.xml"
_NAMES = (FILE_NAME, "zugferd-invoice.xml", "xrechnung.xml", "facturx.xml")
_MOST_ATTACHMENTS = 100
_BROKEN = (pikepdf.PdfError, ValueError, TypeError, RuntimeError, KeyError, AttributeError)
"""What damaged lists of attachments raise."""
_SPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"


def find_invoice_files(pdf: Pdf) -> Iterator[bytes]:
    """The XML files the PDF carries, those with a name the norms give first; each at most 10 MiB."""
    found = [file for file in _attached(pdf) if file.name.lower() in _NAMES or file.name.lower().endswith(".xml")]
    # A file may carry the same invoice twice, for old readers and for new ones: the newer form says more.
    found.sort(key=lambda file: _NAMES.index(file.name.lower()) if file.name.lower() in _NAMES else len(_NAMES))
    for file in found:
        data = file.read()
        if 0 < len(data) <= MOST_BYTES:
            yield data


class _Attached(NamedTuple):
    """A file in the PDF, read when it is wanted."""

    name: str
    content: Callable[[], bytes]

    def read(self) -> bytes:
        try:
            return self.content()
        except _BROKEN:
            return b""


def _attached(pdf: Pdf) -> Iterator[_Attached]:
    """The files of the list of attachments, and those that are associated with the document (``/AF``) alone."""
    seen = set()
    try:
        for name in list(pdf.attachments)[:_MOST_ATTACHMENTS]:
            seen.add(name)
            yield _Attached(name, partial(_listed, pdf, name))
    except _BROKEN:
        pass
    try:
        related = pdf.Root.get("/AF")
        for entry in list(related)[:_MOST_ATTACHMENTS] if isinstance(related, pikepdf.Array) else ():
            name = str(entry.get("/UF", entry.get("/F", "")))
            if name not in seen:
                yield _Attached(name, partial(_associated, entry))
    except _BROKEN:
        return


def _listed(pdf: Pdf, name: str) -> bytes:
    return pdf.attachments[name].get_file().read_bytes()


def _associated(entry: pikepdf.Object) -> bytes:
    return bytes(entry.EF.F.read_bytes())


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
