"""Taking what is new in a mailbox: each attached document one capture, committed with how far the mailbox was read."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.db import transaction

from pli.capture.channels.imap.client import MOST_MESSAGE_BYTES, Mailbox
from pli.capture.errors import EmptyFile, FileTooLarge, MailWithoutDocument
from pli.capture.limits import readable_size
from pli.capture.models import InputSource
from pli.capture.sources.arrivals import receive_from
from pli.capture.sources.options import MailboxOptions, read_options
from pli.capture.sources.problems import note_problem
from pli.capture.sources.sniffing import LOOKED_AT, MAIL, sniff
from pli.documents.api import BlobWriter, StoredBytes, UnableToStore, store_bytes
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.ids import new_id
from pli.kit.sandbox import JobLimits, SandboxFailed, SandboxKilled, run_isolated

MOST_IN_ONE_ROUND = 200
_STEP = 1 << 20
_LIMITS = JobLimits(wall_seconds=120, cpu_seconds=90, memory_bytes=1 << 30)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True)
class Attached:
    """A document of a message, durable. ``number``: which part of it."""

    stored: StoredBytes
    name: str
    number: str
    media_type: str


def read_mailbox(source: InputSource, mailbox: Mailbox, *, clock: Clock = SYSTEM_CLOCK) -> int:
    """Take the messages that came since the last time; how many.

    A crash anywhere leaves either a message not taken, or one taken and not marked: the mark is made up next time.

    :raises PlugError: when the mail server gives up; :raises UnableToStore, SourceClosed, DatabaseError: likewise ours.
    """
    mailbox.refresh()
    position, since = _begin(source, mailbox)
    for uid in position["due"]:
        _settle(source, mailbox, uid)
    uids = mailbox.search(after=position["last_uid"], since=since)[:MOST_IN_ONE_ROUND]
    for uid in uids:
        if _take_message(source, mailbox, uid, clock):
            _settle(source, mailbox, uid)
    return len(uids)


def _begin(source: InputSource, mailbox: Mailbox) -> tuple[dict[str, Any], str]:
    """How far the mailbox was read; when it is another one than before, since when to look."""
    source.refresh_from_db(fields=["position", "created_at"])
    position = source.position
    since = str(position.get("since", ""))
    if position.get("uid_validity") == mailbox.uid_validity:
        return position, since
    if read_options(MailboxOptions, source.options).takes_former:
        # At first as when the server numbers its messages anew: all of them, those already taken being known.
        since, last = "", 0
    elif position:
        # The server numbers its messages anew (RFC 3501 §2.3.1.1): looked at again, and known by their Message-ID.
        # Days are the server's own (RFC 3501 §6.4.4): where it stands, it may still be the day before ours.
        born = source.created_at - timedelta(days=1)
        since, last = f"{born.day:02d}-{_MONTHS[born.month - 1]}-{born.year}", 0
    else:
        # A server that does not say UIDNEXT is asked for its last message.
        since, last = "", mailbox.uid_next - 1 if mailbox.uid_next else max(mailbox.search(after=0), default=0)
    position = {"uid_validity": mailbox.uid_validity, "last_uid": last, "due": [], "since": since}
    InputSource.objects.filter(id=source.id).update(position=position)
    return position, since


def _take_message(source: InputSource, mailbox: Mailbox, uid: int, clock: Clock) -> bool:
    """Capture the documents of one message; False when it holds none: it is kept whole, and stays as it is there."""
    size = mailbox.size_of(uid)
    limit = min(MOST_MESSAGE_BYTES, settings.PLI_MAX_UPLOAD_BYTES)
    if size > limit:
        name = f"message {uid}"
        told = FileTooLarge(name=name, limit=readable_size(limit))
        note_problem(source.id, told, file_name=name, clock=clock)
        _advance(source, uid, is_due=False)
        return False
    content = mailbox.fetch(uid) if size else b""
    if not content:
        _advance(source, uid, is_due=False)
        return False
    said, documents = look_into(content)
    tell_empty(source, said, clock=clock)
    if not documents:
        with transaction.atomic():
            keep_message(source, content, said.get("subject", ""), clock=clock)
            _advance(source, uid, is_due=False)
        return False
    with transaction.atomic():
        for one in documents:
            receive_from(
                source,
                stored=one.stored,
                file_name=one.name or said["subject"] or "message.pdf",
                source_key=_key(source, content, said["message_id"], one),
                media_type=one.media_type,
                clock=clock,
            )
        _advance(source, uid, is_due=True)
    return True


def look_into(content: bytes) -> tuple[dict[str, Any], list[Attached]]:
    """As :func:`unpack_message`; of a message that can't be taken apart, nothing."""
    try:
        return unpack_message(content)
    except (MailWithoutDocument, SandboxKilled, SandboxFailed):
        return {}, []


