"""The authorisation matrix: generated from the URL table, judged by ``expectations.py``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.db import transaction

from tests.matrix.expectations import EXPECTED, Methods, Rule
from tests.matrix.people import TOKENS, Outcome, Who, outcome_of
from tests.matrix.routes import Route, all_routes
from tests.matrix.world import World, build_world
from tests.support.queue import RunJobs

# So that several processors share the addresses out.
PARTS = 3
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Whether a method exists does not depend on who asks: whoever may do the most asks.
ASK_WRONGLY = (Who.ADMIN,)
# Pages that are for all, or for nobody, hear one of each kind.
ONE_OF_EACH = (Who.ANONYMOUS, Who.ADMIN, Who.PORTAL_OWNER)
# To the API a session is nothing, to every other page a token is nothing: one of each says so.
AT_THE_API = (*sorted(TOKENS), Who.ANONYMOUS, Who.ADMIN)
AT_PAGES = (*(who for who in Who if who not in TOKENS), Who.TOKEN)
TURNED_AWAY = {Outcome.NO_SUCH_METHOD, Outcome.LOG_IN, Outcome.UNKNOWN_CALLER, Outcome.FORBIDDEN, Outcome.HIDDEN}


def test_every_address_has_its_line_and_every_line_its_address() -> None:
    known = {route.key for route in all_routes()}
    assert not known - EXPECTED.keys(), "say in tests/matrix/expectations.py who may use these addresses"
    assert not EXPECTED.keys() - known, "these lines of tests/matrix/expectations.py are about no address"


@pytest.mark.django_db
@pytest.mark.timeout(900)
@pytest.mark.parametrize("part", range(PARTS))
def test_everybody_gets_what_is_theirs_and_nothing_else(
    part: int, run_jobs: RunJobs, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("CRITICAL", "django.request")  # refusals by the thousand
    world = build_world(run_jobs)
    routes = list(all_routes())[part::PARTS]
    wrong = [found for route in routes for found in _judge(world, route, EXPECTED.get(route.key, {}))]
    assert not wrong, f"{len(wrong)} wrong:\n" + "\n".join(wrong)


def _judge(world: World, route: Route, methods: Methods) -> Iterator[str]:
    for method in METHODS:
        rule = methods.get(method)
        for who in _askers(route, rule):
            status, got = _knock(world, route, method, who, dict(rule.fields) if rule else {})
            expected = rule.expected(who) if rule else TURNED_AWAY
            if got not in expected:
                wanted = " or ".join(sorted(one.name for one in expected))
                yield f"{route.key}: {method} by {who}: {status}, expected {wanted}"


def _fill(text: str, values: dict[str, str]) -> str:
    return re.sub(r"<([a-z_]+)>", lambda found: values[found[1]], text)


def _askers(route: Route, rule: Rule | None) -> tuple[Who, ...]:
    if rule is None:
        return ASK_WRONGLY
    if rule.door in ("all", "nobody", "theirs", "theirs-own"):
        return ONE_OF_EACH
    return AT_THE_API if route.path.startswith("api/") else AT_PAGES


def _knock(world: World, route: Route, method: str, who: Who, fields: dict[str, Any]) -> tuple[int, Outcome]:
    """One request; whatever it changed in the database is undone."""
    url = route.url(world.values_for(route.key))
    filled = _fill(json.dumps(fields), world.values)
    body: Any = json.loads(filled)
    kind: dict[str, str] = {}
    if url.startswith("/api/"):
        body, kind = filled, {"content_type": "application/json"}
    elif method not in ("GET", "POST"):
        body, kind = b"", {"content_type": "application/octet-stream"}
    data = {} if method == "GET" else {"data": body, **kind}
    client, cookies = world.clients[who], deepcopy(world.clients[who].cookies)
    undone = transaction.atomic()
    undone._from_testcase = True  # type: ignore[attr-defined]  # durable blocks take it for the test's own
    with undone:
        answer = getattr(client, method.lower())(url, headers=world.headers.get(who), **data)
        if answer.streaming:
            b"".join(answer.streaming_content)
        transaction.set_rollback(True)
    client.cookies = cookies  # whoever logged out is still there for the next
    return answer.status_code, outcome_of(answer.status_code, answer.headers.get("Location", ""))
