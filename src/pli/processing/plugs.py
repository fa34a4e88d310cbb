"""What a step is. Steps know neither Django nor a database, neither settings nor a network: they run in the sandbox.

A run goes through three stages, each in a locked child process:

1. *read*: every page of the file becomes a :class:`PageReading`; an ``ocr`` step reads pages that have no text;
2. *split*: a ``split`` step cuts the pages into pieces; without one the file is one piece;
3. *make*: each piece alone goes through the other steps in the recipe's order, on one open PDF in memory, and is saved
   once. The ``seal`` step only says how to seal: the key never enters the sandbox, the runner signs afterwards.

The unit that is remembered, retried, parked and replayed is the piece.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Generic, Literal, NamedTuple, Protocol, TypeVar

import pikepdf
from pydantic import BaseModel, ConfigDict

from pli.kit.registry import Registry

Box = tuple[float, float, float, float]
"""Left, top, right, bottom as shares (0 to 1) of the page as it is seen, its rotation applied."""


class Stage(StrEnum):
    """When a step works."""

    READ = "read"
    SPLIT = "split"
    MAKE = "make"


class Gives(StrEnum):
    """What a step may need of those before it, or give to those after it."""

    TEXT = "text"
    PIECES = "pieces"
    KIND = "kind"
    FACTS = "facts"
    PARTY = "party"
    PDFA = "pdfa"
    SEAL = "seal"


class Word(NamedTuple):
    """A word and where it stands; a tuple, for a page has hundreds of them."""

    text: str
    box: Box
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Barcode:
    """A code read from the page's picture; ``format`` as zxing names it (``QRCode``, ``Code128``, ``DataMatrix``…)."""

    format: str
    text: str
    box: Box


@dataclass(frozen=True)
class PageReading:
    """What was read of one page. ``number`` counts from 1 in the file received; sizes in points as seen."""

    number: int
    width: float
    height: float
    text: str
    words: tuple[Word, ...] = ()
    barcodes: tuple[Barcode, ...] = ()
    is_blank: bool = False
    is_recognised: bool = False
    """Its text comes from optical recognition."""


@dataclass(frozen=True)
class Fact:
    """A value read, in the canonical form of its field's type, and how sure one is of it (0 to 1)."""

    value: str
    confidence: float = 1.0
    source: str = ""
    """``zone``, ``anchor``, ``pattern``, ``barcode``, ``facturx``, ``typed``, ``file-name``…"""
    page: int | None = None
    box: Box | None = None


@dataclass(frozen=True)
class FieldSpec:
    """A fact the piece's kind asks for; ``type`` as in ``pli.documents.facts`` (text, date, amount, siren, iban…)."""

    name: str
    label: str
    type: str = "text"
    is_required: bool = False


@dataclass(frozen=True)
class KindSpec:
    """A document kind as steps see it."""

    slug: str
    name: str
    fields: tuple[FieldSpec, ...] = ()


class FieldRule(BaseModel):
    """How one fact is read on a page: in a zone, after an anchor, or by a pattern anywhere."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    how: str = "zone"
    """``zone``: the text inside ``box``; ``anchor``: the words near ``anchor`` on the side ``side``; ``pattern``: the
    first match of ``pattern`` anywhere on the page; ``barcode``: the code whose text matches ``pattern``; ``block``:
    all the lines of ``box``."""
    page: int = 1
    """1 the first, -1 the last, 0 any."""
    box: Box | None = None
    anchor: str = ""
    side: str = "right"
    pattern: str = ""
    """A regular expression; its first group if it has one. Run under a time limit."""


class LayoutSpec(BaseModel):
    """A layout: how documents of one look are recognised and read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    kind: str
    party_id: str | None = None
    keywords: tuple[str, ...] = ()
    """All must be on the piece's first page (accents, case and spaces aside)."""
    rules: tuple[FieldRule, ...] = ()


@dataclass(frozen=True)
class PartySpec:
    """A client, supplier or employee as steps recognise one; identifiers without spaces, in capitals."""

    id: str
    code: str
    name: str
    kind: str
    siren: str = ""
    vat: str = ""
    ibans: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    street: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    """Of its main address (ISO 3166-1, two letters); told only to steps that ask (``needs_addresses``)."""


@dataclass(frozen=True)
class Context:
    """What a run knows besides the file: plain data, the same for every piece."""

    organisation_name: str
    language: str
    now: datetime
    deadline: float
    """Of ``time.monotonic()`` in this process; past it a step gives up with a temporary refusal."""
    channel: str = ""
    queue: str = ""
    file_name: str = ""
    kinds: Mapping[str, KindSpec] = field(default_factory=dict)
    layouts: tuple[LayoutSpec, ...] = ()
    parties: tuple[PartySpec, ...] = ()
    resources: Mapping[str, bytes] = field(default_factory=dict)
    """Files the options name (letterheads, general terms, stamps) by their SHA-256."""
    organisation_facts: Mapping[str, str] = field(default_factory=dict)
    """siren, vat, iban, address… of the organisation itself: never taken for a client's or a supplier's."""


