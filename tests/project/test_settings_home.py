"""Tests that run at the same time share nothing on the disk: one’s full disk or sweep is never another’s."""

from __future__ import annotations

import os

from django.conf import settings

from pli.project.config import config


def test_each_worker_has_a_home_of_its_own() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "home")
    assert str(settings.PLI_HOME).endswith(f"/{worker}")
    assert str(config().home) == str(settings.PLI_HOME)
