"""One worker at a time holds a message: an advisory lock, which the death of the worker gives back at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from uuid import UUID

from django.db import DatabaseError, InterfaceError, connection


def _number(message_id: UUID) -> int:
    return int.from_bytes(hashlib.sha256(b"pli.message" + message_id.bytes).digest()[:8], "big", signed=True)


def _ask(statement: str, message_id: UUID) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement, [_number(message_id)])
        return bool(cursor.fetchone()[0])


@contextmanager
def held(message_id: UUID) -> Iterator[bool]:
    """Hold the message for the length of the block; gives False when another worker has it."""
    is_mine = _ask("SELECT pg_try_advisory_lock(%s)", message_id)
    try:
        yield is_mine
    finally:
        if is_mine:
            # A connection that is gone has given its locks back already.
            with suppress(DatabaseError, InterfaceError):
                _ask("SELECT pg_advisory_unlock(%s)", message_id)


def hold_until_commit(message_id: UUID) -> bool:
    """Hold the message until the current transaction ends; False when a worker is sending it this instant."""
    return _ask("SELECT pg_try_advisory_xact_lock(%s)", message_id)
