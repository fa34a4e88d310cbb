"""The process of the sources itself: it says that it lives, and a disk that is full for a while does not end it."""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pli.capture.api import Doors, FilesService
from pli.capture.channels import files

pytestmark = pytest.mark.django_db(transaction=True)


def _wait(seen: Callable[[], bool], seconds: float = 20) -> bool:
    end = time.monotonic() + seconds
    while not seen() and time.monotonic() < end:
        threading.Event().wait(0.02)
    return seen()


def test_a_full_disk_is_lived_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(files, "TOLD_EVERY_SECONDS", 0.05)
    told, half = tmp_path / "run" / "files.json", tmp_path / "run" / f".files.{os.getpid()}"
    told.parent.mkdir()
    half.symlink_to("/dev/full")
    service = FilesService(Doors(tmp_path, "127.0.0.1", 0, 0, None, None, None))
    ended: list[int] = []
    thread = threading.Thread(target=lambda: ended.append(service.run()))
    thread.start()
    try:
        assert _wait(lambda: "No space left" in caplog.text)
        assert not told.exists() and not ended
        half.unlink()
        assert _wait(told.exists)
        assert json.loads(told.read_text())["pid"] == os.getpid()
    finally:
        service.stop()
        thread.join(30)
    assert ended == [0]
