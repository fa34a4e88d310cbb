"""Workers without their start-up: one process loads Pli once and forks a real worker for each line it is told.

``python -m tests.support.nursery CONCURRENCY`` says the number of each child it made. Itself it holds no connection and
no thread, so a child is as whole as one that was started; it ends with its standard input.
"""

from __future__ import annotations

import os
import signal
import sys

import django

django.setup()

from procrastinate.contrib.django import app  # noqa: E402

from pli.project.queue import run_worker  # noqa: E402


def main(concurrency: str) -> None:
    """Make a worker for each line read."""
    app.perform_import_paths()
    # Nobody here waits for a child: the system takes it away when it is killed.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for _line in sys.stdin:
        child = os.fork()
        if not child:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.close(0)
            run_worker(concurrency=int(concurrency))
            os._exit(0)
        sys.stdout.write(f"{child}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
