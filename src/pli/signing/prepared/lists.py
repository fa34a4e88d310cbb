"""Sending in number: a table comes, its columns are chosen, every row is checked, the whole is confirmed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, BinaryIO
from uuid import UUID

from django.db import transaction
from django.db.models import Count

from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound, Phrase, PliError
from pli.kit.transitions import UnableToMove
from pli.parties.api import Actor, Member, StaffActor, read_head, read_lines, scrub_cell
from pli.signing import events
from pli.signing.preferences import preferred_level
from pli.signing.prepared.columns import ReadRow, check_columns, guess_columns, read_row
from pli.signing.prepared.content import RolePerson, TemplateContent, load_content
from pli.signing.prepared.errors import ListRefused
from pli.signing.prepared.models import SendingList, SendingRow
from pli.signing.prepared.states import LIST, ListState, RowState
from pli.signing.prepared.telling import told_of
from pli.signing.prepared.templates import TemplateUse, get_template, list_templates, request_from
from pli.signing.sending import known_person
from pli.signing.sending_rules import check_request

MOST_ROWS = 2000
MOST_BYTES = 5 * 1024 * 1024
SAMPLE = 5


def receive_list(
    actor: StaffActor, template_id: UUID, *, file_name: str, file: BinaryIO, clock: Clock = SYSTEM_CLOCK
) -> SendingList:
    """Keep a table and guess its columns. The template is kept with it as it now stands: all rows go out alike.

    :raises UnableToReadTable: when it is no table; :raises ListRefused: too big, or nothing for a row to say.
    """
    actor.require_writer()
    template = get_template(actor, template_id)
    if template.is_archived:
        raise NotFound
    content = load_content(template.content)
    if not content.open_roles or not content.document_ids:
        raise ListRefused(reason="Un envoi en nombre demande un modèle qui a son document et un rôle à attribuer.")
    table = file.read(MOST_BYTES + 1)
    if len(table) > MOST_BYTES:
        raise ListRefused(reason="La liste dépasse 5 Mo.")
    first = read_head(table, SAMPLE + 1)
    headers = [scrub_cell(cell)[:120] for cell in first[0].cells]
    member = Member.objects.select_related("account", "organisation").get(id=actor.member_id)
    return SendingList.objects.create(
        organisation_id=actor.organisation_id,
        template=template,
        content=template.content,
        template_version=template.version,
        file_name=scrub_cell(file_name)[-200:],
        sha256=hashlib.sha256(table).hexdigest(),
        table=table,
        headers=headers,
        sample=[[scrub_cell(cell)[:80] for cell in line.cells] for line in first[1:]],
        mapping=guess_columns(content, headers),
        level=preferred_level(member.organisation),
        member=member,
        sender_name=member.account.name or member.organisation.name,
        sender_email=member.account.email,
        created_by=actor.reference,
        created_at=clock.now(),
    )


def check_list(
    actor: StaffActor, list_id: UUID, mapping: Mapping[str, int], *, clock: Clock = SYSTEM_CLOCK
) -> SendingList:
    """Choose the columns and check every row; it may be done again until the list is confirmed.

    :raises ListRefused: a column is missing, or there are too many rows; :raises UnableToReadTable: as it is.
    """
    actor.require_writer()
    sending = get_list(actor, list_id)
    LIST.next_state(sending.state, "check")
    content = _with_members(actor, load_content(sending.content))
    chosen = check_columns(content, mapping, len(sending.headers))
    rows = _read(sending, content, chosen, clock)
    with transaction.atomic():
        move_list(sending, "check", mapping=chosen)
        sending.rows.all().delete()
        SendingRow.objects.bulk_create(rows)
    return sending


def _with_members(actor: StaffActor, content: TemplateContent) -> TemplateContent:
    """With the team's members under their own names and addresses. :raises ListRefused: when one has left."""
    try:
        return replace(content, roles=tuple(known_person(actor, role) for role in content.roles))
    except NotFound:
        raise ListRefused(reason="Un membre que ce modèle nomme ne fait plus partie de l’équipe.") from None


def _read(sending: SendingList, content: TemplateContent, mapping: Mapping[str, int], clock: Clock) -> list[SendingRow]:
    rows: list[SendingRow] = []
    seen: dict[str, int] = {}
    lines = read_lines(bytes(sending.table))
    next(lines)
    for line in lines:
        if len(rows) >= MOST_ROWS:
            raise ListRefused(reason="La liste dépasse 2 000 lignes : coupez-la en plusieurs fichiers.")
        said = read_row(content, mapping, line.cells)
        people = [_plain(person) for person in said.people]
        key = repr((said.title, people))
        problem = said.problem or _problem(sending, content, said, clock)
        if not problem and key in seen:
            problem = Phrase("La même demande figure déjà à la ligne %(line)s.", line=seen[key])
        seen.setdefault(key, line.number)
        told = [told_of(ListRefused(reason=problem))] if problem else []
        state = RowState.WRONG if problem else RowState.READY
        rows.append(
            SendingRow(sending=sending, number=line.number, state=state, title=said.title, people=people, told=told)
        )
    if not rows:
        raise ListRefused(reason="La liste n’a aucune ligne sous ses titres.")
    return rows


