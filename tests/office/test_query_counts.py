"""A page asks the database as many questions for thirty rows as for three."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pli.parties.api import Account, StaffActor
from tests.support.many import make_ceremonies, make_documents, make_parties
from tests.support.people import House, make_house
from tests.support.runs import make_recipe
from tests.support.stopped import fail_deliveries, fail_seals, park_files, park_pieces, park_runs

pytestmark = pytest.mark.django_db

# Address, and the most it may ask. A new query is a decision: raise the ceiling with the reason in the commit.
PAGES: dict[str, int] = {
    "/office/": 41,  # the prepaid account is asked for its shortage
    "/office/documents/": 25,
    "/office/documents/?q=contrat": 25,
    "/office/signatures/": 25,
    "/office/signatures/?q=signataire": 25,
    "/office/parties/clients/": 25,
    "/office/todo/": 32,
    "/office/runs/": 25,
    "/office/index/": 25,
    "/office/messages/": 25,
    "/office/journal/": 28,
    "/office/deliveries/": 28,
}


def _browser(account_id: object) -> Client:
    client = Client()
    client.force_login(Account.objects.get(id=account_id))
    return client


def _fill(house: House, count: int) -> None:
    make_parties(house, count) if count > 3 else None
    documents = make_documents(house, count)
    make_ceremonies(house, documents)


def _queries(client: Client, url: str) -> list[str]:
    client.get(url)  # What is asked once in a process's life (content types, session) does not count.
    with CaptureQueriesContext(
        connection,
    ) as seen:
        answer = client.get(url)
    assert answer.status_code == 200, (url, answer.status_code)
    return [query["sql"] for query in seen.captured_queries]


def _repeated(queries: list[str]) -> str:
    """The questions asked several times, values left out, the most frequent first."""
    shapes = Counter(re.sub(r"'[^']*'(::\w+)?|\b\d+\b", "?", sql)[:4000] for sql in queries)
    return "\n".join(
        f"{count} × {shape[:120]} … {shape[-160:]}" for shape, count in shapes.most_common(12) if count > 1
    )


def _compare(browser: Client, urls: list[str], fill: Callable[[int], None]) -> None:
    fill(3)
    before = {url: _queries(browser, url) for url in urls}
    fill(30)
    for url in urls:
        after = _queries(browser, url)
        told = f"{url}: {len(before[url])} queries for 3 rows, {len(after)} for 30\n{_repeated(after)}"
        assert len(after) <= len(before[url]) + 1, told


@pytest.mark.parametrize("role", ["alice", "chloe"])
def test_pages_of_the_office_ask_as_much_for_thirty_rows_as_for_three(role: str) -> None:
    house = make_house()
    actor: StaffActor = getattr(house, role)
    browser = _browser(actor.account_id)
    urls = [url for url in PAGES if browser.get(url).status_code == 200]
    assert len(urls) >= 6, urls
    _compare(browser, urls, lambda count: _fill(house, count))
    for url in urls:
        asked = _queries(browser, url)
        assert len(asked) <= PAGES[url], f"{url}: {len(asked)} queries\n" + "\n".join(one[:200] for one in asked)


def test_what_waits_is_shown_for_as_much_when_thirty_of_each_kind_wait_as_when_three_do() -> None:
    house = make_house()
    recipe = make_recipe(house)

    def fill(count: int) -> None:
        park_files(house.chloe, count)
        park_runs(house.chloe, recipe, count)
        park_pieces(house.chloe, recipe, count)
        fail_deliveries(house, count)
        fail_seals(house, count)

    _compare(_browser(house.chloe.account_id), ["/office/todo/"], fill)


def test_the_portal_asks_as_much_for_thirty_documents_as_for_three() -> None:
    house = make_house()
    browser = _browser(house.portal.account_id)
    _compare(browser, [reverse("portal:home")], lambda count: _fill(house, count))


def test_a_request_followed_live_asks_little() -> None:
    """The page that is asked again every two seconds."""
    house = make_house()
    [ceremony] = make_ceremonies(house, make_documents(house, 1))
    browser = _browser(house.chloe.account_id)
    url = reverse("signatures:detail", args=[ceremony.id])
    asked = _queries(browser, url)
    assert len(asked) <= 27, f"{len(asked)} queries\n{_repeated(asked)}"
