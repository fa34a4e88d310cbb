"""Fixtures of the journal's tests."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest

from pli.journal import outbox
from pli.journal.api import subscribe
from pli.kit.ids import new_id
from tests.journal.papers import SIGNED, Listener


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
