"""Cutting a file into its documents: by what its pages say, by their number, by separator sheets, by bookmarks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pli.processing.indexing.patterns import PatternRefused, compile_pattern, find
from pli.processing.plugs import Box, Gives, PageMark, PageReading, Piece, Refused, Split, Stage, Word
from pli.processing.words import words_inside

MOST_KEY = 120
_START = "\x01"
"""Said by a page that starts a document without saying which."""


class SplitOptions(BaseModel):
    """How to cut."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: Literal["changing-text", "text", "pages", "blank", "barcode", "bookmark"] = Field(
        default="changing-text",
        title="Découper selon",
        description="Ce qui sépare un document du suivant.",
        json_schema_extra={"control": "choice"},
    )
    box: Box | None = Field(
        default=None,
        title="Zone de lecture",
        description="Où lire le texte sur la page ; toute la page si rien n’est dessiné.",
        json_schema_extra={"control": "box"},
    )
    pattern: str = Field(
        default="",
        max_length=200,
        title="Motif à reconnaître",
        description="Ce que le texte ou le code doit être ; ce qui est entre parenthèses est retenu.",
        json_schema_extra={"control": "pattern"},
    )
    every: int = Field(
        default=1,
        ge=1,
        le=500,
        title="Nombre de pages",
        description="Pour un découpage toutes les n pages.",
        json_schema_extra={"control": "number"},
    )
    keeps_separators: bool = Field(
        default=False,
        title="Garder les séparateurs",
        description="Les pages blanches ou les feuilles à code restent dans les documents.",
        json_schema_extra={"control": "flag"},
    )
    joins_previous: bool = Field(
        default=False,
        title="Rattacher les pages sans texte reconnu",
        description="Une page où rien n’est lu suit le document d’avant ; sinon elle est mise de côté, jamais perdue.",
        json_schema_extra={"control": "flag"},
    )

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            if value:
                compile_pattern(value)
        except PatternRefused as refused:
            raise ValueError(str(refused)) from None
        return value

    @field_validator("box")
    @classmethod
    def _is_a_box(cls, value: Box | None) -> Box | None:
        if value and not (0 <= value[0] < value[2] <= 1 and 0 <= value[1] < value[3] <= 1):
            raise ValueError("Cette zone sort de la page.")
        return value

    @model_validator(mode="after")
    def _says_enough(self) -> SplitOptions:
        if self.by == "changing-text" and self.box is None and not self.pattern:
            raise ValueError("Dessinez la zone à lire, ou donnez un motif.")
        if self.by == "text" and not self.pattern:
            raise ValueError("Donnez le texte qui commence un document.")
        return self


class SplitStep:
    """See the module."""

    slug: ClassVar[str] = "split"
    version: ClassVar[int] = 1
    stage: ClassVar[Stage] = Stage.SPLIT
    name_fr: ClassVar[str] = "Découper"
    name_en: ClassVar[str] = "Split"
    needs: ClassVar[frozenset[Gives]] = frozenset({Gives.TEXT})
    gives: ClassVar[frozenset[Gives]] = frozenset({Gives.PIECES})
    Options: ClassVar[type[BaseModel]] = SplitOptions

    def look(self, page: PageReading, options: SplitOptions) -> PageMark:
        """What the page says to this way of cutting."""
        said = ""
        if options.by in ("changing-text", "text"):
            said = _find(options.pattern, _text_of(page, options.box), marks_start=options.by == "text")
        elif options.by == "barcode":
            said = next(filter(None, (_code(options.pattern, code.text) for code in page.barcodes)), "")
        return PageMark(page.number, said[:MOST_KEY], page.is_blank)

    def split(self, marks: Sequence[PageMark], bookmarks: Mapping[int, str], options: SplitOptions) -> Split | Refused:
        """Every page in one piece, or among the separators dropped."""
        match options.by:
            case "changing-text":
                return _by_change(marks, joins_previous=options.joins_previous)
            case "text":
                return _by_start(marks, {mark.number: mark.said.strip(_START) for mark in marks if mark.said})
            case "bookmark":
                if not bookmarks:
                    return Refused(
                        "PRO-021",
                        "Ce fichier n’a pas de signets : il ne peut pas être découpé selon eux.",
                        "Choisissez un autre découpage dans la recette, puis relancez.",
                    )
                return _by_start(marks, {page: title[:MOST_KEY] for page, title in bookmarks.items()})
            case "pages":
                numbers = [mark.number for mark in marks]
                groups = (numbers[at : at + options.every] for at in range(0, len(numbers), options.every))
                return Split(tuple(Piece(tuple(group)) for group in groups))
            case "blank" if options.keeps_separators:
                return _behind_blanks(marks)
            case "blank":
                return _by_sheet(marks, {mark.number: "" for mark in marks if mark.is_blank}, names_next=False)
            case "barcode":
                sheets = {mark.number: mark.said for mark in marks if mark.said}
                return _by_sheet(marks, sheets, keeps=options.keeps_separators)


