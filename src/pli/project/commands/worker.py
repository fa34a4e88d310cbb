"""``pli worker``: what is done in the background."""

from __future__ import annotations

import argparse
import os
import socket

from pli.project.config import config
from pli.project.database import database_for, start_django

HEARTBEAT_SECONDS = 3.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which queues, when not all of them."""
    parser.add_argument("--queues", nargs="*", default=None)


def run(arguments: argparse.Namespace) -> int:
    """Work until told to stop; what is not finished by then is taken up again by another worker."""
    with database_for(config()) as _url:
        start_django()
        from procrastinate.contrib.django import app

        from pli.project.tasks import STALLED_SECONDS

        with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
            worker.run_worker(
                queues=arguments.queues,
                name=f"{socket.gethostname()}-{os.getpid()}",
                concurrency=config().worker_threads,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                shutdown_graceful_timeout=5.0,
                fetch_job_polling_interval=2.0,
                delete_jobs="successful",
            )
    return 0
