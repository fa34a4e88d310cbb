"""A process of its own that works or records, made to be killed.

``python -m tests.project.queue_process worker [stalled_after]`` works; ``… recorder`` records papers until killed.
"""

from __future__ import annotations

import sys
import time
from uuid import UUID

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402
from procrastinate.contrib.django import app  # noqa: E402

from pli.journal.api import Event, record, subscribe  # noqa: E402
from pli.kit.ids import new_id  # noqa: E402
from tests.journal.papers import SIGNED, SILENT  # noqa: E402
from tests.project import queue_jobs  # noqa: E402, F401 - known to this worker

ORGANISATION = UUID("01900000-0000-7000-8000-000000000001")


@subscribe(SIGNED, "tests.slow-listener")
def listen(event: Event) -> None:
    """Looks at each signed paper once, slowly enough to be killed at it."""
    record(SILENT, organisation_id=ORGANISATION, subject=("paper", event.subject_id), actor="system:test")
    time.sleep(0.005)


def record_until_killed() -> None:
    """Sign papers, one transaction each: enough of them to be killed at one, few enough to be dispatched soon."""
    for _ in range(200):
        with transaction.atomic():
            record(SIGNED, organisation_id=ORGANISATION, subject=("paper", new_id()), actor="system:test")
        time.sleep(0.1)
    time.sleep(600)


def main(role: str, stalled_after: str = "") -> None:
    """Play one role until killed or told to stop."""
    if role == "recorder":
        record_until_killed()
    from pli.project.queue import run_worker

    if stalled_after:
        seconds = float(stalled_after)
        app.worker_defaults.update(update_heartbeat_interval=seconds / 4, stalled_worker_timeout=seconds)
        settings.PROCRASTINATE_WORKER_DEFAULTS["stalled_worker_timeout"] = seconds
    run_worker()


if __name__ == "__main__":
    main(*sys.argv[1:])