def _by_change(marks: Sequence[PageMark], *, joins_previous: bool) -> Split:
    """A new piece where the text differs from the page before; pages that say nothing follow, or stay alone."""
    pieces: list[Piece] = []
    for mark in marks:
        last = pieces[-1] if pieces else None
        if last and mark.said and mark.said == last.key:
            pieces[-1] = Piece((*last.pages, mark.number), last.key)
        elif last and not mark.said and (last.is_orphan or joins_previous):
            pieces[-1] = Piece((*last.pages, mark.number), last.key, last.is_orphan)
        else:
            pieces.append(Piece((mark.number,), mark.said, is_orphan=not mark.said))
    return Split(tuple(pieces))


def _by_start(marks: Sequence[PageMark], starts: Mapping[int, str]) -> Split:
    """A new piece at each page of ``starts``; what comes before the first belongs to nobody."""
    pieces: list[Piece] = []
    for mark in marks:
        if mark.number in starts:
            pieces.append(Piece((mark.number,), starts[mark.number]))
        elif pieces:
            pieces[-1] = Piece((*pieces[-1].pages, mark.number), pieces[-1].key, pieces[-1].is_orphan)
        else:
            pieces.append(Piece((mark.number,), is_orphan=True))
    return Split(tuple(pieces))


def _behind_blanks(marks: Sequence[PageMark]) -> Split:
    """A new piece behind blank pages, which stay: at the end of the piece before, the first ones with what follows."""
    groups: list[list[int]] = []
    shows = was_blank = False
    for mark in marks:
        if not groups or (shows and was_blank and not mark.is_blank):
            groups.append([])
            shows = False
        groups[-1].append(mark.number)
        shows, was_blank = shows or not mark.is_blank, mark.is_blank
    if not shows:
        # Nothing but blank pages: there is no document for them to stay in.
        return Split((), tuple(mark.number for mark in marks))
    return Split(tuple(Piece(tuple(group)) for group in groups))


def _by_sheet(
    marks: Sequence[PageMark], sheets: Mapping[int, str], *, keeps: bool = False, names_next: bool = True
) -> Split:
    """Pieces between separator sheets, which are dropped, or kept at the start of their own. A sheet's text is the key
    of the piece after it."""
    pieces: list[Piece] = []
    dropped: list[int] = []
    pages: list[int] = []
    key = ""

    def close() -> None:
        if pages:
            # With sheets that name what follows them, pages before the first sheet are nobody's.
            pieces.append(Piece(tuple(pages), key, is_orphan=names_next and not opened))
            pages.clear()

    opened = False
    for mark in marks:
        if mark.number not in sheets:
            pages.append(mark.number)
            continue
        close()
        opened, key = True, sheets[mark.number]
        (pages if keeps else dropped).append(mark.number)
    close()
    return Split(tuple(pieces), tuple(dropped))


def _text_of(page: PageReading, box: Box | None) -> str:
    if box is None:
        return page.text
    return " ".join(word.text for word in _in_reading_order(words_inside(page.words, box)))


def _in_reading_order(words: Iterable[Word]) -> list[Word]:
    """Lines from top to bottom, words from left to right; a line is words whose middles are within half a height."""
    lines: list[tuple[float, list[Word]]] = []
    for word in sorted(words, key=lambda word: (word.box[1] + word.box[3]) / 2):
        middle, half = (word.box[1] + word.box[3]) / 2, (word.box[3] - word.box[1]) / 2
        if lines and middle - lines[-1][0] <= half:
            lines[-1][1].append(word)
        else:
            lines.append((middle, [word]))
    return [word for _, line in lines for word in sorted(line, key=lambda word: word.box[0])]


def _find(pattern: str, text: str, *, marks_start: bool) -> str:
    line = " ".join(text.split())
    if not pattern:
        return line
    found = find(pattern, line)
    if found is None:
        return ""
    if marks_start:
        return _START + (found.text if compile_pattern(pattern).groups else "")
    return found.text


def _code(pattern: str, text: str) -> str:
    return _find(pattern, text, marks_start=False)