@dataclass
class Work:
    """One piece on its way. Steps change ``pdf`` in place and return what they learnt; they keep no state."""

    pages: tuple[PageReading, ...]
    pdf: pikepdf.Pdf
    """The piece's own document: only its pages. Opened once, saved once by the runner."""
    context: Context
    kind: str
    layout: str = ""
    party_id: str | None = None
    title: str = ""
    facts: dict[str, Fact] = field(default_factory=dict)
    typed: Mapping[str, str] = field(default_factory=dict)
    """What a person typed in « À indexer »: it wins over everything read."""
    attachments: list[tuple[str, bytes]] = field(default_factory=list)
    """Files sent beside the piece: (file name, PDF bytes)."""
    archive_part: Literal["", "1b", "2b", "3b"] = ""
    """The part of PDF/A the file must be when it is written at last, seal included; it is judged then."""
    converted_part: str = ""
    """The part of PDF/A the pages already are, made and judged with those of other pieces: metadata is missing."""
    keeps_look: bool = False
    """Whether the step that makes it archival keeps how it looked, to be compared with what was made of it."""
    look: bytes = b""
    """The document before it was made archival, when ``keeps_look``."""
    unfit: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Parts of PDF/A this piece was tried as before, and why it is none (French sentences)."""


class LookNeeded(Exception):
    """The conversion did something that may show: the piece is begun again with ``keeps_look``."""


class NotArchival(Exception):
    """The piece can't be a PDF/A of ``part``; what was opened is spoilt, and it is begun again knowing why."""

    def __init__(self, part: str, reasons: Sequence[str]) -> None:
        super().__init__(part)
        self.part, self.reasons = part, tuple(reasons)


@dataclass(frozen=True)
class Done:
    """The step did its work. What is not None replaces what the work held; facts are added to it."""

    facts: Mapping[str, Fact] = field(default_factory=dict)
    kind: str | None = None
    layout: str | None = None
    party_id: str | None = None
    title: str | None = None
    notes: tuple[str, ...] = ()
    """French sentences (msgids) shown in the piece's history."""


@dataclass(frozen=True)
class Skipped:
    """The step had nothing to do, and why (a French sentence)."""

    reason: str


@dataclass(frozen=True)
class Piece:
    """Pages that belong together; ``key`` is what they have in common (the invoice number), ``""`` when nothing."""

    pages: tuple[int, ...]
    key: str = ""
    is_orphan: bool = False
    """Pages that belong to nobody: kept, shown, parked."""


@dataclass(frozen=True)
class Split:
    """How the file is cut. Every page is in a piece, or in ``dropped`` (separators); the runner checks it."""

    pieces: tuple[Piece, ...]
    dropped: tuple[int, ...] = ()


@dataclass(frozen=True)
class Refused:
    """The piece can't go on: parked with this reason and remedy (French sentences)."""

    code: str
    reason: str
    remedy: str
    is_temporary: bool = False
    details: Mapping[str, str] = field(default_factory=dict)
    needs_person: bool = False
    """A person can say what is missing: the piece goes to « À indexer » instead of « À traiter »."""


Outcome = Done | Skipped | Refused
Chosen = TypeVar("Chosen", bound=BaseModel, contravariant=True)


class Step(Protocol, Generic[Chosen]):
    """A step of the stage MAKE (steps of READ and SPLIT have their own protocols below)."""

    slug: ClassVar[str]
    version: ClassVar[int]
    """Raised when the same options and input give another result: what was remembered is made anew."""
    stage: ClassVar[Stage]
    name_fr: ClassVar[str]
    name_en: ClassVar[str]
    needs: ClassVar[frozenset[Gives]]
    gives: ClassVar[frozenset[Gives]]
    Options: ClassVar[type[BaseModel]]
    """Frozen, extra forbidden. Each field's ``title`` and ``description`` are French msgids shown in the editor;
    ``json_schema_extra={"control": …}`` names its control: box, pattern, file, kind, layouts, number, choice, text,
    flag."""

    # Optional: ``rewrites: ClassVar[bool]``, whether it may change the piece's bytes; without it a step that only gives
    # knowledge (text, kind, facts, party) is taken not to, any other is.
    # ``needs_addresses: ClassVar[bool]``: whether it wants to know where the parties are.
    # ``asks_parties(options) -> bool``: whether, told these options, it wants to know the parties though it gives none.

    def run(self, work: Work, options: Chosen) -> Outcome:
        """Do it. Raises nothing on bad input: returns :class:`Refused`."""
        ...


@dataclass(frozen=True)
class PageMark:
    """What one page says to the splitter: enough to cut ten thousand pages without holding their words."""

    number: int
    said: str = ""
    is_blank: bool = False


class Splitter(Protocol, Generic[Chosen]):
    """A step of the stage SPLIT: from the readings of all pages to pieces."""

    slug: ClassVar[str]
    version: ClassVar[int]
    stage: ClassVar[Stage]
    name_fr: ClassVar[str]
    name_en: ClassVar[str]
    needs: ClassVar[frozenset[Gives]]
    gives: ClassVar[frozenset[Gives]]
    Options: ClassVar[type[BaseModel]]

    def look(self, page: PageReading, options: Chosen) -> PageMark:
        """What this page says, looked at alone while it is read."""
        ...

    def split(self, marks: Sequence[PageMark], bookmarks: Mapping[int, str], options: Chosen) -> Split | Refused:
        """``marks``: of every page, in order; ``bookmarks``: the titles of the outline's entries by the page they
        lead to."""
        ...


class Reader(Protocol, Generic[Chosen]):
    """A step of the stage READ: completes the reading of one page that has no text of its own."""

    slug: ClassVar[str]
    version: ClassVar[int]
    stage: ClassVar[Stage]
    name_fr: ClassVar[str]
    name_en: ClassVar[str]
    needs: ClassVar[frozenset[Gives]]
    gives: ClassVar[frozenset[Gives]]
    Options: ClassVar[type[BaseModel]]

    def read(self, page: PageReading, picture: Callable[[int], bytes], options: Chosen) -> PageReading:
        """``picture(dpi)`` draws the page as a grey picture (PNG or PGM)."""
        ...


STEPS: Registry[Any] = Registry("pli.steps")
"""Every step installed, by its slug."""