def _problem(sending: SendingList, content: TemplateContent, said: ReadRow, clock: Clock) -> str:
    """What would keep this row's request from going out, as far as can be known without its document."""
    try:
        use = use_of(sending, said.title, said.people)
        check_request(request_from(sending.template, content, use, clock=clock), clock)
    except PliError as refusal:
        reason = refusal.details.get("reason")
        return reason if isinstance(reason, str) else Phrase(refusal.message, **refusal.details)
    return ""


def use_of(sending: SendingList, title: str, people: tuple[RolePerson, ...]) -> TemplateUse:
    """The use of the template that a row is."""
    return TemplateUse(
        people=people,
        sender_name=sending.sender_name,
        sender_email=sending.sender_email,
        title=title,
        level=sending.level,
    )


def people_of_row(row: SendingRow) -> tuple[RolePerson, ...]:
    """As :func:`check_list` kept them."""
    return tuple(RolePerson(**one) for one in row.people)


def _plain(person: RolePerson) -> dict[str, Any]:
    return {**asdict(person), "values": dict(person.values)}


def confirm_list(actor: StaffActor, list_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> SendingList:
    """Start sending, by a job, the rows that are ready. Confirmed twice, it starts once.

    :raises UnableToMove: when it was confirmed or given up already; :raises ListRefused: when no row is ready.
    """
    from pli.signing.tasks import send_list

    actor.require_writer()
    sending = get_list(actor, list_id)
    with transaction.atomic():
        move_list(sending, "confirm", confirmed_at=clock.now(), table=b"")
        ready = sending.rows.filter(state=RowState.READY).count()
        if not ready:
            raise ListRefused(reason="Aucune ligne n’est prête à partir.")
        tell_list(events.LIST_CONFIRMED, sending, actor.reference, clock, rows=ready)
        send_list.configure(lock=f"sending-list:{sending.id}").defer(list_id=str(sending.id))
    return sending


def resume_list(actor: StaffActor, list_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> SendingList:
    """Go on with what a list had not sent when it stopped. :raises UnableToMove: unless it has stopped."""
    from pli.signing.tasks import send_list

    actor.require_writer()
    sending = get_list(actor, list_id)
    with transaction.atomic():
        move_list(sending, "resume", told={})
        tell_list(events.LIST_RESUMED, sending, actor.reference, clock)
        send_list.configure(lock=f"sending-list:{sending.id}").defer(list_id=str(sending.id))
    return sending


def cancel_list(actor: StaffActor, list_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> SendingList:
    """Give up what has not gone out; what has, goes on. :raises UnableToMove: when it is over."""
    actor.require_writer()
    sending = get_list(actor, list_id)
    with transaction.atomic():
        move_list(sending, "cancel", ended_at=clock.now(), table=b"")
        # A row that is going out this very moment is locked: this waits, and finds it sent.
        left = sending.rows.filter(state=RowState.READY).update(state=RowState.LEFT)
        sent = sending.rows.filter(state=RowState.SENT).count()
        tell_list(events.LIST_CANCELLED, sending, actor.reference, clock, sent=sent, left=left)
    return sending


def get_list(actor: Actor, list_id: UUID) -> SendingList:
    """:raises NotFound: when it does not exist for this actor: those who may not read the template's papers neither."""
    if not isinstance(actor, StaffActor):
        raise NotFound
    rows = SendingList.objects.filter(organisation_id=actor.organisation_id, id=list_id)
    sending = rows.select_related("template").first()
    if sending is None:
        raise NotFound
    get_template(actor, sending.template_id)
    return sending


def lists_of(
    actor: Actor, limit: int = 50, *, template_id: UUID | None = None, before: UUID | None = None
) -> list[SendingList]:
    """The latest lists, the newest first; of one template, or those before a list, when asked."""
    seen = {one.id for kept in (False, True) for one in list_templates(actor, is_archived=kept)}
    wanted = seen & {template_id} if template_id else seen
    rows = SendingList.objects.filter(template_id__in=wanted).defer("table").select_related("template")
    return list((rows.filter(id__lt=before) if before else rows).order_by("-id")[:limit])


def count_rows(sending: SendingList) -> dict[str, int]:
    """How many rows stand where."""
    rows = sending.rows.order_by().values_list("state").annotate(n=Count("id"))
    return {**dict.fromkeys(RowState.values, 0), **dict(rows)}


def move_list(sending: SendingList, verb: str, **fields: Any) -> None:
    """Move the list by the table, unless somebody was first. :raises UnableToMove:"""
    target = LIST.next_state(sending.state, verb)
    moved = SendingList.objects.filter(id=sending.id, state=sending.state).update(state=target, **fields)
    if not moved:
        raise UnableToMove(state=sending.state, verb=verb, machine=LIST.name)
    sending.state = ListState(target)
    for name, value in fields.items():
        setattr(sending, name, value)


def tell_list(kind: EventType, sending: SendingList, actor: str, clock: Clock, **data: Any) -> None:
    """Tell the journal what happened to a list."""
    known = {
        "template_id": str(sending.template_id), "template_version": sending.template_version,
        "sha256": sending.sha256, **data,
    }  # fmt: skip
    record(
        kind,
        organisation_id=sending.organisation_id,
        subject=("sending-list", sending.id),
        actor=actor,
        data={name: value for name, value in known.items() if name in kind.fields},
        clock=clock,
    )
