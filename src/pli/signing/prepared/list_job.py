"""The rows of a confirmed list go out one by one, each in the transaction that says so: exactly once."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from django.db import transaction

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotAllowed, NotFound, PliError
from pli.parties.api import StaffActor, staff_actor
from pli.signing import events
from pli.signing.prepared.content import load_content
from pli.signing.prepared.errors import SenderGone
from pli.signing.prepared.held import BY
from pli.signing.prepared.lists import count_rows, move_list, people_of_row, tell_list, use_of
from pli.signing.prepared.models import SendingList, SendingRow
from pli.signing.prepared.states import ListState, RowState
from pli.signing.prepared.telling import NO_CREDIT, tell_list_stopped, told_of, told_of_list
from pli.signing.prepared.templates import request_from
from pli.signing.sending import send_ceremony

# What keeps every row from going out, and not this one only: no credit left, a sender who may not.
STOPPING = (NO_CREDIT, 403)


def run_list(list_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Send what is ready, until nothing is left, the list is given up, or something keeps all of it. Called by the job;
    killed anywhere and run again, it goes on where it was."""
    while _send_next(list_id, clock):
        pass


def _send_next(list_id: UUID, clock: Clock) -> bool:
    sending = SendingList.objects.select_related("template", "member__account").get(id=list_id)
    if sending.state != ListState.SENDING:
        return False
    row = sending.rows.filter(state=RowState.READY).order_by("number").first()
    if row is None:
        _finish(sending, clock)
        return False
    try:
        actor = _sender(sending)
        with transaction.atomic():
            _send(sending, row, actor, clock)
    except PliError as refusal:
        if refusal.status in STOPPING or isinstance(refusal, SenderGone):
            _stop(sending, refusal, clock)
            return False
        told = [told_of(refusal)]
        SendingRow.objects.filter(id=row.id, state=RowState.READY).update(state=RowState.FAILED, told=told)
    return True


def _sender(sending: SendingList) -> StaffActor:
    try:
        actor = staff_actor(sending.member.account, sending.organisation_id)
        actor.require_writer()
    except (NotFound, NotAllowed):
        raise SenderGone from None
    return actor


def _send(sending: SendingList, row: SendingRow, actor: StaffActor, clock: Clock) -> None:
    """The request and the row's new state, together or not at all."""
    mine = SendingRow.objects.select_for_update().filter(id=row.id, state=RowState.READY).first()
    # Given up, or sent by another worker, since it was looked at.
    if mine is None or not SendingList.objects.filter(id=sending.id, state=ListState.SENDING).exists():
        return
    content = load_content(sending.content)
    request = request_from(sending.template, content, use_of(sending, mine.title, people_of_row(mine)), clock=clock)
    # All rows are made of the template as it stood when the list came.
    request = replace(request, template_version=sending.template_version)
    mine.ceremony = send_ceremony(actor, request, clock=clock)
    mine.state = RowState.SENT
    mine.save(update_fields=["ceremony", "state"])


@transaction.atomic
def _stop(sending: SendingList, refusal: PliError, clock: Clock) -> None:
    if SendingList.objects.filter(id=sending.id, state=ListState.SENDING).exists():
        move_list(sending, "stop", told=told_of_list(refusal))
        tell_list(events.LIST_STOPPED, sending, BY, clock, code=refusal.code)
        tell_list_stopped(sending, refusal, clock=clock)


@transaction.atomic
def _finish(sending: SendingList, clock: Clock) -> None:
    locked = SendingList.objects.select_for_update().filter(id=sending.id, state=ListState.SENDING).exists()
    if locked:
        counts = count_rows(sending)
        move_list(sending, "finish", ended_at=clock.now())
        tell_list(events.LIST_DONE, sending, BY, clock, sent=counts["SENT"], failed=counts["FAILED"])
