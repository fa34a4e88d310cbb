"""Making and changing virtual printers, and who may."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from pli.capture import events
from pli.capture.errors import PrinterNameTaken
from pli.capture.models import FormerAddress, PrinterQueue
from pli.capture.printing.addresses import new_address, open_address
from pli.documents.api import clean_title, kinds_of
from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotAllowed, NotFound
from pli.kit.ids import new_id
from pli.parties.api import Actor, Role, StaffActor


@dataclass(frozen=True)
class PrinterSettings:
    """What a person chooses of a printer."""

    name: str
    kind: str = "other"
    asks_first: bool = False
    is_announced: bool = False
    recipe_id: UUID | None = None
    """What its jobs go through; None: what their kind says. The caller has found it for the actor."""


def printers_for(actor: Actor) -> QuerySet[PrinterQueue]:
    """Shared printers and the actor's own; administrators and auditors see that the others exist."""
    if not isinstance(actor, StaffActor):
        return PrinterQueue.objects.none()
    found = PrinterQueue.objects.filter(organisation_id=actor.organisation_id).select_related("member__account")
    if actor.role in (Role.ADMIN, Role.AUDITOR):
        return found
    return found.filter(Q(is_shared=True) | Q(member_id=actor.member_id))


def get_printer(actor: Actor, printer_id: UUID) -> PrinterQueue:
    """:raises NotFound: when it does not exist for this actor."""
    found = printers_for(actor).select_related("organisation").filter(id=printer_id).first()
    if found is None:
        raise NotFound
    return found


def may_print(actor: StaffActor, printer: PrinterQueue) -> bool:
    """Whether the address is theirs to know: a shared printer's for those who file, one's own for oneself alone."""
    return actor.role != Role.AUDITOR and (printer.is_shared or printer.member_id == actor.member_id)


def may_change(actor: StaffActor, printer: PrinterQueue) -> bool:
    """Administrators change every printer, managers the shared ones, everybody their own."""
    if actor.role == Role.AUDITOR:
        return False
    is_theirs = not printer.is_shared and printer.member_id == actor.member_id
    return is_theirs or actor.role == Role.ADMIN or (actor.role == Role.MANAGER and printer.is_shared)


def printer_address(actor: StaffActor, printer_id: UUID) -> str:
    """The address to install.

    :raises NotFound, NotAllowed: when it is not theirs to know; :raises AddressLost: when it can't be read any more.
    """
    printer = get_printer(actor, printer_id)
    if not may_print(actor, printer):
        raise NotAllowed
    return open_address(printer.id, printer.secret_sealed)


@transaction.atomic
def create_printer(
    actor: StaffActor, *, chosen: PrinterSettings, is_shared: bool, clock: Clock = SYSTEM_CLOCK
) -> PrinterQueue:
    """A printer of one's own, or one for the whole team whose documents are filed in its maker's name.

    :raises NotAllowed: for an auditor, or a member who wants a shared one.
    :raises PrinterNameTaken: :raises NotFound: for a kind that is not there.
    """
    actor.require_writer()
    if is_shared:
        actor.require(Role.ADMIN, Role.MANAGER)
    identity = new_id()
    digest, sealed = new_address(identity)
    printer = PrinterQueue(
        id=identity,
        organisation_id=actor.organisation_id,
        member_id=actor.member_id,
        is_shared=is_shared,
        secret_digest=digest,
        secret_sealed=sealed,
        created_at=clock.now(),
        changed_at=clock.now(),
    )
    _apply(printer, chosen)
    _save(printer)
    _tell(events.PRINTER_CREATED, printer, actor, clock, member_id=str(printer.member_id), is_shared=is_shared)
    return printer


@transaction.atomic
def change_printer(
    actor: StaffActor,
    printer_id: UUID,
    *,
    chosen: PrinterSettings | None = None,
    is_active: bool | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> PrinterQueue:
    """Other settings, or switched off and on; jobs already received go on.

    :raises NotFound, NotAllowed: when it is not theirs to change; :raises PrinterNameTaken.
    """
    printer = _lock(actor, printer_id)
    if chosen is not None:
        _apply(printer, chosen)
    if is_active is not None:
        printer.is_active = is_active
    printer.changed_at = clock.now()
    _save(printer)
    _tell(events.PRINTER_CHANGED, printer, actor, clock, is_active=printer.is_active)
    return printer


@transaction.atomic
def renew_address(actor: StaffActor, printer_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> PrinterQueue:
    """A new address; from the commit on the former one takes nothing, and whoever prints by it is shown.

    :raises NotFound, NotAllowed: when it is not theirs to change.
    """
    printer = _lock(actor, printer_id)
    FormerAddress.objects.create(secret_digest=printer.secret_digest, queue=printer, ended_at=clock.now())
    printer.secret_digest, printer.secret_sealed = new_address(printer.id)
    printer.changed_at = clock.now()
    printer.save()
    record(
        events.PRINTER_ADDRESS_RENEWED,
        organisation_id=printer.organisation_id,
        subject=("printer", printer.id),
        actor=actor.reference,
        clock=clock,
    )
    return printer


@transaction.atomic
def set_printer_recipe(
    actor: StaffActor, printer_id: UUID, recipe_id: UUID | None, *, clock: Clock = SYSTEM_CLOCK
) -> PrinterQueue:
    """The recipe its jobs go through from now on, or none. The caller has found the recipe for this actor.

    :raises NotFound, NotAllowed: when the printer is not theirs to change.
    """
    printer = _lock(actor, printer_id)
    printer.recipe_id, printer.changed_at = recipe_id, clock.now()
    printer.save(update_fields=["recipe_id", "changed_at"])
    _tell(events.PRINTER_CHANGED, printer, actor, clock, recipe_id=str(recipe_id) if recipe_id else None)
    return printer


def _lock(actor: StaffActor, printer_id: UUID) -> PrinterQueue:
    get_printer(actor, printer_id)
    printer = PrinterQueue.objects.select_for_update().get(id=printer_id)
    if not may_change(actor, printer):
        raise NotAllowed
    return printer


def _apply(printer: PrinterQueue, chosen: PrinterSettings) -> None:
    if chosen.kind not in {kind.slug for kind in kinds_of(printer.organisation_id)}:
        raise NotFound
    printer.name = clean_title(chosen.name)[:60]
    printer.kind, printer.asks_first = chosen.kind, chosen.asks_first
    printer.recipe_id = chosen.recipe_id
    # Announcing tells the secret to the whole local network: never of a printer that acts for one person.
    printer.is_announced = chosen.is_announced and printer.is_shared


def _save(printer: PrinterQueue) -> None:
    try:
        with transaction.atomic():
            printer.save()
    except IntegrityError:
        raise PrinterNameTaken(name=printer.name) from None


def _tell(kind: EventType, printer: PrinterQueue, actor: StaffActor, clock: Clock, **more: object) -> None:
    record(
        kind,
        organisation_id=printer.organisation_id,
        subject=("printer", printer.id),
        actor=actor.reference,
        data={
            "kind": printer.kind,
            "asks_first": printer.asks_first,
            "is_announced": printer.is_announced,
            "name": printer.name,
            **more,
        },
        clock=clock,
    )
