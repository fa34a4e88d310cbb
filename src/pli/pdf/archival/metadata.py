"""Metadata: one set of facts, said the same in the XMP packet and in the information dictionary (§6.7 of part 1)."""

from __future__ import annotations

import re
from datetime import datetime
from xml.sax.saxutils import escape

from pikepdf import Dictionary, Name, Object, Pdf, Stream, String

from pli.pdf.archival.conversion import ArchiveInfo, Part
from pli.pdf.archival.invoice_metadata import invoice_blocks

_DATE = re.compile(r"D?:?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?\s*(?:([+\-Z])(\d\d)?'?(\d\d)?'?)?")
_UNPRINTABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LONGEST = 8000
_PADDING = (" " * 79 + "\n") * 8


def write_metadata(pdf: Pdf, part: Part, info: ArchiveInfo) -> None:
    """Replace what the file says of itself; texts that ``info`` leaves empty are kept from the file."""
    facts = _facts(pdf, info)
    created = _date(_text(_old(pdf).get("/CreationDate"))) or info.made_at
    packet = _packet(facts, created, info.made_at, part, invoice_blocks(pdf) if part == "3b" else "")
    stream = pdf.make_stream(packet.encode())
    stream.Type, stream.Subtype = Name.Metadata, Name.XML
    pdf.Root.Metadata = stream
    entries = {f"/{name}": String(value) for name, value in facts.items() if value}
    pdf.trailer.Info = pdf.make_indirect(
        Dictionary(
            {**entries, "/CreationDate": String(_pdf_date(created)), "/ModDate": String(_pdf_date(info.made_at))}
        )
    )
    if info.language and "/Lang" not in pdf.Root:
        pdf.Root.Lang = String(info.language)


def _old(pdf: Pdf) -> Object:
    old = pdf.trailer.get("/Info")
    return old if isinstance(old, Dictionary) else Dictionary()


def _facts(pdf: Pdf, info: ArchiveInfo) -> dict[str, str]:
    old = _old(pdf)
    return {
        "Title": _clean(info.title or _text(old.get("/Title"))),
        "Author": _clean(info.author or _text(old.get("/Author"))),
        "Subject": _clean(info.subject or _text(old.get("/Subject"))),
        "Keywords": _clean(info.keywords or _text(old.get("/Keywords"))),
        "Creator": _clean(info.creator or _text(old.get("/Creator"))),
        "Producer": _clean(info.producer),
    }


def _text(value: Object | None) -> str:
    return str(value) if isinstance(value, String) else ""


def _clean(text: str) -> str:
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:_LONGEST]


def _date(text: str) -> datetime | None:
    match = _DATE.match(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, sign, ahead, more = match.groups()
    offset = "+00:00" if sign in (None, "Z") else f"{sign}{ahead or '00'}:{more or '00'}"
    clock = f"{hour or '00'}:{minute or '00'}:{second or '00'}"
    try:
        return datetime.fromisoformat(f"{year}-{month or '01'}-{day or '01'}T{clock}{offset}")
    except ValueError:
        return None


def _pdf_date(instant: datetime) -> str:
    zone = instant.strftime("%z") or "+0000"
    return f"D:{instant:%Y%m%d%H%M%S}{zone[:3]}'{zone[3:5]}'"


def _xmp_date(instant: datetime) -> str:
    zone = instant.strftime("%z") or "+0000"
    return f"{instant:%Y-%m-%dT%H:%M:%S}{zone[:3]}:{zone[3:5]}"


def _packet(facts: dict[str, str], created: datetime, changed: datetime, part: Part, more: str) -> str:
    said = {name: escape(value) for name, value in facts.items()}
    lines = [
        f"<pdfaid:part>{part[0]}</pdfaid:part>",
        f"<pdfaid:conformance>{part[1].upper()}</pdfaid:conformance>",
        "<dc:format>application/pdf</dc:format>",
        f"<xmp:CreateDate>{_xmp_date(created)}</xmp:CreateDate>",
        f"<xmp:ModifyDate>{_xmp_date(changed)}</xmp:ModifyDate>",
        f"<xmp:MetadataDate>{_xmp_date(changed)}</xmp:MetadataDate>",
    ]
    templates = {
        "Title": '<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:title>',
        "Subject": '<dc:description><rdf:Alt><rdf:li xml:lang="x-default">{}</rdf:li></rdf:Alt></dc:description>',
        "Author": "<dc:creator><rdf:Seq><rdf:li>{}</rdf:li></rdf:Seq></dc:creator>",
        "Keywords": "<pdf:Keywords>{}</pdf:Keywords>",
        "Creator": "<xmp:CreatorTool>{}</xmp:CreatorTool>",
        "Producer": "<pdf:Producer>{}</pdf:Producer>",
    }
    lines += [template.format(said[name]) for name, template in templates.items() if said[name]]
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"'
        ' xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/">\n'
        + "\n".join(lines)
        + f"\n</rdf:Description>\n{more}</rdf:RDF></x:xmpmeta>\n{_PADDING}"
        + '<?xpacket end="w"?>'
    )


def claimed_part(pdf: Pdf) -> str:
    """The part the file claims (``1``, ``2``, ``3``), empty when it claims none: a claim, not a verdict."""
    metadata = pdf.Root.get("/Metadata")
    if not isinstance(metadata, Stream):
        return ""
    match = re.search(rb"pdfaid:part\s*(?:=\s*[\"']|>\s*)(\d)", metadata.read_bytes()[: 1 << 20])
    return match.group(1).decode() if match else ""
