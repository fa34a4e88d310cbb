"""A sender's second thoughts: what has not left is withdrawn, what failed is tried again."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from pli.gateway import events
from pli.gateway.accepting import USEFUL_FOR
from pli.gateway.mobiles import close_ask
from pli.gateway.models import MailMessage, MailRecipient
from pli.gateway.queries import get_mail
from pli.gateway.queueing import relay_later
from pli.gateway.sharing import make_files_link
from pli.gateway.states import MAIL, RELAY, AskState, MailState, RelayState
from pli.gateway.tracked.sending import note_withdrawn, prepare_again
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.transitions import UnableToMove
from pli.notifications.api import hold_until_commit
from pli.parties.api import StaffActor


@transaction.atomic
def cancel_mail(actor: StaffActor, mail_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> int:
    """Withdraw a message from every recipient it has not left for; how many. A request for signature is withdrawn on
    its own page.

    :raises NotFound: when the actor did not send it; :raises NotAllowed: for an auditor.
    :raises UnableToMove: when it has left for all, or is leaving this instant.
    """
    mail = get_mail(actor, mail_id)
    actor.require_writer()
    if mail.ceremony_id or not hold_until_commit(mail.id):
        raise UnableToMove(state=RelayState.QUEUED.label)
    # What its tags asked is not done any more, when that was still to come.
    coming = MailMessage.objects.filter(id=mail.id, state__in=MAIL.sources("withdraw"))
    coming.update(state=MAIL.next_state(MailState.ACCEPTED, "withdraw"))
    waiting = MailRecipient.objects.filter(message=mail, state__in=RELAY.sources("cancel"))
    count = waiting.update(state=RelayState.CANCELLED, sealed_link=None)
    if not count:
        raise UnableToMove(state=RelayState.RELAYED.label)
    close_ask(mail.id, AskState.WITHDRAWN)
    note_withdrawn(mail, clock=clock)
    record(
        events.MAIL_CANCELLED, organisation_id=mail.organisation_id, subject=("mail", mail.id), actor=actor.reference,
        data={"recipients": count}, clock=clock,
    )  # fmt: skip
    return count


@transaction.atomic
def retry_mail(actor: StaffActor, mail_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> int:
    """Send a message again to whom it could not be delivered; how many they are.

    A signer's link is erased once its message failed: they are reminded from the request's own page.

    :raises NotFound: when the actor did not send it; :raises NotAllowed: for an auditor.
    :raises UnableToMove: when there is nothing to send again.
    """
    mail = get_mail(actor, mail_id)
    actor.require_writer()
    failed = list(MailRecipient.objects.filter(message=mail, state__in=RELAY.sources("retry")))
    if mail.ceremony_id or not failed:
        raise UnableToMove(state=RelayState.RELAYED.label)
    now = clock.now()
    for one in failed:
        MailRecipient.objects.filter(id=one.id, state=RelayState.FAILED).update(
            state=RelayState.QUEUED, tries=0, reason="", next_try_at=now, give_up_at=now + USEFUL_FOR
        )
        if mail.plan.get("tracked"):
            prepare_again(one, clock=clock)
        elif mail.plan.get("shared"):
            make_files_link(one)
    relay_later([mail.id])
    return len(failed)
