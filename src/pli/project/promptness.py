"""A worker that looks for work as soon as there may be some.

Procrastinate's own goes by the notice that a job was deferred, and looks again every few seconds. Two kinds of work
have no notice when it counts: a job that waited for the lock of another, once that one is done; and one whose notice
came in while the worker was just being told that there is nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any

from procrastinate import jobs
from procrastinate.worker import Worker

# A look that was under way when the notice came is over by then, on a machine at rest and on a busy one.
_AGAIN_AFTER_SECONDS = (0.05, 0.5)


class PromptWorker(Worker):
    """See the module. Nothing else differs."""

    _waiting_to_look: asyncio.TimerHandle | None = None

    async def _handle_notification(self, *, channel: str, notification: jobs.Notification) -> None:
        await super()._handle_notification(channel=channel, notification=notification)
        self._look_again()

    async def _persist_job_status(self, *arguments: Any, **named: Any) -> None:
        await super()._persist_job_status(*arguments, **named)
        self._new_job_event.set()

    def _look_again(self) -> None:
        """Once soon and once later, however many notices there are meanwhile."""
        if self._waiting_to_look is not None:
            return
        loop = asyncio.get_running_loop()
        soon, later = _AGAIN_AFTER_SECONDS
        loop.call_later(soon, self._new_job_event.set)
        self._waiting_to_look = loop.call_later(later, self._look_a_last_time)

    def _look_a_last_time(self) -> None:
        self._waiting_to_look = None
        self._new_job_event.set()
