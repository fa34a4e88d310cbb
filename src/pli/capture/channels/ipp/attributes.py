"""What the printer and its jobs say of themselves (RFC 8011 §5.3 and §5.4, PWG 5100.12, PWG 5100.14 §5).

Pure tables: which attribute, of which type, with which value. The lists come from the acceptance files of ``ipptool``
and from what CUPS, Windows, macOS, iOS and Android were seen to ask for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from uuid import UUID

from pli.capture.channels.ipp.codec import Attribute, Tag, make

FORMATS = ("application/pdf", "image/pwg-raster", "image/urf", "image/jpeg", "application/octet-stream")
COMPRESSIONS = ("none", "gzip", "deflate")
VERSIONS = ("1.1", "2.0")
MODEL = "Pli"
TIME_OUT_SECONDS = 120
"""How long a job may stay without its document."""


class Operation(IntEnum):
    """What a client may ask for (RFC 8011 §5.4.15, PWG 5100.11, PWG 5100.13)."""

    PRINT_JOB = 0x02
    VALIDATE_JOB = 0x04
    CREATE_JOB = 0x05
    SEND_DOCUMENT = 0x06
    CANCEL_JOB = 0x08
    GET_JOB_ATTRIBUTES = 0x09
    GET_JOBS = 0x0A
    GET_PRINTER_ATTRIBUTES = 0x0B
    CANCEL_MY_JOBS = 0x39
    CLOSE_JOB = 0x3B
    IDENTIFY_PRINTER = 0x3C


class IppJobState(IntEnum):
    """RFC 8011 §5.3.7."""

    PENDING = 3
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


@dataclass(frozen=True)
class PrinterFacts:
    """A queue as its clients see it. ``uri`` is the whole address, secret included."""

    uri: str
    uuid: UUID
    name: str
    organisation: str
    is_accepting: bool
    jobs_waiting: int
    page_url: str
    icon_url: str
    made_at: datetime
    changed_at: datetime

    def seconds(self, instant: datetime) -> int:
        """``printer-up-time`` at an instant: counted from the queue's making, so that every process agrees."""
        return max(1, int((instant - self.made_at).total_seconds()) + 1)


@dataclass(frozen=True)
class JobFacts:
    """A job as its client sees it."""

    number: int
    uuid: UUID
    name: str
    user: str
    state: IppJobState
    reason: str
    size: int
    created_at: datetime
    ended_at: datetime | None


# Name, width and height in hundredths of millimetres (PWG 5101.1).
_MEDIA = (
    ("iso_a4_210x297mm", 21000, 29700),
    ("iso_a3_297x420mm", 29700, 42000),
    ("iso_a5_148x210mm", 14800, 21000),
    ("iso_a6_105x148mm", 10500, 14800),
    ("iso_b5_176x250mm", 17600, 25000),
    ("na_letter_8.5x11in", 21590, 27940),
    ("na_legal_8.5x14in", 21590, 35560),
    ("iso_dl_110x220mm", 11000, 22000),
    ("iso_c5_162x229mm", 16200, 22900),
)
_MARGINS = (0, 300)
_SIDES = ("one-sided", "two-sided-long-edge", "two-sided-short-edge")
_OPTIMIZE = ("auto", "graphic", "photo", "text", "text-and-graphic")
_INTENTS = ("auto", "absolute", "perceptual", "relative", "relative-bpc", "saturation")
_COLOURS = ("auto", "color", "monochrome")
_300_DPI = (300, 300, 3)
_YES, _NO = True, False
_EDGES = ("bottom", "left", "right", "top")

JOB_TEMPLATE = (
    "copies", "finishings", "media", "media-col", "multiple-document-handling", "orientation-requested", "output-bin",
    "overrides", "page-ranges", "print-color-mode", "print-content-optimize", "print-quality",
    "print-rendering-intent", "print-scaling", "printer-resolution", "sides",
)  # fmt: skip
CREATION = (*JOB_TEMPLATE, "ipp-attribute-fidelity", "job-name")
"""What a client may say when it makes a job; the look of paper is accepted and changes nothing: there is no paper."""


def _size(width: int, height: int) -> dict[str, Attribute]:
    return _members(make("x-dimension", Tag.INTEGER, width), make("y-dimension", Tag.INTEGER, height))


