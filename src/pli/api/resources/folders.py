"""The tree of folders."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from pli.api.schema import Limit, Page, Strict
from pli.api.security import ApiRequest, needs
from pli.documents.api import create_folder, folders_for, get_folder_for

router = Router(tags=["folders"])


class FolderOut(Schema):
    id: UUID
    parent_id: UUID | None
    party_id: UUID | None
    name: str
    has_own_rights: bool = Field(description="rights of the folders above stop here")


class FolderIn(Strict):
    parent_id: UUID
    name: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class FolderQuery(Schema):
    parent_id: UUID | None = Field(None, description="only the folders directly below this one")
    party_id: UUID | None = Field(None, description="only the folder of this party")
    after: UUID | None = Field(None, description="the `next` of the page before")
    limit: Limit = 200


@router.get("/folders", response=Page[FolderOut], summary="List folders", **needs("documents:read"))
def list_all(request: ApiRequest, wanted: Query[FolderQuery]) -> Any:
    """The folders this token may read, oldest first: a parent comes before its children, so the tree can be built in
    one pass. A folder whose `parent_id` is not in the list hangs from one that is hidden."""
    found = folders_for(request.auth.actor)
    if wanted.parent_id:
        found = found.filter(parent_id=wanted.parent_id)
    if wanted.party_id:
        found = found.filter(party_id=wanted.party_id)
    if wanted.after:
        found = found.filter(id__gt=wanted.after)
    rows = list(found.order_by("id")[: wanted.limit + 1])
    has_more, rows = len(rows) > wanted.limit, rows[: wanted.limit]
    return {"items": rows, "next": str(rows[-1].id) if has_more else None}


@router.get("/folders/{folder_id}", response=FolderOut, summary="Read a folder", **needs("documents:read"))
def read(request: ApiRequest, folder_id: UUID) -> Any:
    """One folder."""
    return get_folder_for(request.auth.actor, folder_id)


@router.post("/folders", response={201: FolderOut}, summary="Create a folder", **needs("documents:write"))
def create(request: ApiRequest, body: FolderIn) -> Any:
    """Below `parent_id`, where no folder of that name stands yet (409 otherwise)."""
    return Status(201, create_folder(request.auth.actor, parent_id=body.parent_id, name=body.name))
