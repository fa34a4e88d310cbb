"""Virtual printers. Whoever knows the address of one prints in its owner's name: it is told one printer at a time, to
those to whom its page shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_noop
from ninja import Router, Schema, Status
from pydantic import Field, StringConstraints

from pli.api.errors import FieldProblem, FieldsRefused
from pli.api.resources.choices import check_kind, check_recipe
from pli.api.schema import Strict
from pli.api.security import ApiRequest, needs
from pli.capture.api import (
    AddressLost,
    PrinterQueue,
    PrinterSettings,
    change_printer,
    create_printer,
    get_printer,
    may_change,
    may_print,
    printer_address,
    printers_for,
    renew_address,
)
from pli.kit.errors import NotAllowed
from pli.parties.api import StaffActor

router = Router(tags=["printers"])
MOST_PRINTERS = 500
Name = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
Slug = Annotated[str, StringConstraints(max_length=40)]


class PrinterIn(Strict):
    name: Name = Field(description="the one chosen in the print dialogue")
    kind: Slug = Field("other", description="slug of the kind of what is printed there")
    recipe_id: UUID | None = Field(None, description="what is printed goes through it; null: what its kind says")
    asks_first: bool = Field(default=False, description="a person confirms each print before it goes on")
    is_shared: bool = Field(
        default=False,
        description="the whole team installs it, sees and confirms what is printed there (administrators and managers"
        " make these); else its maker alone. Never changes",
    )
    is_announced: bool = Field(
        default=False,
        description="on the local network, by DNS-SD: whoever is on it may print. A shared printer, on a server that"
        " announces (PLI_DNSSD)",
    )


class PrinterChange(Strict):
    name: Name | None = None
    kind: Slug | None = None
    recipe_id: UUID | None = Field(None, description="null: none any more")
    asks_first: bool | None = None
    is_announced: bool | None = None
    is_active: bool | None = Field(None, description="false: it refuses every job")


class PrinterOut(Schema):
    id: UUID
    name: str
    kind: str
    recipe_id: UUID | None
    asks_first: bool
    is_shared: bool
    is_announced: bool
    is_active: bool
    member_id: UUID = Field(description="in whose name it files, where nobody confirms")
    created_at: datetime
    changed_at: datetime


class PrinterWithAddress(PrinterOut):
    address: str | None = Field(
        description="what workstations install, its secret included; null for those who may not print there, and when"
        " it can't be read any more (a back-up restored without its keys: renew it)"
    )


class PrinterList(Schema):
    items: list[PrinterOut]


@router.get("/printers", response=PrinterList, summary="List the printers", **needs("printers:read"))
def list_all(request: ApiRequest) -> Any:
    """Those of the team and one's own, by name; administrators and auditors see that the others exist. No address."""
    return {"items": list(printers_for(request.auth.actor).order_by("name")[:MOST_PRINTERS])}


@router.post("/printers", response={201: PrinterWithAddress}, summary="Add a printer", **needs("printers:write"))
def create(request: ApiRequest, body: PrinterIn) -> Any:
    """It files in the name of the token's member, unless somebody confirms. The answer holds its address (again under
    the same Idempotency-Key)."""
    actor = request.auth.actor
    actor.require_writer()
    _check_announced(is_announced=body.is_announced, is_shared=body.is_shared)
    chosen = PrinterSettings(
        body.name,
        check_kind(actor, body.kind),
        body.asks_first,
        is_announced=body.is_announced,
        recipe_id=check_recipe(actor, body.recipe_id),
    )
    return Status(201, _tell(actor, create_printer(actor, chosen=chosen, is_shared=body.is_shared)))


@router.get("/printers/{printer_id}", response=PrinterWithAddress, summary="Read a printer", **needs("printers:read"))
def read(request: ApiRequest, printer_id: UUID) -> Any:
    """Its settings; and its address, of a shared printer to those who file, of another to its owner alone."""
    return _tell(request.auth.actor, get_printer(request.auth.actor, printer_id))


@router.patch("/printers/{printer_id}", response=PrinterOut, summary="Change a printer", **needs("printers:write"))
def update(request: ApiRequest, printer_id: UUID, body: PrinterChange) -> Any:
    """Only the fields given change; `is_active` switches it off and on. Jobs received already go on. For
    administrators, for managers where it is shared, for its owner."""
    actor = request.auth.actor
    printer = get_printer(actor, printer_id)
    if not may_change(actor, printer):
        raise NotAllowed
    given = body.model_fields_set
    _check_announced(is_announced=bool(body.is_announced), is_shared=printer.is_shared)
    chosen = PrinterSettings(
        body.name or printer.name,
        check_kind(actor, body.kind) if body.kind is not None else printer.kind,
        printer.asks_first if body.asks_first is None else body.asks_first,
        is_announced=printer.is_announced if body.is_announced is None else body.is_announced,
        recipe_id=check_recipe(actor, body.recipe_id, kept=printer.recipe_id)
        if "recipe_id" in given
        else printer.recipe_id,
    )
    return change_printer(actor, printer_id, chosen=chosen if given - {"is_active"} else None, is_active=body.is_active)


@router.post(
    "/printers/{printer_id}/renew-address",
    response=PrinterWithAddress,
    summary="Renew a printer's address",
    **needs("printers:write"),
)
def renew(request: ApiRequest, printer_id: UUID) -> Any:
    """The former address is refused at once, and each workstation is to be set up again. Who may change another's
    printer renews its address without being told it."""
    return _tell(request.auth.actor, renew_address(request.auth.actor, printer_id))


def _check_announced(*, is_announced: bool, is_shared: bool) -> None:
    """:raises FieldsRefused: for a printer, or on a server, that is not announced."""
    if not is_announced or (is_shared and settings.PLI_DNSSD):
        return
    sentence = (
        gettext_noop("Ce serveur n’annonce pas ses imprimantes : PLI_DNSSD=1 le permet.")
        if is_shared
        else gettext_noop("Seule une imprimante de toute l’équipe peut être annoncée.")
    )
    raise FieldsRefused([FieldProblem("is_announced", "not_announced", sentence)])


def _tell(actor: StaffActor, printer: PrinterQueue) -> dict[str, Any]:
    """A printer with its address, where it is theirs to know."""
    said = {name: getattr(printer, name) for name in PrinterOut.model_fields}
    return {**said, "address": _address(actor, printer)}


def _address(actor: StaffActor, printer: PrinterQueue) -> str | None:
    if not may_print(actor, printer):
        return None
    try:
        return printer_address(actor, printer.id)
    except AddressLost:
        return None
