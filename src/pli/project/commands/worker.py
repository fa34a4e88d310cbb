"""``pli worker``: what is done in the background."""

from __future__ import annotations

import argparse

from pli.project.config import config
from pli.project.database import database_for, start_django
from pli.project.speech import _


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How many jobs at once, when not PLI_WORKER_CONCURRENCY."""
    parser.add_argument("--concurrency", type=int, default=None, help=_("nombre de tâches menées de front"))


def run(arguments: argparse.Namespace) -> int:
    """Work until told to stop; what is not finished by then is taken up again by another worker."""
    with database_for(config()):
        start_django()
        from pli.project.queue import run_worker

        run_worker(concurrency=arguments.concurrency)
    return 0
