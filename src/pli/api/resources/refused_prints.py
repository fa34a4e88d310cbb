"""Prints that printers refused: what « À traiter » shows of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from ninja import Router, Schema, Status
from pydantic import Field

from pli.api.kept_problems import KeptProblem, tell_kept
from pli.api.security import ApiRequest, needs
from pli.capture.api import RefusedPrint, refused_prints, settle_refused

router = Router(tags=["printers"])
MOST_REFUSED = 100


class RefusedOut(KeptProblem):
    id: UUID
    printer_id: UUID | None = Field(description="null: an address that is no printer's")
    first_at: datetime
    last_at: datetime


class RefusedList(Schema):
    items: list[RefusedOut]


@router.get("/refused-prints", response=RefusedList, summary="List refused prints", **needs("printers:read"))
def list_all(request: ApiRequest) -> Any:
    """To a former address, to a printer switched off, in a format it does not take: one line a printer and reason, the
    newest first. Those to an address nobody has, for the administrators of the organisation that runs Pli."""
    return {"items": [_tell(one) for one in refused_prints(request.auth.actor)[:MOST_REFUSED]]}


@router.post(
    "/refused-prints/{refused_id}/settle",
    response={204: None},
    summary="Say that refused prints are settled",
    **needs("printers:write"),
)
def settle(request: ApiRequest, refused_id: UUID) -> Any:
    """They are shown again when prints are still refused a day later. For those who may change the printer."""
    request.auth.actor.require_writer()
    settle_refused(request.auth.actor, refused_id)
    return Status(204, None)


def _tell(refused: RefusedPrint) -> dict[str, Any]:
    said = tell_kept(refused.problem_code, refused.problem)
    told = {name: getattr(refused, name) for name in ("id", "first_at", "last_at")}
    return {**said, **told, "printer_id": refused.queue_id}
