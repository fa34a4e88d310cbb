"""A house, a browser session of each of its people, and samples made by other programs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from benches.support.print_run import draw_run
from django.test import Client

from pli.parties.api import Account, StaffActor
from tests.support.people import House, make_house

Enter = Callable[[StaffActor], Client]


@pytest.fixture(scope="session")
def print_run() -> bytes:
    """Three invoices of two pages, one behind the other."""
    return draw_run(3)


@pytest.fixture
def house(db: None) -> House:
    return make_house()


@pytest.fixture
def enter() -> Enter:
    def log_in(actor: StaffActor) -> Client:
        client = Client()
        client.force_login(Account.objects.get(id=actor.account_id))
        return client

    return log_in
