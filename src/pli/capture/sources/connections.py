"""The database for threads that live long and ask seldom: none holds a connection while it waits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import close_old_connections, connection


@contextmanager
def own_connection() -> Iterator[None]:
    """A connection for what is done inside, given back at the end."""
    close_old_connections()
    try:
        yield
    finally:
        connection.close()