def tell_empty(source: InputSource, said: dict[str, Any], *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Note on the source that a message of it had an attachment without a byte; the others are taken all the same."""
    for name in said.get("empty", [])[:1]:
        note_problem(source.id, EmptyFile(name=name), file_name=name, clock=clock)


def keep_message(source: InputSource, content: bytes, subject: str, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Capture a message without a document, whole: it is parked, with its reason, when it is examined. The same message
    again is the same capture."""
    stored = store_bytes([content])
    told = f"{source.id}\0message\0{stored.sha256}"
    receive_from(
        source,
        stored=stored,
        file_name=f"{subject[:140] or 'message'}.eml",
        source_key=hashlib.sha256(told.encode()).hexdigest(),
        media_type=MAIL,
        clock=clock,
    )


def refuse_message(content: bytes) -> NoReturn:
    """Say why a message gives no document.

    :raises MailWithoutDocument, SandboxKilled, SandboxFailed: always one of them.
    """
    said, documents = unpack_message(content)
    reason = "sa lecture a été interrompue" if documents else "ni PDF ni image en pièce jointe"
    raise MailWithoutDocument(subject=said["subject"], reason=reason)


def unpack_message(content: bytes) -> tuple[dict[str, Any], list[Attached]]:
    """What a message says of itself, and its documents, durable."""
    staging = Path(settings.PLI_HOME) / "staging"
    staging.mkdir(parents=True, exist_ok=True)
    # The staging sweep removes what a killed process leaves under this name.
    target = staging / f"blob-mail-{new_id()}"
    try:
        said = run_isolated(
            "pli.capture.channels.imap.parts:extract",
            inputs={"message": content},
            outputs={"target": target},
            limits=_LIMITS,
            raises=(MailWithoutDocument,),
        )
        return said, [_keep(target, one) for one in said["documents"]]
    except OSError as error:
        raise UnableToStore(reason=error.strerror or "E/S") from error
    finally:
        target.unlink(missing_ok=True)


def _keep(whole: Path, described: dict[str, Any]) -> Attached:
    with whole.open("rb") as file, BlobWriter() as writer:
        file.seek(described["offset"])
        head, left = b"", described["size"]
        while left and (chunk := file.read(min(_STEP, left))):
            head = head or chunk[:LOOKED_AT]
            left -= len(chunk)
            writer.write(chunk)
        return Attached(writer.keep(), str(described["name"]), str(described["number"]), sniff(head))


def _key(source: InputSource, content: bytes, message_id: str, one: Attached) -> str:
    """The same for the same attachment of the same message, whatever number the server gives the message.

    Old copiers name no message: theirs is known by its bytes, which say when and by which way it came.
    """
    whole = message_id or hashlib.sha256(content).hexdigest()
    told = (str(source.id), whole, one.number, one.stored.sha256)
    return hashlib.sha256("\0".join(told).encode("utf-8", "replace")).hexdigest()


def _settle(source: InputSource, mailbox: Mailbox, uid: int) -> None:
    mailbox.settle(uid)
    with transaction.atomic():
        position = InputSource.objects.select_for_update().get(id=source.id).position
        position["due"] = [one for one in position.get("due", []) if one != uid]
        InputSource.objects.filter(id=source.id).update(position=position)


@transaction.atomic
def _advance(source: InputSource, uid: int, *, is_due: bool) -> None:
    """Say that a message was dealt with; with ``is_due``, that its mark is to be made."""
    position = InputSource.objects.select_for_update().get(id=source.id).position
    position["last_uid"] = max(uid, position.get("last_uid", 0))
    if is_due:
        position["due"] = [*position.get("due", []), uid]
    InputSource.objects.filter(id=source.id).update(position=position)
