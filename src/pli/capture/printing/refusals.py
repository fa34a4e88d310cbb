"""Prints that were refused: noted without their documents, so that not their sender alone hears of them."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import F, Q, QuerySet

from pli.capture.errors import FormerPrinterAddress, PrinterClosed, UnknownPrinterAddress
from pli.capture.models import FormerAddress, PrinterQueue, RefusedPrint
from pli.capture.printing.queues import may_change, printers_for
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotAllowed, NotFound, Phrase, PliError, write_problem
from pli.kit.ids import digest_token
from pli.parties.api import StaffActor, is_operator

SETTLED_FOR = timedelta(days=1)
"""Computers ask a printer they lost again and again: what somebody called settled is not shown again before."""
_NOTED_EVERY = 10.0
_MOST_NOTED = 1000
_noted: dict[tuple[UUID | None, str], float] = {}


@dataclass(frozen=True)
class Station:
    """The computer that printed: its address, and the user it names (nobody checks that)."""

    address: str
    user_name: str = ""

    def __str__(self) -> str:
        return f"{self.address} ({self.user_name})" if self.user_name else self.address


def note_stranger(secret: str, station: Station, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Somebody prints by an address that no printer has, or has no more."""
    former = FormerAddress.objects.select_related("queue").filter(secret_digest=digest_token(secret)).first()
    if former is not None:
        note_refused(former.queue, FormerPrinterAddress(who=str(station), name=former.queue.name), clock=clock)
    else:
        note_refused(None, UnknownPrinterAddress(who=str(station)), clock=clock)


def closed(printer: PrinterQueue, station: Station) -> PliError:
    """Why a printer takes nothing."""
    off, unowned = Phrase("elle est éteinte"), Phrase("elle classe au nom d’une personne qui ne le peut plus")
    reason = unowned if printer.is_active else off
    return PrinterClosed(who=str(station), name=printer.name, reason=reason)


def note_refused(printer: PrinterQueue | None, error: PliError, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Keep the last refusal of its kind; a flood of them is written now and then."""
    key = (printer.id if printer else None, error.code)
    now = time.monotonic()
    if now - _noted.get(key, -_NOTED_EVERY) < _NOTED_EVERY:
        return
    if len(_noted) >= _MOST_NOTED:
        _noted.clear()
    _noted[key] = now
    problem = write_problem(error)
    RefusedPrint.objects.update_or_create(
        queue=printer,
        problem_code=error.code,
        defaults={"problem": problem, "last_at": clock.now()},
        create_defaults={"problem": problem, "first_at": clock.now(), "last_at": clock.now()},
    )


def refused_prints(actor: StaffActor) -> QuerySet[RefusedPrint]:
    """What nobody has settled, the newest first: of the printers this actor sees; prints to an address nobody has, for
    the administrators of the organisation that runs the installation."""
    theirs = Q(queue__in=printers_for(actor))
    if is_operator(actor):
        theirs |= Q(queue__isnull=True)
    waiting = Q(seen_at__isnull=True) | Q(last_at__gt=F("seen_at") + SETTLED_FOR)
    return RefusedPrint.objects.select_related("queue").filter(theirs, waiting).order_by("-last_at")


def settle_refused(actor: StaffActor, refused_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Somebody has seen to it: it is shown again when prints are still refused a day later.

    :raises NotFound: for one they don't see, or that is settled; :raises NotAllowed: of a printer not theirs to change.
    """
    refused = refused_prints(actor).filter(id=refused_id).first()
    if refused is None:
        raise NotFound
    if refused.queue is not None and not may_change(actor, refused.queue):
        raise NotAllowed
    RefusedPrint.objects.filter(id=refused.id).update(seen_at=clock.now())
