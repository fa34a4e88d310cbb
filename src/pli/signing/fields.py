"""What each person fills and where: places worked out when a request goes out, values checked when they answer."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from uuid import UUID

from pli.kit.errors import Phrase
from pli.pdf.api import EmptyField, Found, find_anchors
from pli.signing.errors import FieldsMissing, UnableToSend
from pli.signing.models import Ceremony, Signer, SignerField
from pli.signing.requests import CeremonyRequest, FieldRequest, Place, SignerRequest
from pli.signing.roles import TYPED, FieldKind

MARK_SIZE = (170.0, 68.0)
FIELD_SIZES: dict[str, tuple[float, float]] = {
    FieldKind.TEXT: (160.0, 16.0),
    FieldKind.DATE: (80.0, 16.0),
    FieldKind.PHRASE: (160.0, 18.0),
    FieldKind.CHECKBOX: (12.0, 12.0),
    FieldKind.GIVEN: (80.0, 16.0),
    FieldKind.INITIALS: (34.0, 18.0),
}
# Below this nobody could read who signed.
MARK_LEAST = (60.0, 24.0)
MARGIN = 36.0
TICKED = "X"


@dataclass(frozen=True)
class PlannedField:
    """A field of one person, its place worked out; ``paper`` is the rank of the paper, 0 for none."""

    kind: str
    label: str = ""
    expected: str = ""
    is_required: bool = True
    paper: int = 0
    name: str = ""
    page: int = 0
    x: float = 0
    y: float = 0
    width: float = 0
    height: float = 0
    value: str = ""
    cover: tuple[float, float, float, float] | None = None
    """The marker the mark stands on, which its appearance hides: from its upper left corner, then its size."""

    def empty_field(self) -> EmptyField:
        """As it is added to the file."""
        label = self.label or self.expected or self.kind
        return EmptyField(self.name, label, self.page, self.x, self.y, self.width, self.height)


@dataclass(frozen=True)
class PaperLook:
    """What placing needs of a paper: its file, its name and its pages' sizes in points, as displayed."""

    path: Path
    title: str
    page_sizes: Sequence[Sequence[float]]


def plan_fields(request: CeremonyRequest, papers: Sequence[PaperLook]) -> list[list[PlannedField]]:
    """For each person of the request, in its order, what they fill and where.

    :raises UnableToSend: for a place outside its page, or a word that no paper holds.
    """
    planner = _Planner(papers)
    asked = [one for one in request.signers if not one.is_copy]
    return [planner.plan(rank, one) for rank, one in enumerate(asked, start=1)]


