"""Obeying a tag: what it plans is done once, its sender is told when it can't be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from pli.documents.api import StoredBytes, create_document, existing_blob_path
from pli.gateway import events
from pli.gateway.accounts import actor_of, is_sending
from pli.gateway.errors import TagRefused
from pli.gateway.letters import Opened, opened, read_letter
from pli.gateway.mobiles import ask_mobiles, ask_of, close_ask
from pli.gateway.models import MailAccount, MailMessage, MailRecipient, SharedFile
from pli.gateway.options import SenderOptions, read_options
from pli.gateway.planning import plan_all
from pli.gateway.plugs import Attachment, Letter, Plan
from pli.gateway.queueing import handle_later, relay_later
from pli.gateway.sealing import open_links, seal_link
from pli.gateway.seams import AskedSignature, AskedSigner, signing_desk
from pli.gateway.sharing import make_files_link, share_files
from pli.gateway.states import MAIL, RELAY, AskState, MailState, RelayState
from pli.gateway.telling import tell_refused
from pli.gateway.tracked.gates import TRACKING
from pli.gateway.tracked.sending import prepare_tracking
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import Phrase, PliError, PlugError, write_details
from pli.notifications.api import held
from pli.pdf.api import FILING_LIMITS, inspect_pdf


def handle_message(message_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Do what the message's tag asks, or tell its sender why not. Safe to repeat.

    :raises PliError: when trying again may help (the disk, a service).
    """
    with held(message_id) as is_mine:
        message = _waiting(message_id, clock) if is_mine else None
        if message is None or message.account is None:
            return
        try:
            if not is_sending(message.account):
                raise TagRefused(reason=Phrase("votre compte ne permet plus d’envoyer."))
            with opened(existing_blob_path(message.blob_id)) as content:
                _obey(message, message.account, content, clock)
        except PliError as error:
            if error.status >= 500 and not (isinstance(error, PlugError) and error.permanent):
                raise
            _refuse(message, error, clock)


def _waiting(message_id: UUID, clock: Clock) -> MailMessage | None:
    rows = MailMessage.objects.select_related("organisation", "account__member__account")
    is_due = Q(not_before=None) | Q(not_before__lte=clock.now())
    return rows.filter(is_due, id=message_id, state=MailState.ACCEPTED).first()


def _obey(message: MailMessage, account: MailAccount, content: Opened, clock: Clock) -> None:
    addresses = list(message.recipients.filter(inbox_id=None).order_by("position").values_list("address", flat=True))
    letter = read_letter(content, addresses, received_at=message.received_at)
    options = read_options(account.options)
    plan = plan_all(content.asked, letter, options)
    work = _Work(message, account, content, letter, plan, options)
    if plan.signatories and _awaits_mobiles(work, clock):
        return
    if plan.not_before and plan.not_before > clock.now() and (plan.signatories or plan.shared or plan.is_tracked):
        _put_off(work, plan.not_before)
    elif plan.signatories:
        _ask_signatures(work, clock)
    elif plan.is_tracked:
        _track(work, clock)
    elif plan.shared:
        _share(work, clock)
    else:
        _hold(message, plan, clock)


@dataclass(frozen=True)
class _Work:
    """A message opened, and what is to be done with it."""

    message: MailMessage
    account: MailAccount
    content: Opened
    letter: Letter
    plan: Plan
    options: SenderOptions


# -- held until its hour ------------------------------------------------------------------------------------------


def _hold(message: MailMessage, plan: Plan, clock: Clock) -> None:
    at = plan.not_before or clock.now()
    with transaction.atomic():
        if _move(message, "handle", not_before=plan.not_before):
            _queue(message, message.recipients.all(), at)


def _put_off(work: _Work, at: datetime) -> None:
    """What its other tags ask is done at that hour; what can be seen to be wrong is said at once."""
    for part in work.plan.papers:
        _check_paper(work, part)
    with transaction.atomic():
        if MailMessage.objects.filter(id=work.message.id, state=MailState.ACCEPTED).update(not_before=at):
            handle_later([work.message.id], at=at)


def _check_paper(work: _Work, part: str) -> None:
    inspect_pdf(existing_blob_path(work.content.store(part).sha256), limits=FILING_LIMITS)


