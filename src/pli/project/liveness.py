"""Whether a worker lives: it holds a lock of PostgreSQL, which its death gives back at once.

Signs written every few seconds tell of a death only once several are missing; a lost connection tells at once.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import psycopg
from procrastinate.contrib.django import connector_params
from procrastinate.worker import Worker

LIFE = 7203
"""The first key of the lock; the second is the worker's number."""
_LOOKED_AFTER_SECONDS = 0.01


@contextlib.asynccontextmanager
async def showing_life(worker: Worker) -> AsyncIterator[asyncio.Task[None]]:
    """Hold the lock of ``worker`` from the moment it has a number; the task ends when the connection is lost, and with
    it the lock: others then take the worker's jobs, so it must stop.

    :raises psycopg.OperationalError: the database is not there.
    """
    async with await psycopg.AsyncConnection.connect(**connector_params(), autocommit=True) as connection:
        shown = asyncio.create_task(_hold(connection, worker))
        try:
            yield shown
        finally:
            shown.cancel()
            with contextlib.suppress(asyncio.CancelledError, psycopg.Error):
                await shown


async def _hold(connection: psycopg.AsyncConnection[tuple[object, ...]], worker: Worker) -> None:
    while worker.worker_id is None:
        await asyncio.sleep(_LOOKED_AFTER_SECONDS)
    await connection.execute("SELECT pg_advisory_lock(%s, %s)", [LIFE, worker.worker_id])
    with contextlib.suppress(psycopg.Error):
        # Nobody notifies: this waits for the connection to end.
        async for _ in connection.notifies():
            pass
