"""Tokens: shown once, kept by digest, as strong as their member is today, and no stronger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client

from pli.api.errors import FieldsRefused, TokenRefused, TooManyRequests
from pli.api.models import ApiToken
from pli.api.scopes import SCOPES
from pli.api.throttle import Buckets
from pli.api.tokens import identify, issue_token, make_demo_token, revoke_token, tokens_for
from pli.journal.api import Event
from pli.kit.clock import FrozenClock
from pli.kit.errors import NotAllowed, NotFound
from pli.kit.ids import new_id
from pli.parties.api import Account, Member, Role
from tests.api.conftest import Api, token_of
from tests.support.people import House

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_the_secret_is_nowhere_in_the_database(house: House) -> None:
    token, text = issue_token(house.alice, name="ERP", scopes=["documents:read"])
    _, public_id, secret = text.split("_")
    assert (token.public_id, len(secret)) == (public_id, 43)
    row = ApiToken.objects.filter(id=token.id).values().get()
    assert secret not in str(row)
    assert secret not in str(list(Event.objects.values_list("data", "personal")))


def test_a_token_acts_with_its_members_role_of_today(house: House) -> None:
    text = token_of(house.bruno)
    Member.objects.filter(id=house.bruno.member_id).update(role=Role.AUDITOR)
    assert identify(text).actor.role == Role.AUDITOR


@pytest.mark.parametrize("end", ["revoked", "expired", "left", "pending", "closed"])
def test_a_token_dies(house: House, end: str) -> None:
    clock = FrozenClock(NOON)
    token, text = issue_token(
        house.chloe, name="ERP", scopes=["documents:read"], expires_at=NOON + timedelta(days=1), clock=clock
    )
    assert identify(text, clock=clock).actor == house.chloe
    match end:
        case "revoked":
            revoke_token(house.chloe, token.id, clock=clock)
            revoke_token(house.chloe, token.id, clock=clock)
        case "expired":
            clock.advance(days=1)
        case "left":
            Member.objects.filter(id=house.chloe.member_id).update(is_active=False)
        case "pending":
            Member.objects.filter(id=house.chloe.member_id).update(is_pending=True)
        case _:
            Account.objects.filter(id=house.chloe.account_id).update(is_active=False)
    with pytest.raises(TokenRefused):
        identify(text, clock=clock)


def test_last_use_is_written_at_most_every_five_minutes(house: House) -> None:
    clock = FrozenClock(NOON)
    token, text = issue_token(house.chloe, name="ERP", scopes=["documents:read"], clock=clock)
    for minutes, expected in ((0, 0), (4, 0), (2, 6)):
        clock.advance(minutes=minutes)
        identify(text, clock=clock)
        token.refresh_from_db()
        assert token.last_used_at == NOON + timedelta(minutes=expected)


def test_only_administrators_make_and_see_tokens_of_others(house: House, other: House) -> None:
    token, _ = issue_token(house.alice, name="ERP", scopes=["documents:read"], member_id=house.chloe.member_id)
    assert list(tokens_for(house.chloe)) == [token]
    assert list(tokens_for(house.bruno)) == []
    assert list(tokens_for(other.alice)) == []
    with pytest.raises(NotAllowed):
        issue_token(house.bruno, name="ERP", scopes=["documents:read"], member_id=house.chloe.member_id)
    with pytest.raises(NotFound):
        issue_token(house.alice, name="ERP", scopes=["documents:read"], member_id=other.chloe.member_id)
    for stranger in (house.bruno, other.alice):
        with pytest.raises(NotFound):
            revoke_token(stranger, token.id)


def test_a_token_needs_a_name_a_scope_and_a_future(house: House) -> None:
    with pytest.raises(FieldsRefused) as refused:
        issue_token(house.alice, name=" ", scopes=["all"], expires_at=datetime.now(UTC))
    assert [problem.field for problem in refused.value.problems] == ["name", "scopes", "expires_at"]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x", "Basic YTpi", "Bearer pli_aaaaaaaaaaaa_" + "a" * 43, "Bearer pli_\u00e9", "pli_x_y"],
)
def test_strangers_get_401_alike(house: House, header: str) -> None:
    answer = Client().get("/api/v1/me", headers={"Authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith('Bearer realm="pli"')
    assert answer.json()["code"] in ("API-001", "API-002")
    assert answer["Content-Type"] == "application/problem+json"


def test_a_session_opens_nothing(house: House) -> None:
    client = Client()
    client.force_login(Account.objects.get(id=house.alice.account_id))
    assert client.get("/api/v1/me").status_code == 401
    assert client.post("/api/v1/folders", "{}", content_type="application/json").status_code == 401


def test_a_missing_scope_is_403_and_names_it(house: House) -> None:
    answer = Api(token_of(house.alice, "parties:read")).get("/documents")
    assert answer.status_code == 403
    assert "documents:read" in answer.json()["detail"]


def test_a_bucket_refills_and_says_when() -> None:
    now = [0.0]
    buckets = Buckets(timer=lambda: now[0])
    token = new_id()
    for _ in range(30):
        buckets.take(token, 120)
    with pytest.raises(TooManyRequests) as refused:
        buckets.take(token, 120)
    assert refused.value.details["seconds"] == 1
    buckets.take(new_id(), 120)
    now[0] += 0.5
    buckets.take(token, 120)


def test_too_many_requests_are_told_when_to_come_back(house: House, settings: object) -> None:
    settings.PLI_API_RATE = 2  # type: ignore[attr-defined]
    api = Api(token_of(house.alice))
    answers = [api.get("/document-kinds") for _ in range(22)]
    assert [answer.status_code for answer in answers[:20]] == [200] * 20
    assert answers[-1].status_code == 429
    assert 1 <= int(answers[-1]["Retry-After"]) <= 30


def test_the_demonstration_token_has_every_scope_and_replaces_the_former(house: House) -> None:
    member = Member.objects.get(id=house.alice.member_id)
    former = make_demo_token(member)
    answer = Api(make_demo_token(member)).get("/me")
    assert len(answer.json()["token"]["scopes"]) == len(SCOPES)
    with pytest.raises(TokenRefused):
        identify(former)
