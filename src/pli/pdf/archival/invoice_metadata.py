"""The metadata of a Factur-X invoice (Factur-X 1.0 §6.2.2), read from an old packet and said again in the new one."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, unescape

from pikepdf import Pdf, Stream

_SPACE = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
_PROPERTIES = {
    "DocumentFileName": "name of the embedded XML invoice file",
    "DocumentType": "INVOICE",
    "Version": "The actual version of the Factur-X XML schema",
    "ConformanceLevel": "The conformance level of the embedded Factur-X data",
}


def invoice_blocks(pdf: Pdf) -> str:
    """The RDF descriptions of an invoice's data and of their schema; empty when the file is no such invoice."""
    metadata = pdf.Root.get("/Metadata")
    if not isinstance(metadata, Stream):
        return ""
    packet = metadata.read_bytes()[: 1 << 20].decode("utf-8", "replace")
    declared = re.search(r'xmlns:([\w-]+)\s*=\s*["\']' + re.escape(_SPACE), packet)
    if declared is None:
        return ""
    values = {name: _value(packet, declared[1], name) for name in _PROPERTIES}
    said = "".join(f"<fx:{name}>{escape(value)}</fx:{name}>\n" for name, value in values.items() if value)
    return f'<rdf:Description rdf:about="" xmlns:fx="{_SPACE}">\n{said}</rdf:Description>\n{_schema()}'


def _value(packet: str, prefix: str, name: str) -> str:
    match = re.search(rf"<{prefix}:{name}>([^<]*)</|{prefix}:{name}\s*=\s*[\"']([^\"']*)", packet)
    return unescape((match[1] or match[2] or "").strip()) if match else ""


def _schema() -> str:
    properties = "".join(
        '<rdf:li rdf:parseType="Resource"><pdfaProperty:name>'
        f"{name}</pdfaProperty:name><pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{told}</pdfaProperty:description></rdf:li>"
        for name, told in _PROPERTIES.items()
    )
    return (
        '<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
        ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
        ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
        '<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{_SPACE}</pdfaSchema:namespaceURI><pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property>"
        "</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>\n"
    )