def _queue(message: MailMessage, recipients: object, at: object) -> None:
    from pli.gateway.accepting import USEFUL_FOR

    waiting = recipients.filter(state__in=RELAY.sources("queue"))  # type: ignore[attr-defined]
    waiting.update(state=RelayState.QUEUED, next_try_at=at, give_up_at=at + USEFUL_FOR)  # type: ignore[operator]
    relay_later([message.id], at=at)  # type: ignore[arg-type]


# -- files behind links -------------------------------------------------------------------------------------------


def _share(work: _Work, clock: Clock) -> None:
    message = work.message
    _require_small(work)
    stored = _store_shared(work)
    with transaction.atomic():
        if _move(message, "handle", plan={"shared": list(work.plan.shared)}):
            _keep_shared(work, stored, clock)
            _queue(message, message.recipients.all(), clock.now())


def _require_small(work: _Work) -> None:
    """What leaves must be taken by the next server: pictures shown in the text stay in it, however large."""
    left = work.content.length - sum(end - start for start, end in work.content.cuts(work.plan.shared))
    if left > settings.PLI_SMTP_MAX_BYTES:
        raise TagRefused(reason=Phrase("sans ses fichiers joints, il reste trop gros pour partir."))


def _store_shared(work: _Work) -> list[tuple[Attachment, StoredBytes]]:
    # What is tracked keeps its files here, whether or not its text goes with the notice.
    is_all = work.plan.is_tracked
    wanted = [one for one in work.letter.attachments if is_all or one.part in work.plan.shared]
    return [(one, work.content.store(one.part)) for one in wanted]


def _keep_shared(work: _Work, stored: list[tuple[Attachment, StoredBytes]], clock: Clock) -> None:
    SharedFile.objects.filter(message=work.message).delete()
    share_files(work.message, stored, until=clock.now() + timedelta(days=work.options.link_days))
    if work.plan.is_tracked:
        return
    for recipient in work.message.recipients.filter(inbox_id=None):
        make_files_link(recipient)


def _track(work: _Work, clock: Clock) -> None:
    """Each recipient their own notice, number and link."""
    message = work.message
    TRACKING.ask(message.organisation_id)
    if work.plan.shared:
        _require_small(work)
    stored = _store_shared(work)
    names = {one.address: one.name for one in work.letter.people}
    with transaction.atomic():
        if not _move(message, "handle", plan={"tracked": True, "shared": list(work.plan.shared)}):
            return
        _keep_shared(work, stored, clock)
        for recipient in message.recipients.filter(inbox_id=None):
            name = names.get(recipient.address.lower(), "")[:200]
            MailRecipient.objects.filter(id=recipient.id).update(name=name)
            prepare_tracking(recipient, days=work.options.link_days, clock=clock)
        _queue(message, message.recipients.all(), clock.now())


# -- signatures ---------------------------------------------------------------------------------------------------


def _ask_signatures(work: _Work, clock: Clock) -> None:
    message, plan = work.message, work.plan
    actor = actor_of(work.account)
    _require_small(work)
    documents = [_file_paper(work, part, clock) for part in plan.papers]
    stored = _store_shared(work)
    signers = _signers(work)
    wanted = AskedSignature(
        title=work.letter.subject[:200], document_ids=tuple(documents), signers=tuple(signers),
        days=work.options.sign_days, in_turn=work.options.signs_in_turn,
    )  # fmt: skip
    with transaction.atomic():
        # First, so that the links that come back find the message handled.
        if not _move(message, "handle", plan={**message.plan, "shared": list(plan.shared)}):
            return
        if stored:
            _keep_shared(work, stored, clock)
        for asked in signers:
            MailRecipient.objects.filter(id=asked.recipient_id).update(name=asked.name[:200])
        ceremony_id = signing_desk().ask(actor, wanted)
        MailMessage.objects.filter(id=message.id).update(ceremony_id=ceremony_id)
        # Whoever gets a blind copy reads the message; they are asked nothing.
        others = message.recipients.exclude(id__in=[asked.recipient_id for asked in signers])
        _queue(message, others, clock.now())


def _awaits_mobiles(work: _Work, clock: Clock) -> bool:
    """Whether the sender is asked for numbers first; those the subject or the address book gives are not asked.

    :raises TagRefused: when they were asked and did not answer in time.
    """
    ask = ask_of(work.message)
    if ask is not None and ask.state == AskState.OPEN:
        if clock.now() < ask.expires_at:
            return True
        raise TagRefused(reason=Phrase("les numéros de mobile demandés n’ont pas été donnés à temps."))
    if ask is not None or not (work.options.prefers_sms and work.options.asks_mobiles):
        return False
    lacking = [one for one in _signers(work) if not one.mobile]
    if lacking:
        for part in work.plan.papers:
            _check_paper(work, part)
        ask_mobiles(work.message, lacking, not_before=work.plan.not_before, clock=clock)
    return bool(lacking)


