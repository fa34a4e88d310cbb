"""Accepting: bytes fsynced, rows committed, and only then 250. Many messages at once share one flush and one commit.

The same message again, from the same sender to the same recipients, is the message that is already there.
"""

from __future__ import annotations

import hashlib
import logging
import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db import DatabaseError, close_old_connections, connection, transaction
from django.db.models import F

from pli.documents.api import StoredBytes, keep_blobs, store_many
from pli.gateway import events
from pli.gateway.models import MailMessage, MailRecipient
from pli.gateway.queueing import handle_later, relay_later
from pli.gateway.states import MailState, RelayState
from pli.journal.api import Happening, record_many
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.ids import new_id

log = logging.getLogger(__name__)
USEFUL_FOR = timedelta(days=3)
MOST_AT_ONCE = 64


@dataclass(frozen=True)
class Target:
    """One recipient of the envelope; ``inbox_id`` for an address of the gateway's own."""

    address: str
    inbox_id: UUID | None = None
    notify: str = ""
    original: str = ""
    """Reports asked for it: NOTIFY and ORCPT (RFC 3461)."""


@dataclass(frozen=True)
class Arrival:
    """A message received to its last dot. ``content``: its bytes, or where they already are, durable."""

    organisation_id: UUID
    account_id: UUID | None
    sender: str
    targets: tuple[Target, ...]
    content: bytes | bytearray | StoredBytes = field(repr=False)
    subject: str = ""
    message_id: str = ""
    tag: str = ""
    """The tags it has, in the order in which they are obeyed."""
    needs_utf8: bool = False
    peer: str = ""
    returns: str = ""
    envelope_id: str = ""
    """RET and ENVID (RFC 3461)."""

    def fingerprint(self, sha256: str) -> str:
        """What makes a second sending the same one."""
        who = str(self.account_id or self.organisation_id)
        told = "\0".join((who, self.sender, *(target.address for target in self.targets), sha256))
        return hashlib.sha256(told.encode("utf-8", "surrogateescape")).hexdigest()


def accept_many(arrivals: Sequence[Arrival], *, clock: Clock = SYSTEM_CLOCK) -> list[UUID]:
    """Make messages durable; their rows' ids, in the same order. When this returns they may be acknowledged.

    :raises UnableToStore: when the disk refuses; :raises DatabaseError: when the database does. Nothing is kept then.
    """
    small = [one.content for one in arrivals if not isinstance(one.content, StoredBytes)]
    written = iter(store_many(small))
    stored = [one.content if isinstance(one.content, StoredBytes) else next(written) for one in arrivals]
    prints = [one.fingerprint(kept.sha256) for one, kept in zip(arrivals, stored, strict=True)]
    with transaction.atomic():
        known = dict(MailMessage.objects.filter(fingerprint__in=prints).values_list("fingerprint", "id"))
        fresh: dict[str, tuple[Arrival, StoredBytes]] = {}
        for print_, arrival, kept in zip(prints, arrivals, stored, strict=True):
            if print_ in known or print_ in fresh:
                MailMessage.objects.filter(fingerprint=print_).update(resent=F("resent") + 1)
            else:
                fresh[print_] = (arrival, kept)
        known |= _write(fresh, clock)
    return [known[print_] for print_ in prints]


def _write(fresh: dict[str, tuple[Arrival, StoredBytes]], clock: Clock) -> dict[str, UUID]:
    if not fresh:
        return {}
    keep_blobs([(kept, "message/rfc822") for _arrival, kept in fresh.values()])
    messages = [_message(print_, arrival, kept, clock) for print_, (arrival, kept) in fresh.items()]
    MailMessage.objects.bulk_create(messages)
    MailRecipient.objects.bulk_create(
        recipient
        for message, (arrival, _kept) in zip(messages, fresh.values(), strict=True)
        for recipient in _recipients(message, arrival, clock)
    )
    record_many(
        (_happening(message, *fresh[message.fingerprint]) for message in messages),
        clock=clock,
    )
    relay_later([message.id for message in messages if message.state == MailState.HANDLED])
    handle_later([message.id for message in messages if message.state == MailState.ACCEPTED])
    return {message.fingerprint: message.id for message in messages}


