"""Optical recognition of pages that have no text. The page itself is not touched: what is read stays beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from pli.pdf import api as pdf
from pli.processing.plugs import Gives, PageReading, Stage, Word


class OcrOptions(BaseModel):
    """What is recognised, and in which language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    language: Literal["fra", "eng", "fra+eng"] = Field(
        default="fra",
        title="Langue",
        description="Celle des documents. Deux langues à la fois prennent plus de temps.",
        json_schema_extra={"control": "choice"},
    )
    least_characters: int = Field(
        default=10,
        ge=0,
        le=1000,
        title="Texte minimal",
        description="Une page dont le texte compte moins de caractères est reconnue : un tampon n’est pas un texte.",
        json_schema_extra={"control": "number"},
    )
    always: bool = Field(
        default=False,
        title="Toutes les pages",
        description="Reconnaître aussi les pages qui ont déjà un texte, quand il n’est pas fiable.",
        json_schema_extra={"control": "flag"},
    )


def prepare_sandbox() -> None:
    """Load the recognisers while files can still be opened."""
    pdf.prepare_reading()


class OcrStep:
    """See the module."""

    slug: ClassVar[str] = "ocr"
    version: ClassVar[int] = 1
    stage: ClassVar[Stage] = Stage.READ
    name_fr: ClassVar[str] = "Reconnaître le texte"
    name_en: ClassVar[str] = "Recognise text"
    needs: ClassVar[frozenset[Gives]] = frozenset()
    gives: ClassVar[frozenset[Gives]] = frozenset({Gives.TEXT})
    Options: ClassVar[type[BaseModel]] = OcrOptions

    def read(self, page: PageReading, picture: Callable[[int], bytes], options: OcrOptions) -> PageReading:
        """The page with the words recognised on its picture; as it came when it has text, is blank or can't be read."""
        has_text = sum(not letter.isspace() for letter in page.text) >= max(1, options.least_characters)
        if page.is_blank or (has_text and not options.always):
            return page
        try:
            told = pdf.recognise_page(picture(pdf.OCR_DPI), options.language)
        except pdf.PdfError:
            return page
        if not told.words:
            return page
        words = tuple(Word(*word) for word in told.words)
        return replace(page, text=told.text, words=words, is_recognised=True)
