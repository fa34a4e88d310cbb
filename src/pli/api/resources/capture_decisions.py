"""What a person decides of what came in: confirmed, tried again, set aside; a program decides in its member's name."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from ninja import Router
from pydantic import Field, StringConstraints

from pli.api.resources.captures_told import CaptureOut, tell_capture
from pli.api.resources.choices import check_kind, check_recipe
from pli.api.schema import Line, Strict
from pli.api.security import ApiRequest, needs
from pli.capture.api import Wishes, confirm_followed, dismiss_followed, get_to_confirm, retry_followed, wishes_of
from pli.parties.api import get_party

router = Router(tags=["captures"])


class ConfirmIn(Strict):
    kind: Annotated[str, StringConstraints(max_length=40)] | None = Field(
        None, description="slug of the kind; null: the one its printer or source says"
    )
    party_id: UUID | None = Field(None, description="whose it is; null: nobody's, or whom its recipe recognises")
    title: Line = Field("", description="empty: the job's or the file's name")
    recipe_id: UUID | None = Field(None, description="another recipe than its printer's or source's; null: that one")


@router.post(
    "/captures/{capture_id}/confirm",
    response=CaptureOut,
    summary="Confirm what waits",
    **needs("captures:write"),
)
def confirm(request: ApiRequest, capture_id: UUID, body: ConfirmIn) -> Any:
    """What a print or a scan is and whose, when its printer or source asks first (WAITING); it then goes on in the
    name of the token's member. 409 when it does not wait any more."""
    actor = request.auth.actor
    actor.require_writer()
    asked = wishes_of(get_to_confirm(actor, capture_id))
    wishes = Wishes(
        check_kind(actor, body.kind) if body.kind is not None else asked.kind,
        get_party(actor, body.party_id).id if body.party_id else None,
        title=body.title,
        recipe_id=check_recipe(actor, body.recipe_id, kept=asked.recipe_id),
    )
    return tell_capture(actor, confirm_followed(actor, capture_id, wishes=wishes))


@router.post(
    "/captures/{capture_id}/retry",
    response=CaptureOut,
    summary="Examine a parked capture again",
    **needs("captures:write"),
)
def retry(request: ApiRequest, capture_id: UUID) -> Any:
    """Once what stood in its way is mended: it goes from PARKED to RECEIVED. A member tries what they sent again, the
    other roles everything. 409 when it is not parked."""
    return tell_capture(request.auth.actor, retry_followed(request.auth.actor, capture_id))


@router.post(
    "/captures/{capture_id}/dismiss",
    response=CaptureOut,
    summary="Set a capture aside",
    **needs("captures:write"),
)
def dismiss(request: ApiRequest, capture_id: UUID) -> Any:
    """One that waits to be confirmed, or for its problem (WAITING, PARKED). Nothing is filed; its bytes stay. 409 when
    it waits for nobody."""
    return tell_capture(request.auth.actor, dismiss_followed(request.auth.actor, capture_id))