def _members(*attributes: Attribute) -> dict[str, Attribute]:
    return {attribute.name: attribute for attribute in attributes}


def _media_col(width: int, height: int, margin: int) -> dict[str, Attribute]:
    return _members(
        make("media-size", Tag.BEGIN_COLLECTION, _size(width, height)),
        *(make(f"media-{side}-margin", Tag.INTEGER, margin) for side in _EDGES),
        make("media-source", Tag.KEYWORD, "auto"),
        make("media-type", Tag.KEYWORD, "stationery"),
    )


def job_template() -> list[Attribute]:
    """The defaults and the supported values of what a job may ask (the ``job-template`` group)."""
    names = tuple(name for name, _, _ in _MEDIA)
    sizes = [_size(width, height) for _, width, height in _MEDIA]
    a4 = _media_col(21000, 29700, 300)
    return [
        make("copies-default", Tag.INTEGER, 1),
        # iOS falls back to URF when several copies are not offered.
        make("copies-supported", Tag.RANGE, (1, 999)),
        make("finishings-default", Tag.ENUM, 3),
        make("finishings-supported", Tag.ENUM, 3),
        make("media-default", Tag.KEYWORD, names[0]),
        make("media-supported", Tag.KEYWORD, *names),
        make("media-ready", Tag.KEYWORD, *names[:1]),
        make("media-col-default", Tag.BEGIN_COLLECTION, a4),
        make("media-col-ready", Tag.BEGIN_COLLECTION, a4, _media_col(21000, 29700, 0)),
        make(
            "media-col-supported", Tag.KEYWORD,
            "media-bottom-margin", "media-left-margin", "media-right-margin", "media-size", "media-source",
            "media-top-margin", "media-type",
        ),
        make("media-size-supported", Tag.BEGIN_COLLECTION, *sizes),
        # With 0 alone CUPS shrinks A4 to 85.5 % on Letter.
        *(make(f"media-{side}-margin-supported", Tag.INTEGER, *_MARGINS) for side in _EDGES),
        make("media-source-supported", Tag.KEYWORD, "auto"),
        make("media-type-supported", Tag.KEYWORD, "stationery"),
        make("multiple-document-handling-default", Tag.KEYWORD, "separate-documents-collated-copies"),
        make("multiple-document-handling-supported", Tag.KEYWORD, "separate-documents-collated-copies"),
        make("orientation-requested-default", Tag.ENUM, 3),
        make("orientation-requested-supported", Tag.ENUM, 3, 4, 5, 6),
        make("output-bin-default", Tag.KEYWORD, "face-down"),
        make("output-bin-supported", Tag.KEYWORD, "face-down"),
        make("overrides-supported", Tag.KEYWORD, "document-number", "pages"),
        make("page-ranges-supported", Tag.BOOLEAN, _YES),
        make("print-color-mode-default", Tag.KEYWORD, "auto"),
        make("print-color-mode-supported", Tag.KEYWORD, *_COLOURS),
        make("print-content-optimize-default", Tag.KEYWORD, "auto"),
        make("print-content-optimize-supported", Tag.KEYWORD, *_OPTIMIZE),
        make("print-quality-default", Tag.ENUM, 4),
        make("print-quality-supported", Tag.ENUM, 3, 4, 5),
        make("print-rendering-intent-default", Tag.KEYWORD, "auto"),
        make("print-rendering-intent-supported", Tag.KEYWORD, *_INTENTS),
        make("print-scaling-default", Tag.KEYWORD, "auto"),
        make("print-scaling-supported", Tag.KEYWORD, "auto", "auto-fit", "fill", "fit", "none"),
        make("printer-resolution-default", Tag.RESOLUTION, _300_DPI),
        make("printer-resolution-supported", Tag.RESOLUTION, _300_DPI),
        make("sides-default", Tag.KEYWORD, "one-sided"),
        make("sides-supported", Tag.KEYWORD, *_SIDES),
    ]  # fmt: skip


def media_database() -> Attribute:
    """Every paper with both margins; so long that only who names it gets it."""
    return make(
        "media-col-database", Tag.BEGIN_COLLECTION,
        *(_media_col(width, height, margin) for _, width, height in _MEDIA for margin in _MARGINS),
    )  # fmt: skip


