"""PDF/A: the piece in a form any reader of the far future can show, judged before it is believed."""

from __future__ import annotations

from io import BytesIO
from typing import ClassVar, Literal

import pikepdf
from pydantic import BaseModel, ConfigDict, Field

from pli.kit.errors import Phrase, listed
from pli.pdf.api import (
    ArchiveInfo,
    UnableToConform,
    make_archival,
    prepare_archival,
    write_metadata,
)
from pli.processing.plugs import Done, Gives, LookNeeded, NotArchival, Outcome, Refused, Skipped, Stage, Work

PartName = Literal["1b", "2b", "3b"]
_NEXT: dict[str, PartName] = {"1b": "2b", "2b": "3b"}


def prepare_sandbox() -> None:
    """Load fonts and profiles: a job may read no file."""
    prepare_archival()


class PdfaOptions(BaseModel):
    """Which part of the norm, and what becomes of a piece that can't conform."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: PartName = Field(
        default="1b",
        title="Partie de la norme",
        description="1b : la plus ancienne, lue partout. 2b : admet la transparence. 3b : admet des pièces jointes.",
        json_schema_extra={"control": "choice"},
    )
    kinds_2b: tuple[str, ...] = Field(
        default=(),
        title="Natures en PDF/A-2b",
        description="Ces natures vont en PDF/A-2b, quelle que soit la partie choisie plus haut.",
        json_schema_extra={"control": "kind"},
    )
    kinds_3b: tuple[str, ...] = Field(
        default=(),
        title="Natures en PDF/A-3b",
        description="Ces natures vont en PDF/A-3b, par exemple les factures électroniques.",
        json_schema_extra={"control": "kind"},
    )
    otherwise: Literal["next", "keep", "park"] = Field(
        default="next",
        title="Si le document ne peut pas s’y conformer",
        description=(
            "next : essayer la partie suivante, puis garder le document tel qu’il est venu. "
            "keep : le garder tel qu’il est venu. park : le mettre de côté dans « À traiter »."
        ),
        json_schema_extra={"control": "choice"},
    )


class PdfaStep:
    """Makes the piece a PDF/A and believes it only once judged; a piece that can't conform is as it came."""

    slug: ClassVar[str] = "pdfa"
    version: ClassVar[int] = 1
    stage: ClassVar[Stage] = Stage.MAKE
    name_fr: ClassVar[str] = "Format d’archivage PDF/A"
    name_en: ClassVar[str] = "PDF/A archiving format"
    needs: ClassVar[frozenset[Gives]] = frozenset()
    gives: ClassVar[frozenset[Gives]] = frozenset({Gives.PDFA})
    rewrites: ClassVar[bool] = True
    Options: ClassVar[type[BaseModel]] = PdfaOptions

    @staticmethod
    def only_part(options: PdfaOptions) -> PartName | None:
        """The part every piece gets whatever its kind; None when it depends on the kind."""
        return None if options.kinds_2b or options.kinds_3b else options.part

    def run(self, work: Work, options: PdfaOptions) -> Outcome:
        """``work.pdf`` is made conform in place; the bytes written in the end are judged, and the piece begun again
        with the next part when they don't pass.

        :raises LookNeeded: what was done may show.
        :raises NotArchival: something in the piece stands in the way of this part.
        """
        part: PartName | None = _part_for(work.kind, options)
        problems: list[str] = []
        while part is not None and part in work.unfit:
            problems += [problem for problem in work.unfit[part] if problem not in problems]
            part = _NEXT.get(part) if options.otherwise == "next" else None
        if part is not None:
            look = _bytes_of(work.pdf) if work.keeps_look else b""
            changes = _convert(work, part)
            if changes and not work.keeps_look:
                raise LookNeeded
            work.archive_part, work.look = part, look if changes else b""
            told = Phrase("Mis au format PDF/A-%(part)s et vérifié.", part=part)
            return Done(notes=(told, *changes))
        reason = listed(problems)
        if options.otherwise == "park":
            return Refused(
                code=UnableToConform.code,
                reason=Phrase("Ce document ne peut pas être mis au format PDF/A : %(reason)s.", reason=reason),
                remedy="Choisissez une autre partie de la norme dans la recette, ou laissez le document tel qu’il est.",
            )
        return Skipped(Phrase("Gardé tel qu’il est venu, sans PDF/A : %(reason)s.", reason=reason))


def _part_for(kind: str, options: PdfaOptions) -> PartName:
    if kind in options.kinds_3b:
        return "3b"
    return "2b" if kind in options.kinds_2b else options.part


def _bytes_of(pdf: pikepdf.Pdf) -> bytes:
    written = BytesIO()
    pdf.save(
        written,
        compress_streams=False,
        stream_decode_level=pikepdf.StreamDecodeLevel.none,
        object_stream_mode=pikepdf.ObjectStreamMode.preserve,
        fix_metadata_version=False,
    )
    return written.getvalue()


def _convert(work: Work, part: PartName) -> list[str]:
    """What was done.

    :raises NotArchival: what stands in the way.
    """
    info = ArchiveInfo(made_at=work.context.now, title=work.title, language=work.context.language)
    if work.converted_part == part:
        write_metadata(work.pdf, part, info)
        return []
    try:
        return make_archival(work.pdf, part, info)
    except UnableToConform as refusal:
        raise NotArchival(part, refusal.reasons) from refusal
