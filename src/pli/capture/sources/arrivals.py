"""What a source hands to capture, and what it has to say when it can't."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet

from pli.capture.errors import (
    FolderUnreachable,
    MailboxUnreachable,
    SourceClosed,
    TransferIncomplete,
    WrongDropPassword,
)
from pli.capture.models import Capture, InputSource
from pli.capture.receiving import receive
from pli.capture.sources.naming import final_name, is_temporary
from pli.capture.states import CaptureState, SourceKind
from pli.capture.wishes import Wishes
from pli.documents.api import StoredBytes, UnableToStore
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PliError, write_problem
from pli.kit.ids import new_id
from pli.kit.passwords import is_secret
from pli.parties.api import Role, StaffActor

SAME_WITHIN = timedelta(minutes=15)
"""The same bytes under the same name by the same account within this time are one drop whose answer was lost."""
PASSING = tuple(
    one.code
    for one in (
        TransferIncomplete,
        FolderUnreachable,
        MailboxUnreachable,
        SourceClosed,
        UnableToStore,
        WrongDropPassword,
    )
)
"""Problems that the next arrival shows to be over; the others stay until somebody has seen them."""
SETTLES_IN = 60
"""Seconds a drop under a temporary name has to get its final one."""


def find_account(channel: SourceKind, login: str, secret: str) -> InputSource | None:
    """The drop account of this log-in and password that takes files now; both wrong and unknown are None."""
    source = _all().filter(channel=channel, login=login[:40]).first() if "\0" not in login else None
    is_right = is_secret(secret, source.secret_digest if source else "")
    # Nothing that somebody must see is hidden behind a password mistyped.
    if source and source.is_active and not is_right and source.problem_code in ("", *PASSING):
        note_problem(source.id, WrongDropPassword(name=source.name))
    return source if source and is_right and is_accepting(source) else None


def is_plain_allowed(login: str) -> bool:
    """Whether this FTP account may log in without TLS."""
    if "\0" in login:
        return False
    source = _all().filter(channel=SourceKind.FTP, login=login[:40], is_active=True).first()
    return bool(source and source.options.get("allows_plain"))


def active_sources(*channels: SourceKind) -> list[InputSource]:
    """The sources of these kinds that take files now."""
    found = _all().filter(channel__in=channels, is_active=True).order_by("created_at")
    return [source for source in found if is_accepting(source)]


def is_accepting(source: InputSource) -> bool:
    """Whether it takes files: switched on, and its member still in the team and allowed to file."""
    member = source.member
    return source.is_active and member.is_active and member.account.is_active and member.role != Role.AUDITOR


def receive_from(
    source: InputSource,
    *,
    stored: StoredBytes,
    file_name: str,
    source_key: str,
    media_type: str,
    settles_in: int = 0,
    clock: Clock = SYSTEM_CLOCK,
) -> tuple[Capture, bool]:
    """Record what a source received, in its member's name; when this is committed it may be acknowledged.

    :raises SourceClosed: when it takes nothing any more; otherwise as :func:`pli.capture.receiving.receive`.
    """
    current = _all().get(id=source.id)
    if not is_accepting(current):
        raise SourceClosed(name=current.name)
    member = current.member
    with transaction.atomic():
        capture, is_new = receive(
            StaffActor(current.organisation_id, member.account_id, member.id, Role(member.role)),
            channel=current.channel.lower(),
            stored=stored,
            file_name=file_name,
            source_key=source_key,
            wishes=Wishes(kind=current.kind, recipe_id=current.recipe_id),
            media_type=media_type,
            is_held=current.asks_first,
            source_id=current.id,
            settles_in=settles_in,
            clock=clock,
        )
        InputSource.objects.filter(id=current.id).update(last_received_at=clock.now())
    if current.problem_code in PASSING:
        forget_problem(current.id)
    return capture, is_new


@transaction.atomic
def receive_drop(
    source: InputSource, *, stored: StoredBytes, sent_name: str, media_type: str, clock: Clock = SYSTEM_CLOCK
) -> tuple[Capture, bool]:
    """Record a file a drop account sent. The same one again within :data:`SAME_WITHIN` is the first one's capture.

    Under a temporary name it waits :data:`SETTLES_IN` seconds, or for its session's end, for its final one.
    Raises as :func:`receive_from`.
    """
    print_ = hashlib.sha256(f"{source.id}\0{final_name(sent_name)}\0{stored.sha256}".encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [int(print_[:15], 16)])
    former = (
        Capture.objects.filter(source=source, blob_id=stored.sha256, received_at__gte=clock.now() - SAME_WITHIN)
        .filter(source_key__startswith=print_)
        .exclude(state=CaptureState.DISMISSED)
        .first()
    )
    return receive_from(
        source,
        stored=stored,
        file_name=final_name(sent_name),
        source_key=former.source_key if former else f"{print_}.{new_id().hex}",
        media_type=media_type,
        settles_in=SETTLES_IN if is_temporary(sent_name) else 0,
        clock=clock,
    )


def note_problem(source_id: UUID, error: PliError, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Keep why a source could not take something: its page and « À traiter » show it."""
    InputSource.objects.filter(id=source_id).update(
        problem_code=error.code, problem=write_problem(error), problem_at=clock.now()
    )


def forget_problem(source_id: UUID) -> None:
    """It answers again."""
    InputSource.objects.filter(id=source_id).exclude(problem_code="").update(
        problem_code="", problem={}, problem_at=None
    )


def _all() -> QuerySet[InputSource]:
    return InputSource.objects.select_related("organisation", "member__account")
