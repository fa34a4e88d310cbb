"""When a failed job is tried again: soon at first, then at most four minutes apart, for three days."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.jobs import Job

# A service that comes back must find its queue drained within five minutes, so no wait is longer than four.
LONGEST_WAIT_SECONDS = 240


def wait_before(attempt: int) -> timedelta:
    """How long to wait before try number ``attempt`` + 1: 2, 4, 8 … seconds, then four minutes."""
    return timedelta(seconds=min(2 ** min(attempt + 1, 16), LONGEST_WAIT_SECONDS))


class Backoff(BaseRetryStrategy):
    """Retries every failure except one that says it is ``permanent``, a little apart from its neighbours."""

    def __init__(self, *, max_attempts: int) -> None:
        self.max_attempts = max_attempts

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """The next try, or None when another one is useless or one too many."""
        if getattr(exception, "permanent", False) or job.attempts >= self.max_attempts:
            return None
        # Not a secret: it only keeps a thousand failed jobs from coming back in the same second.
        wait = wait_before(job.attempts) * random.uniform(0.8, 1.0)  # noqa: S311
        return RetryDecision(retry_at=datetime.now(UTC) + wait)


# About three days: longer than a week-end's outage of a mail server or a timestamp service is worth hiding.
RETRY = Backoff(max_attempts=1100)