def _message(print_: str, arrival: Arrival, kept: StoredBytes, clock: Clock) -> MailMessage:
    return MailMessage(
        id=new_id(), organisation_id=arrival.organisation_id, account_id=arrival.account_id, fingerprint=print_,
        blob_id=kept.sha256, sender=arrival.sender[:320], needs_utf8=arrival.needs_utf8,
        subject=arrival.subject[:200], message_id=arrival.message_id[:300],
        tag=arrival.tag[:60], returns=arrival.returns, envelope_id=arrival.envelope_id,
        state=MailState.ACCEPTED if arrival.tag else MailState.HANDLED,
        received_at=clock.now(), received_from=arrival.peer[:45],
    )  # fmt: skip


def _recipients(message: MailMessage, arrival: Arrival, clock: Clock) -> list[MailRecipient]:
    now = clock.now()
    return [
        MailRecipient(
            message=message, position=position, address=target.address[:320], inbox_id=target.inbox_id,
            # A scan needs no obedience to a tag: its file name may hold anything.
            state=RelayState.WAITING if arrival.tag and not target.inbox_id else RelayState.QUEUED,
            next_try_at=now, give_up_at=now + USEFUL_FOR, notify=target.notify, original=target.original,
        )
        for position, target in enumerate(arrival.targets, 1)
    ]  # fmt: skip


def _happening(message: MailMessage, arrival: Arrival, kept: StoredBytes) -> Happening:
    return Happening(
        events.MAIL_ACCEPTED, organisation_id=message.organisation_id, subject=("mail", message.id),
        actor=f"mail_account:{message.account_id}" if message.account_id else "system:gateway",
        data={
            "sha256": kept.sha256, "size": kept.size, "recipients": len(arrival.targets), "tag": arrival.tag or None,
        },
    )  # fmt: skip


class Acceptor(threading.Thread):
    """One thread that makes messages durable, all that wait at once: a flush and a commit serve them together."""

    def __init__(self) -> None:
        super().__init__(name="acceptor", daemon=True)
        self._waiting: queue.SimpleQueue[tuple[Arrival, Future[UUID]] | None] = queue.SimpleQueue()

    def accept(self, arrival: Arrival) -> Future[UUID]:
        """The message's row, once it is durable; else what refused it."""
        future: Future[UUID] = Future()
        self._waiting.put((arrival, future))
        return future

    def stop(self) -> None:
        """Finish what is waiting, then end."""
        self._waiting.put(None)

    def run(self) -> None:
        """Until told to stop."""
        is_over = False
        while not is_over:
            batch = [self._waiting.get()]
            with suppress(queue.Empty):
                while len(batch) < MOST_AT_ONCE:
                    batch.append(self._waiting.get_nowait())
            is_over = None in batch
            asked = [one for one in batch if one is not None]
            if asked:
                self._serve(asked)
        connection.close()

    def _serve(self, asked: list[tuple[Arrival, Future[UUID]]]) -> None:
        close_old_connections()
        try:
            found = accept_many([arrival for arrival, _future in asked])
        except Exception as error:  # noqa: BLE001 - whatever it was is told to the one it concerns
            if len(asked) == 1:
                self._refuse(asked[0][1], error)
                return
            # One bad message, or a twin that another process has just taken, must not refuse its neighbours.
            for one in asked:
                self._serve([one])
            return
        for (_arrival, future), message_id in zip(asked, found, strict=True):
            future.set_result(message_id)

    def _refuse(self, future: Future[UUID], error: Exception) -> None:
        if isinstance(error, DatabaseError):
            connection.close()
        log.warning("a message could not be made durable: %s", type(error).__name__)
        future.set_exception(error)
