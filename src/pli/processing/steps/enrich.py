"""Enriching a piece: letterhead, back page, attachment, text and picture stamps. Opaque, so PDF/A-1b stays possible."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

import pikepdf
from pydantic import BaseModel

from pli.kit.errors import Phrase
from pli.pdf.api import (
    BadImage,
    Overlay,
    TextLook,
    insert_pages,
    is_signed,
    merge_over,
    merge_under,
    prepare_archival,
    stamp_image,
    stamp_text,
)
from pli.processing.errors import ResourceUnusable
from pli.processing.plugs import Done, Gives, Outcome, Refused, Skipped, Stage, Work
from pli.processing.steps.enrich_options import EnrichOptions, colour_of
from pli.processing.steps.fields import empty_fields, fill_fields, names_party
from pli.processing.steps.resources import BadResource, open_resource, resource_bytes

_MOST_PAGES = 20_000


def prepare_sandbox() -> None:
    """Load fonts and image readers: a job may read no file."""
    from PIL import Image

    Image.init()
    prepare_archival()


class EnrichStep:
    """Adds what a company's paper has: the recipe says what, for which kinds, on which pages."""

    slug: ClassVar[str] = "enrich"
    version: ClassVar[int] = 1
    stage: ClassVar[Stage] = Stage.MAKE
    name_fr: ClassVar[str] = "Habiller le document"
    name_en: ClassVar[str] = "Dress the document"
    needs: ClassVar[frozenset[Gives]] = frozenset()
    gives: ClassVar[frozenset[Gives]] = frozenset()
    rewrites: ClassVar[bool] = True
    Options: ClassVar[type[BaseModel]] = EnrichOptions

    def asks_parties(self, options: EnrichOptions) -> bool:
        """Only for a text that names the piece's client."""
        return names_party(options.text)

    def run(self, work: Work, options: EnrichOptions) -> Outcome:
        """In this order: letterhead, stamps (on the piece's own pages), back page, attachment."""
        if options.kinds and work.kind not in options.kinds:
            return Skipped("Cette nature de document n’est pas concernée.")
        if is_signed(work.pdf):
            return Skipped("Le document porte une signature : l’habiller la rendrait invalide.")
        notes: list[str] = []
        try:
            for add in _ADDITIONS:
                note = add(work, options)
                if note:
                    notes.append(note)
            notes += _empty_notes(work, options) if notes else []
        except BadResource as refusal:
            return Refused(
                code=ResourceUnusable.code,
                reason=Phrase(ResourceUnusable.message, name=Phrase(refusal.purpose)),
                remedy=ResourceUnusable.remedy,
            )
        return Done(notes=tuple(notes)) if notes else Skipped("La recette ne demande rien à ajouter.")


def _add_letterhead(work: Work, options: EnrichOptions) -> str:
    added = False
    merge = merge_over if options.letterhead_over else merge_under
    first = options.letterhead_first
    if first:
        paper = open_resource(work.context, first, Phrase("papier à en-tête"))
        if options.letterhead_next:
            head = Overlay(work.pdf, paper.pages[0], name=_name(first, "f"), fit=options.letterhead_fit)
            head.draw(work.pdf.pages[0], under=not options.letterhead_over)
        else:
            merge(work.pdf, paper, name=_name(first, "p"), fit=options.letterhead_fit)
        added = True
    if options.letterhead_next and len(work.pdf.pages) > 1:
        paper = open_resource(work.context, options.letterhead_next, Phrase("papier des pages suivantes"))
        merge(work.pdf, paper, name=_name(options.letterhead_next, "n"), fit=options.letterhead_fit, first=1)
        added = True
    return "Papier à en-tête posé." if added else ""


def _name(sha256: str, use: str) -> str:
    return f"Pli{use}{sha256[:10]}"


def _add_text(work: Work, options: EnrichOptions) -> str:
    if not options.text:
        return ""
    look = TextLook(
        position=(options.text_box[0], (options.text_box[1] + options.text_box[3]) / 2),
        anchor="left",
        size=options.text_size,
        angle=options.text_angle,
        colour=colour_of(options.text_colour),
        strength=options.text_strength / 100,
        is_bold=options.text_bold,
        is_under=options.text_under,
    )
    box = options.text_box
    if options.text_align == "center":
        look = _moved(look, (box[0] + box[2]) / 2, "center")
    elif options.text_align == "right":
        look = _moved(look, box[2], "right")
    total = len(work.pdf.pages)
    for index in _pages(total, options.text_pages):
        text = fill_fields(work, options.text, page=index + 1, pages=total)
        if text.strip():
            stamp_text(work.pdf, index, text, look)
    return "Texte ajouté."


def _empty_notes(work: Work, options: EnrichOptions) -> list[str]:
    return [
        Phrase("Le champ #%(name)s# du texte n’a pas de valeur ici : rien n’est écrit à sa place.", name=name)
        for name in empty_fields(work, options.text)
    ]


def _moved(look: TextLook, across: float, anchor: str) -> TextLook:
    return replace(look, position=(across, look.position[1]), anchor=anchor)


def _pages(total: int, which: str) -> list[int]:
    if which == "first":
        return [0]
    if which == "last":
        return [total - 1]
    return list(range(1 if which == "next" else 0, total))


def _add_image(work: Work, options: EnrichOptions) -> str:
    if not options.image:
        return ""
    data = resource_bytes(work.context, options.image, Phrase("image"))
    is_pdf = data.lstrip()[:5] == b"%PDF-"
    for index in _pages(len(work.pdf.pages), options.image_pages):
        page = work.pdf.pages[index]
        if is_pdf:
            source = open_resource(work.context, options.image, Phrase("image"))
            Overlay(work.pdf, source.pages[0], name=_name(options.image, "i")).into(
                page, options.image_box, under=options.image_under
            )
            continue
        try:
            stamp_image(
                work.pdf, index, data, options.image_box, angle=options.image_angle,
                strength=options.image_strength / 100, is_under=options.image_under,
            )  # fmt: skip
        except BadImage as error:
            raise BadResource("image") from error
    return "Image ajoutée."


def _add_verso(work: Work, options: EnrichOptions) -> str:
    if not options.verso:
        return ""
    source = open_resource(work.context, options.verso, Phrase("verso"))
    _check_length(work.pdf, source, times=len(work.pdf.pages) if options.verso_where == "each" else 1)
    insert_pages(work.pdf, source, "after-each" if options.verso_where == "each" else "end")
    return "Verso ajouté."


def _check_length(pdf: pikepdf.Pdf, source: pikepdf.Pdf, *, times: int) -> None:
    if len(pdf.pages) + len(source.pages) * times > _MOST_PAGES:
        raise BadResource("verso")


def _add_attachment(work: Work, options: EnrichOptions) -> str:
    if not options.attachment:
        return ""
    if options.attachment_how == "merged":
        source = open_resource(work.context, options.attachment, Phrase("annexe"))
        _check_length(work.pdf, source, times=1)
        insert_pages(work.pdf, source, "end")
        return "Annexe ajoutée à la fin du document."
    open_resource(work.context, options.attachment, Phrase("annexe"))
    name = options.attachment_name or "annexe.pdf"
    name = name if name.lower().endswith(".pdf") else f"{name}.pdf"
    work.attachments.append((name, resource_bytes(work.context, options.attachment, Phrase("annexe"))))
    return "Annexe jointe à côté du document."


_ADDITIONS: tuple[Callable[[Work, EnrichOptions], str], ...] = (
    _add_letterhead,
    _add_image,
    _add_text,
    _add_verso,
    _add_attachment,
)
