"""Jobs made to be killed or to fail."""

from __future__ import annotations

import os
import time
from pathlib import Path

from django.db import transaction
from procrastinate.contrib.django import app


@app.task(name="tests.wait-once")
def wait_once(folder: str) -> None:
    """The first run never ends by itself; the second does at once."""
    here = Path(folder)
    if not (here / "begun").exists():
        (here / "begun").write_text(str(os.getpid()))
        time.sleep(600)
    (here / "done").touch()


@app.task(name="tests.defer-and-fail")
def defer_and_fail(folder: str) -> None:
    """Defers another job in a transaction that is then rolled back."""
    with transaction.atomic():
        wait_once.defer(folder=folder)
        raise RuntimeError


@app.task(name="tests.hold")
def hold(folder: str) -> None:
    """Holds its lock until it is let go."""
    here = Path(folder)
    (here / "held").touch()
    until = time.monotonic() + 60
    while not (here / "go").exists() and time.monotonic() < until:
        time.sleep(0.01)


@app.task(name="tests.at-once")
def at_once() -> None:
    """Nothing to do."""