def _signers(work: _Work) -> list[AskedSigner]:
    rows = {row.address.lower(): row for row in work.message.recipients.filter(inbox_id=None)}
    names = {one.address: one.name for one in work.letter.people}
    known = signing_desk().mobiles(actor_of(work.account), list(rows)) if work.options.prefers_sms else {}
    ask = ask_of(work.message)
    given: dict[str, str] = ask.numbers if ask else {}
    signers = []
    for one in work.plan.signatories:
        mobile = one.mobile or known.get(one.address, "") or given.get(str(rows[one.address].id), "")
        signers.append(AskedSigner(rows[one.address].id, names[one.address], one.address, mobile, bool(mobile)))
    return signers


def _file_paper(work: _Work, part: str, clock: Clock) -> UUID:
    """The document of one attachment: made once, however often the job is repeated."""
    message = work.message
    done: dict[str, str] = message.plan.get("documents", {})
    if part in done:
        return UUID(done[part])
    name = next(one.file_name for one in work.letter.attachments if one.part == part)
    stored = work.content.store(part)
    inspection = inspect_pdf(existing_blob_path(stored.sha256), limits=FILING_LIMITS)
    findings = [
        {"code": f.code, "page": f.page, "detail": f.detail, "is_blocking": f.is_blocking} for f in inspection.findings
    ]
    with transaction.atomic():
        document = create_document(
            actor_of(work.account), kind_slug="other", stored=stored, file_name=name,
            page_count=inspection.page_count, findings=findings, clock=clock,
        )  # fmt: skip
        message.plan = {**message.plan, "documents": {**done, part: str(document.id)}}
        MailMessage.objects.filter(id=message.id).update(plan=message.plan)
    return document.id


def take_link(recipient_id: UUID, link: str, *, clock: Clock = SYSTEM_CLOCK) -> bool:
    """A signer's link, to leave at the top of the message they were written; False when no message waits for it.

    In the caller's transaction. The link is kept encrypted until it has left, and then no more.
    """
    from pli.gateway.accepting import USEFUL_FOR

    now = clock.now()
    waiting = MailRecipient.objects.filter(id=recipient_id, state__in=RELAY.sources("queue"))
    row = waiting.select_for_update().first()
    if row is None:
        return False
    links = [link, *open_links(row)]
    waiting.update(
        state=RelayState.QUEUED, sealed_link=seal_link(recipient_id, *links), next_try_at=now,
        give_up_at=now + USEFUL_FOR,
    )  # fmt: skip
    relay_later([row.message_id])
    return True


def close_waiting(ceremony_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> int:
    """A request for signature is over: whoever's turn had not come is written nothing any more."""
    rows = MailRecipient.objects.filter(message__ceremony_id=ceremony_id, state=RelayState.WAITING)
    return rows.update(state=RelayState.CANCELLED, sealed_link=None, reason="la demande de signature est terminée")


# -- refused ------------------------------------------------------------------------------------------------------


def _refuse(message: MailMessage, error: PliError, clock: Clock) -> None:
    problem = {
        "message": error.message, "kept": error.kept, "remedy": error.remedy,
        "details": write_details(error.details),
    }  # fmt: skip
    with transaction.atomic():
        if not _move(message, "refuse", problem_code=error.code, problem=problem):
            return
        waiting = message.recipients.filter(state=RelayState.WAITING)
        waiting.update(state=RelayState.CANCELLED)
        close_ask(message.id, AskState.EXPIRED)
        record(
            events.MAIL_REFUSED, organisation_id=message.organisation_id, subject=("mail", message.id),
            actor="system:gateway", data={"code": error.code}, clock=clock,
        )  # fmt: skip
        tell_refused(message, error, clock=clock)


def _move(message: MailMessage, verb: str, **changes: object) -> bool:
    state = MAIL.next_state(message.state, verb)
    mine = MailMessage.objects.filter(id=message.id, state__in=MAIL.sources(verb))
    return bool(mine.update(state=state, **changes))
