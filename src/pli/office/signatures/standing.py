"""Stopped lists and paused forms, as the first page, « À traiter » and its number say them."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from pli.office.saying import say_told
from pli.parties.api import StaffActor
from pli.signing.api import Standing, standing_still


@dataclass(frozen=True)
class StandingLine:
    """One of them: where it is mended, why it stands still, what to do."""

    is_form: bool
    name: str
    url: str
    why: str
    remedy: str


def standing_of(request: HttpRequest, actor: StaffActor) -> list[Standing]:
    """What stands still, asked once a page: the frame counts it, and the page may show it."""
    kept: list[Standing] | None = getattr(request, "standing_still", None)
    if kept is None:
        kept = standing_still(actor)
        request.standing_still = kept  # type: ignore[attr-defined]
    return kept


def standing_lines(request: HttpRequest, actor: StaffActor) -> list[StandingLine]:
    """The same in the reader's tongue."""
    return [_line(one) for one in standing_of(request, actor)]


def _line(one: Standing) -> StandingLine:
    page = reverse("signatures:template" if one.is_form else "signatures:list-show", args=[one.id])
    return StandingLine(
        is_form=one.is_form,
        name=one.name,
        url=f"{page}#public-form" if one.is_form else page,
        why=say_told(one.told, "message"),
        remedy=say_told(one.told, "remedy"),
    )
