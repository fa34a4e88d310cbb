"""Fixtures of the journal's tests."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from uuid import UUID

import pytest

from pli.journal import outbox
from pli.journal.api import subscribe
from pli.kit.ids import new_id
from tests.journal.papers import SIGNED, Listener
from tests.journal.tsa import OpensslTimestamps


@pytest.fixture
def organisation() -> UUID:
    return new_id()


@pytest.fixture
def listener() -> Iterator[Listener]:
    """Listens to SIGNED for the time of a test."""
    heard = Listener()
    subscribe(SIGNED, "test.listener")(heard)
    yield heard
    del outbox._HANDLERS["test.listener"]
    outbox._BY_EVENT[SIGNED.name].remove("test.listener")


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> OpensslTimestamps:
    if shutil.which("openssl") is None:
        pytest.skip("the openssl command is missing")
    return OpensslTimestamps(tmp_path_factory.mktemp("tsa"))


@pytest.fixture
def timestamps(authority: OpensslTimestamps) -> Iterator[OpensslTimestamps]:
    """A real timestamp authority, in order at the start of each test."""
    authority.is_down, authority.asked = False, 0
    yield authority
