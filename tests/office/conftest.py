"""The people of the office's tests."""

from typing import Any

import pytest

from tests.parties.conftest import alice, atelier, bob, clock, rival, staff
from tests.support.people import House, make_house

__all__ = ["alice", "atelier", "bob", "clock", "rival", "staff"]


@pytest.fixture
def house(db: None, settings: Any, tmp_path: Any) -> House:
    """An organisation in a home of its own, whose messages stay on this machine."""
    settings.PLI_HOME = tmp_path
    settings.PLI_MAIL_URL = settings.PLI_SMS_URL = ""
    return make_house()
