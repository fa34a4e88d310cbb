"""Layouts: how the papers of one look are recognised and read."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Router, Schema, Status
from pydantic import Field, StringConstraints

from pli.api.errors import FieldProblem, FieldsRefused
from pli.api.schema import Strict
from pli.api.security import ApiRequest, needs
from pli.parties.api import StaffActor
from pli.processing.api import (
    Layout,
    LayoutRefused,
    LayoutWishes,
    get_layout,
    layouts_for,
    offer_layout,
    remember_layout,
    save_layout,
)

router = Router(tags=["recipes"])
MOST_LAYOUTS = 2000
Share = Annotated[float, Field(ge=0, le=1)]


class RuleIn(Strict):
    field: Annotated[str, StringConstraints(max_length=40)] = Field(description="name of a field of the kind")
    how: Annotated[str, StringConstraints(max_length=20)] = Field(
        "zone", description="zone, block, anchor, pattern or barcode"
    )
    page: int = Field(1, ge=-500, le=500, description="1 the first, -1 the last, 0 any")
    box: tuple[Share, Share, Share, Share] | None = Field(
        None, description="left, top, right, bottom as shares of the page as it is seen"
    )
    anchor: Annotated[str, StringConstraints(max_length=120)] = ""
    side: Annotated[str, StringConstraints(max_length=10)] = "right"
    pattern: Annotated[str, StringConstraints(max_length=300)] = Field("", description="a regular expression (RE2)")


class LayoutIn(Strict):
    name: Annotated[str, StringConstraints(min_length=1, max_length=80)]
    kind: Annotated[str, StringConstraints(max_length=40)]
    party_id: UUID | None = None
    keywords: list[Annotated[str, StringConstraints(max_length=120)]] = Field(
        default_factory=list, max_length=20, description="all must be on the first page"
    )
    rules: list[RuleIn] = Field(default_factory=list, max_length=100)
    is_active: bool = True


class LayoutOut(Schema):
    id: UUID
    name: str
    kind: str
    party_id: UUID | None
    keywords: list[str]
    rules: list[dict[str, Any]]
    is_active: bool
    changed_at: datetime


class LayoutList(Schema):
    items: list[LayoutOut]


class OfferOut(Schema):
    party_name: str
    count: int = Field(description="papers typed alike, this one among them")
    fields: list[str] = Field(description="names of the fields it would read")


class OfferAnswer(Schema):
    offer: OfferOut | None = Field(description="null while there is nothing to offer")


@router.get("/layouts", response=LayoutList, summary="List the layouts", **needs("recipes:read"))
def list_all(request: ApiRequest) -> Any:
    """Those in use first, by supplier."""
    return {"items": list(layouts_for(request.auth.actor)[:MOST_LAYOUTS])}


@router.get("/layouts/{layout_id}", response=LayoutOut, summary="Read a layout", **needs("recipes:read"))
def read(request: ApiRequest, layout_id: UUID) -> Any:
    """Its keywords and its rules."""
    return get_layout(request.auth.actor, layout_id)


@router.post("/layouts", response={201: LayoutOut}, summary="Make a layout", **needs("recipes:write"))
def create(request: ApiRequest, body: LayoutIn) -> Any:
    """Each rule that is wrong is named in `errors`."""
    return Status(201, _save(request.auth.actor, body))


@router.put("/layouts/{layout_id}", response=LayoutOut, summary="Change a layout", **needs("recipes:write"))
def change(request: ApiRequest, layout_id: UUID, body: LayoutIn) -> Any:
    """Documents already filed stay as they are; the page it was drawn on stays with it."""
    get_layout(request.auth.actor, layout_id)
    return _save(request.auth.actor, body, layout_id)


@router.get(
    "/pieces/{piece_id}/layout",
    response=OfferAnswer,
    summary="The layout offered after a piece",
    **needs("recipes:read"),
)
def offered(request: ApiRequest, piece_id: UUID) -> Any:
    """Once three papers of the same supplier and kind were typed and one layout would have read the others."""
    return {"offer": offer_layout(request.auth.actor, piece_id)}


@router.post(
    "/pieces/{piece_id}/layout",
    response={201: LayoutOut, 204: None},
    summary="Read the next ones alone",
    **needs("recipes:write"),
)
def learn(request: ApiRequest, piece_id: UUID) -> Any:
    """Makes a layout of what was typed for a piece and of where it stands; 204 and none when it is not on its pages."""
    layout = remember_layout(request.auth.actor, piece_id)
    return Status(204, None) if layout is None else Status(201, layout)


def _save(actor: StaffActor, body: LayoutIn, layout_id: UUID | None = None) -> Layout:
    wishes = LayoutWishes(
        name=body.name,
        kind=body.kind,
        party_id=body.party_id,
        keywords=body.keywords,
        rules=[rule.model_dump() for rule in body.rules],
        is_active=body.is_active,
    )
    try:
        return save_layout(actor, wishes, layout_id=layout_id)
    except LayoutRefused as refused:
        raise FieldsRefused(
            [
                FieldProblem(
                    f"rules.{one.position}.{one.field}" if one.position >= 0 else one.field, "invalid", one.reason
                )
                for one in refused.problems
            ]
        ) from None