_COMMON: tuple[Attribute, ...] = (
    make("charset-configured", Tag.CHARSET, "utf-8"),
    make("charset-supported", Tag.CHARSET, "utf-8"),
    make("color-supported", Tag.BOOLEAN, _YES),
    make("compression-supported", Tag.KEYWORD, *COMPRESSIONS),
    make("document-format-default", Tag.MIME, "application/octet-stream"),
    # Windows 11 sends PDF to whoever prefers it.
    make("document-format-preferred", Tag.MIME, "application/pdf"),
    make("document-format-supported", Tag.MIME, *FORMATS),
    make("generated-natural-language-supported", Tag.LANGUAGE, "en"),
    make("identify-actions-default", Tag.KEYWORD, "display"),
    make("identify-actions-supported", Tag.KEYWORD, "display"),
    make("ipp-features-supported", Tag.KEYWORD, "ipp-everywhere"),
    make("ipp-versions-supported", Tag.KEYWORD, *VERSIONS),
    make("job-creation-attributes-supported", Tag.KEYWORD, *CREATION),
    make("job-ids-supported", Tag.BOOLEAN, _YES),
    make("jpeg-k-octets-supported", Tag.RANGE, (0, 65536)),
    make("mopria-certified", Tag.TEXT, "1.3"),
    make("multiple-document-jobs-supported", Tag.BOOLEAN, _NO),
    make("multiple-operation-time-out", Tag.INTEGER, TIME_OUT_SECONDS),
    make("multiple-operation-time-out-action", Tag.KEYWORD, "abort-job"),
    make("natural-language-configured", Tag.LANGUAGE, "en"),
    make("operations-supported", Tag.ENUM, *(int(operation) for operation in Operation)),
    make("pages-per-minute", Tag.INTEGER, 120),
    make("pages-per-minute-color", Tag.INTEGER, 120),
    make("pdl-override-supported", Tag.KEYWORD, "attempted"),
    make("preferred-attributes-supported", Tag.BOOLEAN, _NO),
    make(
        "printer-device-id", Tag.TEXT, f"MFG:Pli;MDL:{MODEL};CMD:PDF,PWGRaster,AppleRaster,JPEG,URF;CLS:PRINTER;"
    ),
    make("printer-geo-location", Tag.UNKNOWN),
    make("printer-get-attributes-supported", Tag.KEYWORD, "document-format"),
    make("printer-kind", Tag.KEYWORD, "document", "envelope"),
    make("printer-location", Tag.TEXT, ""),
    make("printer-make-and-model", Tag.TEXT, MODEL),
    make("printer-organizational-unit", Tag.TEXT, ""),
    make(
        "printer-supply", Tag.OCTETS,
        b"type=toner;maxcapacity=100;level=100;class=supplyThatIsConsumed;unit=percent;colorantname=black;",
    ),
    make("printer-supply-description", Tag.TEXT, "None needed"),
    make("pwg-raster-document-resolution-supported", Tag.RESOLUTION, _300_DPI),
    make("pwg-raster-document-sheet-back", Tag.KEYWORD, "normal"),
    make("pwg-raster-document-type-supported", Tag.KEYWORD, "black_1", "sgray_8", "srgb_8"),
    make("uri-authentication-supported", Tag.KEYWORD, "none"),
    make("urf-supported", Tag.KEYWORD, "CP1", "IS1", "MT1", "OB9", "PQ3-4-5", "RS300", "SRGB24", "V1.4", "W8", "DM1"),
    make("which-jobs-supported", Tag.KEYWORD, "completed", "not-completed"),
)  # fmt: skip


