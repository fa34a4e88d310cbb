"""Where signatures usually go: the folder's place, else the kind's, else the organisation's."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from ninja import Router, Schema
from pydantic import Field

from pli.api.schema import Strict
from pli.api.security import ApiRequest, needs
from pli.documents.api import get_folder_for
from pli.parties.api import StaffActor, get_organisation
from pli.signing.api import own_sides, preferred_side, save_folder_side, save_kind_side, side_for_folder

router = Router(tags=["ceremonies"])
Side = Literal["", "left", "right"]


class FolderSide(Schema):
    folder_id: UUID
    side: Side


class KindSide(Schema):
    kind_id: UUID
    kind: str = Field(description="its slug")
    side: Side


class SidesOut(Schema):
    organisation: Side = Field(description="left or right of the last page; empty: where the signer likes")
    kinds: list[KindSide]
    folders: list[FolderSide]


class SideIn(Strict):
    side: Side | None = Field(description="null: none of its own; empty: where the signer likes")


class FolderSideOut(Schema):
    folder_id: UUID
    side: Side = Field(
        description="what is in force: its own, else that of the nearest folder above, else the organisation's"
    )


@router.get("/mark-sides", response=SidesOut, summary="Read the usual places of signatures", **needs("ceremonies:read"))
def read_all(request: ApiRequest) -> Any:
    """For a request that says nothing (`side` left out): the nearest folder above its first document that has a place,
    else its kind, else the organisation."""
    return _sides(request.auth.actor)


@router.put(
    "/folders/{folder_id}/mark-side",
    response=FolderSideOut,
    summary="Choose a folder's place of signatures",
    **needs("ceremonies:write"),
)
def choose_for_folder(request: ApiRequest, folder_id: UUID, body: SideIn) -> Any:
    """For requests to come on its documents and those below it. Whoever manages the folder may."""
    folder = get_folder_for(request.auth.actor, folder_id)
    save_folder_side(request.auth.actor, folder.id, body.side)
    return {"folder_id": folder.id, "side": side_for_folder(request.auth.actor, folder)}


@router.put(
    "/document-kinds/{kind_id}/mark-side",
    response=SidesOut,
    summary="Choose a kind's place of signatures",
    **needs("ceremonies:write"),
)
def choose_for_kind(request: ApiRequest, kind_id: UUID, body: SideIn) -> Any:
    """For requests to come on documents of that kind, where no folder says otherwise. Administrators only."""
    actor = request.auth.actor
    save_kind_side(actor, kind_id, body.side)
    return _sides(actor)


def _sides(actor: StaffActor) -> dict[str, Any]:
    own = own_sides(actor)
    return {
        "organisation": preferred_side(get_organisation(actor)),
        "kinds": [{"kind_id": one.kind.id, "kind": one.kind.slug, "side": one.side} for one in own if one.kind],
        "folders": [{"folder_id": one.folder_id, "side": one.side} for one in own if one.folder_id],
    }