class _Planner:
    """The places of one request; files are read for their words at most once each."""

    def __init__(self, papers: Sequence[PaperLook]) -> None:
        self.papers = papers

    def plan(self, rank: int, one: SignerRequest) -> list[PlannedField]:
        """All of one person's: marks, then what they type, then initials."""
        found: list[PlannedField] = []
        for place in one.marks:
            found.append(self._at(FieldKind.MARK, place))
        if one.side and not one.marks:
            found += [self._at_foot(paper, one.side, rank) for paper in range(1, len(self.papers) + 1)]
        if len({field.paper for field in found}) != len(found):
            raise UnableToSend(reason="Une personne a une seule signature par document.")
        for wanted in one.fields:
            found.append(self._field(wanted))
        if one.has_initials:
            found += self._initials(rank)
        return [self._named(field, rank, number) for number, field in enumerate(found, start=1)]

    def _named(self, field: PlannedField, rank: int, number: int) -> PlannedField:
        is_in_file = field.paper and field.kind != FieldKind.MARK
        name = f"Pli_champ_{rank}_{number}" if is_in_file else ""
        return replace(field, name=name)

    def _field(self, wanted: FieldRequest) -> PlannedField:
        placed = self._at(wanted.kind, wanted.place) if wanted.place else PlannedField(wanted.kind)
        return replace(
            placed,
            label=wanted.label.strip(),
            expected=wanted.expected.strip(),
            is_required=wanted.is_required,
            value=wanted.value,
        )

    def _at(self, kind: str, place: Place) -> PlannedField:
        if not 1 <= place.paper <= len(self.papers):
            raise UnableToSend(reason="Une place est prévue sur un document qui n’est pas à signer.")
        width, height = MARK_SIZE if kind == FieldKind.MARK else FIELD_SIZES[kind]
        width, height = place.width or width, place.height or height
        planned = PlannedField(kind, paper=place.paper, page=place.page, width=width, height=height)
        if not place.anchor:
            return self._inside(replace(planned, x=place.x, y=place.y))
        found = self._anchored(place)
        page_width, page_height = self.papers[place.paper - 1].page_sizes[found.page - 1]
        x, y = min(max(found.x, 0), page_width - 6), min(max(found.y, 0), page_height - 6)
        field = self._inside(replace(planned, page=found.page, x=x, y=y))
        return replace(field, cover=_covered(field, found)) if kind == FieldKind.MARK else field

    def _anchored(self, place: Place) -> Found:
        """Where the first such word of the paper stands."""
        paper = self.papers[place.paper - 1]
        found = find_anchors(paper.path, [place.anchor])
        if not found:
            raise UnableToSend(
                reason=Phrase(
                    "Le repère « %(anchor)s » ne se trouve pas dans « %(title)s ».",
                    anchor=place.anchor,
                    title=paper.title,
                )
            )
        return found[0]

    def _inside(self, field: PlannedField) -> PlannedField:
        sizes = self.papers[field.paper - 1].page_sizes
        if field.page < 0:
            field = replace(field, page=len(sizes) + 1 + field.page)
        if not 1 <= field.page <= len(sizes):
            raise UnableToSend(reason="Une place est prévue sur une page qui n’existe pas.")
        width, height = sizes[field.page - 1]
        least = MARK_LEAST if field.kind == FieldKind.MARK else (6.0, 6.0)
        is_sized = min(least[0], width) <= field.width <= width and min(least[1], height) <= field.height <= height
        is_number = all(math.isfinite(one) for one in (field.x, field.y))
        if not is_sized or not is_number or field.x < 0 or field.y < 0 or field.x >= width or field.y >= height:
            raise UnableToSend(reason="Une place est prévue en dehors de la page.")
        # Begun near an edge, a box is drawn back inside.
        x, y = min(field.x, width - field.width), min(field.y, height - field.height)
        return replace(field, x=max(0.0, x), y=max(0.0, y))

    def _at_foot(self, paper: int, side: str, rank: int) -> PlannedField:
        """At the foot of the last page; people one above the other, two columns apart."""
        sizes = self.papers[paper - 1].page_sizes
        width, height = sizes[-1]
        across, up = min(MARK_SIZE[0], width - 12), min(MARK_SIZE[1], height - 12)
        x = MARGIN if side == "left" else width - MARGIN - across
        y = height - MARGIN - up - ((rank - 1) // 2) * (up + 6)
        x, y = min(max(6.0, x), width - across), max(6.0, y)
        return PlannedField(FieldKind.MARK, paper=paper, page=len(sizes), x=x, y=y, width=across, height=up)

    def _initials(self, rank: int) -> list[PlannedField]:
        found = []
        across, up = FIELD_SIZES[FieldKind.INITIALS]
        for paper, look in enumerate(self.papers, start=1):
            for page, (width, height) in enumerate(look.page_sizes, start=1):
                x, y = width - 12 - across * rank, height - 10 - up
                if x > 0 and y > 0:
                    field = PlannedField(
                        FieldKind.INITIALS, paper=paper, page=page, x=x, y=y, width=across - 2, height=up
                    )
                    found.append(field)
        return found


def _covered(field: PlannedField, found: Found) -> tuple[float, float, float, float] | None:
    """What of a marker lies in the mark's box, from the box's upper left corner."""
    left, top = max(found.x - 1, field.x), max(found.y - 1, field.y)
    right = min(found.x + found.width + 1, field.x + field.width)
    bottom = min(found.y + found.height + 1, field.y + field.height)
    if right <= left or bottom <= top:
        return None
    return left - field.x, top - field.y, right - left, bottom - top


def write_fields(signer: Signer, planned: Sequence[PlannedField], ceremony: Ceremony) -> None:
    """Keep what one person fills."""
    papers = {paper.position: paper for paper in ceremony.papers.all()}
    SignerField.objects.bulk_create(
        SignerField(
            signer=signer,
            position=position,
            kind=one.kind,
            label=one.label[:100],
            expected=one.expected[:100],
            is_required=one.is_required,
            paper=papers[one.paper] if one.paper else None,
            field_name=one.name,
            page=one.page or None,
            x=one.x if one.paper else None,
            y=one.y if one.paper else None,
            width=one.width or None,
            height=one.height or None,
            cover=one.cover,
            value=one.value,
        )
        for position, one in enumerate(planned, start=1)
    )


def fields_to_fill(signer: Signer) -> list[SignerField]:
    """What the signer types or ticks, in order."""
    return list(signer.fields.filter(kind__in=TYPED).order_by("position"))


def write_values(signer: Signer, values: Mapping[UUID, str], given: Mapping[str, str]) -> None:
    """Check and keep what a signer filled in, and what is ``given`` by name; initials are made of their name.

    :raises FieldsMissing: for what is empty, no date, not the phrase word for word, or not given.
    """
    fields = list(signer.fields.exclude(kind=FieldKind.MARK))
    for field in fields:
        if field.kind == FieldKind.INITIALS:
            field.value = initials_of(signer.name)
        elif field.kind == FieldKind.GIVEN:
            field.value = _given(field, given)
        else:
            field.value = _checked(field, values.get(field.id, ""))
    SignerField.objects.bulk_update(fields, ["value"])


def _given(field: SignerField, given: Mapping[str, str]) -> str:
    if not given.get(field.expected):
        raise FieldsMissing(name=field.label, reason=Phrase("« %(name)s » est vide.", name=field.label))
    return given[field.expected][:500]


def _checked(field: SignerField, typed: str) -> str:
    text = " ".join(unicodedata.normalize("NFC", typed.replace("\x00", "")).split())[:500]
    if field.kind == FieldKind.CHECKBOX:
        text = TICKED if text else ""
    name = field.label or field.expected
    if not text and (field.is_required or field.kind == FieldKind.PHRASE):
        raise FieldsMissing(name=name, reason=Phrase("« %(name)s » est vide.", name=name))
    if field.kind == FieldKind.PHRASE and text != " ".join(field.expected.split()):
        raise FieldsMissing(
            name=name,
            reason=Phrase("Recopiez exactement « %(expected)s ».", expected=field.expected),
        )
    if field.kind == FieldKind.DATE and text:
        try:
            text = date.fromisoformat(text).strftime("%d/%m/%Y")
        except ValueError:
            raise FieldsMissing(name=name, reason=Phrase("« %(name)s » n’est pas une date.", name=name)) from None
    return text


def initials_of(name: str) -> str:
    """The first letter of each word of a name, four at most: ``JM``."""
    words = name.replace("-", " ").split()
    return "".join(word[0].upper() for word in words[:4] if word[0].isalpha()) or name[:2].upper()