def printer_description(printer: PrinterFacts, now: datetime) -> list[Attribute]:
    """The printer itself, without what a job may ask (the ``printer-description`` group)."""
    changed = printer.seconds(printer.changed_at)
    name = printer.name[:127]
    return [
        *_COMMON,
        make("printer-config-change-date-time", Tag.DATE_TIME, printer.changed_at),
        make("printer-config-change-time", Tag.INTEGER, changed),
        make("printer-current-time", Tag.DATE_TIME, now),
        make("printer-dns-sd-name", Tag.NAME, name[:63]),
        make("printer-icons", Tag.URI, printer.icon_url),
        make("printer-info", Tag.TEXT, name),
        make("printer-is-accepting-jobs", Tag.BOOLEAN, printer.is_accepting),
        make("printer-more-info", Tag.URI, printer.page_url),
        make("printer-name", Tag.NAME, name),
        make("printer-organization", Tag.TEXT, printer.organisation[:127]),
        make("printer-state", Tag.ENUM, 3 if printer.is_accepting else 5),
        make("printer-state-change-date-time", Tag.DATE_TIME, printer.changed_at),
        make("printer-state-change-time", Tag.INTEGER, changed),
        make("printer-state-reasons", Tag.KEYWORD, "none" if printer.is_accepting else "paused"),
        make("printer-supply-info-uri", Tag.URI, printer.page_url),
        make("printer-up-time", Tag.INTEGER, printer.seconds(now)),
        make("printer-uri-supported", Tag.URI, printer.uri),
        make("printer-uuid", Tag.URI, f"urn:uuid:{printer.uuid}"),
        make("queued-job-count", Tag.INTEGER, printer.jobs_waiting),
        make("uri-security-supported", Tag.KEYWORD, "tls" if printer.uri.startswith("ipps:") else "none"),
    ]


def job_description(printer: PrinterFacts, job: JobFacts, now: datetime) -> list[Attribute]:
    """A job (RFC 8011 §5.3)."""
    created = printer.seconds(job.created_at)
    ended = (
        make("time-at-completed", Tag.INTEGER, printer.seconds(job.ended_at))
        if job.ended_at
        else make("time-at-completed", Tag.NO_VALUE)
    )
    processed = make("time-at-processing", Tag.INTEGER, created) if job.ended_at else make(
        "time-at-processing", Tag.NO_VALUE
    )  # fmt: skip
    return [
        make("attributes-charset", Tag.CHARSET, "utf-8"),
        make("attributes-natural-language", Tag.LANGUAGE, "en"),
        make("date-time-at-creation", Tag.DATE_TIME, job.created_at),
        make("job-id", Tag.INTEGER, job.number),
        make("job-k-octets", Tag.INTEGER, min(-(-job.size // 1024), 2**31 - 1)),
        make("job-more-info", Tag.URI, printer.page_url),
        make("job-name", Tag.NAME, job.name),
        make("job-originating-user-name", Tag.NAME, job.user),
        make("job-printer-up-time", Tag.INTEGER, printer.seconds(now)),
        make("job-printer-uri", Tag.URI, printer.uri),
        make("job-state", Tag.ENUM, int(job.state)),
        make("job-state-reasons", Tag.KEYWORD, job.reason),
        make("job-uri", Tag.URI, f"{printer.uri}/{job.number}"),
        make("job-uuid", Tag.URI, f"urn:uuid:{job.uuid}"),
        make("time-at-creation", Tag.INTEGER, created),
        processed,
        ended,
    ]


JOB_ANSWER = frozenset({"job-id", "job-uri", "job-uuid", "job-state", "job-state-reasons"})
"""What the answer to a new job holds."""
JOB_LISTED = frozenset({"job-id", "job-uri"})
"""What Get-Jobs tells of each job unless asked for more (RFC 8011 §4.2.6.2)."""


def printer_attributes(printer: PrinterFacts, now: datetime, requested: Iterable[str]) -> list[Attribute]:
    """What was asked for by name or by group; everything but ``media-col-database`` when nothing was."""
    wanted = set(requested) or {"all"}
    description, template = printer_description(printer, now), job_template()
    chosen: dict[str, Attribute] = {}
    for group, attributes in (("printer-description", description), ("job-template", template)):
        for attribute in attributes:
            if {"all", group, attribute.name} & wanted:
                chosen[attribute.name] = attribute
    if "media-col-database" in wanted:
        chosen["media-col-database"] = media_database()
    return list(chosen.values())


def choose_job_attributes(described: list[Attribute], requested: Iterable[str]) -> list[Attribute]:
    """The job's attributes asked for by name or by group; all of them when nothing was."""
    wanted = set(requested)
    if not wanted or {"all", "job-description"} & wanted:
        return described
    return [attribute for attribute in described if attribute.name in wanted]


def values_of(attributes: Mapping[str, Attribute], name: str) -> tuple[str, ...]:
    """The textual values of an attribute, none when it is not there."""
    found = attributes.get(name)
    return tuple(str(value) for value in found.values) if found else ()
