"""Obeying a tag: what it plans is done once, its sender is told when it can't be."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction

from pli.documents.api import create_document, existing_blob_path
from pli.gateway import events
from pli.gateway.accounts import actor_of, is_sending
from pli.gateway.errors import TagRefused
from pli.gateway.letters import Opened, opened, read_letter
from pli.gateway.models import MailAccount, MailMessage, MailRecipient, SharedFile
from pli.gateway.options import SenderOptions, read_options
from pli.gateway.plugs import Letter, Plan
from pli.gateway.queueing import relay_later
from pli.gateway.sealing import seal_link
from pli.gateway.seams import AskedSignature, AskedSigner, signing_desk
from pli.gateway.sharing import make_files_link, share_files
from pli.gateway.states import MAIL, RELAY, MailState, RelayState
from pli.gateway.subjects import find_tag, tag_of
from pli.gateway.telling import tell_refused
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
        message = _waiting(message_id) if is_mine else None
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


def _waiting(message_id: UUID) -> MailMessage | None:
    rows = MailMessage.objects.select_related("organisation", "account__member__account")
    return rows.filter(id=message_id, state=MailState.ACCEPTED).first()


def _obey(message: MailMessage, account: MailAccount, content: Opened, clock: Clock) -> None:
    found = find_tag(content_subject(content))
    if found and found.others:
        raise TagRefused(reason=Phrase("un seul mot-clé par courriel (l’objet en porte plusieurs)."))
    addresses = list(message.recipients.filter(inbox_id=None).order_by("position").values_list("address", flat=True))
    letter = read_letter(content, addresses, received_at=message.received_at)
    options = read_options(account.options)
    plan: Plan = tag_of(message.tag).plan(letter, message.argument, options)
    if plan.signatories:
        _ask_signatures(message, account, content, letter, plan, options, clock)
    elif plan.shared:
        _share(message, content, letter, plan, options, clock)
    else:
        _hold(message, plan, clock)


def content_subject(content: Opened) -> str:
    """The subject with its tags."""
    from pli.gateway.mime.heads import read_head

    return read_head(bytes(content.content[: content.root.body])).subject


# -- held until its hour ------------------------------------------------------------------------------------------


def _hold(message: MailMessage, plan: Plan, clock: Clock) -> None:
    at = plan.not_before or clock.now()
    with transaction.atomic():
        if _move(message, "handle", not_before=plan.not_before):
            _queue(message, message.recipients.all(), at)


def _queue(message: MailMessage, recipients: object, at: object) -> None:
    from pli.gateway.accepting import USEFUL_FOR

    waiting = recipients.filter(state__in=RELAY.sources("queue"))  # type: ignore[attr-defined]
    waiting.update(state=RelayState.QUEUED, next_try_at=at, give_up_at=at + USEFUL_FOR)  # type: ignore[operator]
    relay_later([message.id], at=at)  # type: ignore[arg-type]


# -- files behind links -------------------------------------------------------------------------------------------


def _share(
    message: MailMessage, content: Opened, letter: Letter, plan: Plan, options: SenderOptions, clock: Clock
) -> None:
    wanted = [one for one in letter.attachments if one.part in plan.shared]
    stored = [(one, content.store(one.part)) for one in wanted]
    with transaction.atomic():
        if not _move(message, "handle", plan={"shared": list(plan.shared)}):
            return
        SharedFile.objects.filter(message=message).delete()
        share_files(message, stored, until=clock.now() + timedelta(days=options.link_days))
        for recipient in message.recipients.filter(inbox_id=None):
            make_files_link(recipient)
        _queue(message, message.recipients.all(), clock.now())


# -- signatures ---------------------------------------------------------------------------------------------------


def _ask_signatures(
    message: MailMessage,
    account: MailAccount,
    content: Opened,
    letter: Letter,
    plan: Plan,
    options: SenderOptions,
    clock: Clock,
) -> None:
    actor = actor_of(account)
    documents = [_file_paper(message, account, content, letter, part, clock) for part in plan.papers]
    rows = {row.address.lower(): row for row in message.recipients.filter(inbox_id=None)}
    names = {one.address: one.name for one in letter.people}
    known = signing_desk().mobiles(actor, list(rows)) if options.prefers_sms else {}
    signers = []
    for one in plan.signatories:
        mobile = one.mobile or known.get(one.address, "")
        signers.append(AskedSigner(rows[one.address].id, names[one.address], one.address, mobile, bool(mobile)))
    wanted = AskedSignature(
        title=letter.subject[:200], document_ids=tuple(documents), signers=tuple(signers), days=options.sign_days,
        in_turn=options.signs_in_turn,
    )  # fmt: skip
    with transaction.atomic():
        # First, so that the links that come back find the message handled.
        if not _move(message, "handle"):
            return
        for asked in signers:
            MailRecipient.objects.filter(id=asked.recipient_id).update(name=asked.name[:200])
        ceremony_id = signing_desk().ask(actor, wanted)
        MailMessage.objects.filter(id=message.id).update(ceremony_id=ceremony_id)
        # Whoever gets a blind copy reads the message; they are asked nothing.
        others = message.recipients.exclude(id__in=[asked.recipient_id for asked in signers])
        _queue(message, others, clock.now())


def _file_paper(
    message: MailMessage, account: MailAccount, content: Opened, letter: Letter, part: str, clock: Clock
) -> UUID:
    """The document of one attachment: made once, however often the job is repeated."""
    done: dict[str, str] = message.plan.get("documents", {})
    if part in done:
        return UUID(done[part])
    name = next(one.file_name for one in letter.attachments if one.part == part)
    stored = content.store(part)
    inspection = inspect_pdf(existing_blob_path(stored.sha256), limits=FILING_LIMITS)
    findings = [
        {"code": f.code, "page": f.page, "detail": f.detail, "is_blocking": f.is_blocking} for f in inspection.findings
    ]
    with transaction.atomic():
        document = create_document(
            actor_of(account), kind_slug="other", stored=stored, file_name=name,
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
    moved = waiting.update(
        state=RelayState.QUEUED, sealed_link=seal_link(recipient_id, link), next_try_at=now,
        give_up_at=now + USEFUL_FOR,
    )  # fmt: skip
    if moved:
        relay_later([MailRecipient.objects.values_list("message_id", flat=True).get(id=recipient_id)])
    return bool(moved)


def close_waiting(ceremony_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> int:
    """A request for signature is over: whoever's turn had not come is written nothing any more."""
    rows = MailRecipient.objects.filter(message__ceremony_id=ceremony_id, state=RelayState.WAITING)
    return rows.update(state=RelayState.CANCELLED, reason="la demande de signature est terminée")


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
        record(
            events.MAIL_REFUSED, organisation_id=message.organisation_id, subject=("mail", message.id),
            actor="system:gateway", data={"code": error.code}, clock=clock,
        )  # fmt: skip
        tell_refused(message, error, clock=clock)


def _move(message: MailMessage, verb: str, **changes: object) -> bool:
    state = MAIL.next_state(message.state, verb)
    mine = MailMessage.objects.filter(id=message.id, state__in=MAIL.sources(verb))
    return bool(mine.update(state=state, **changes))
