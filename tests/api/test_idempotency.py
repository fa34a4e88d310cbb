"""The same POST twice happens once; two at the same instant too."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from pli.api.idempotency import forget_old_answers
from pli.api.models import IdempotencyRecord
from pli.kit.clock import FrozenClock
from pli.parties.api import Party
from tests.api.conftest import Api, token_of
from tests.support.people import House, make_house

PARTY = {"kind": "CLIENT", "code": "C100", "name": "Nouveau"}
KEY = {"Idempotency-Key": "k-1"}


def test_the_first_answer_is_repeated(chloe: Api, house: House) -> None:
    first = chloe.post("/parties", PARTY, **KEY)
    again = chloe.post("/parties", PARTY, **KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["Idempotency-Replayed"] == "true"
    assert not first.has_header("Idempotency-Replayed")
    assert Party.objects.filter(code="C100").count() == 1


def test_another_request_under_the_key_is_refused(chloe: Api, house: House) -> None:
    chloe.post("/parties", PARTY, **KEY)
    for other in (
        chloe.post("/parties", {**PARTY, "code": "C101"}, **KEY),
        chloe.post("/folders", PARTY, **KEY),
    ):
        assert (other.status_code, other.json()["code"]) == (422, "API-013")


def test_keys_are_each_tokens_own(house: House) -> None:
    first, second = Api(token_of(house.chloe)), Api(token_of(house.chloe))
    assert first.post("/parties", PARTY, **KEY).status_code == 201
    assert second.post("/parties", PARTY, **KEY).json()["errors"][0]["code"] == "code_taken"


def test_a_refusal_is_not_kept(chloe: Api) -> None:
    assert chloe.post("/parties", {**PARTY, "siren": "1"}, **KEY).status_code == 422
    assert IdempotencyRecord.objects.count() == 0
    assert chloe.post("/parties", PARTY, **KEY).status_code == 201


def test_a_crash_keeps_neither_effect_nor_answer(chloe: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(party: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("pli.api.resources.parties._whole", fail)
        assert chloe.post("/parties", PARTY, **KEY).status_code == 500
    assert not Party.objects.filter(code="C100").exists()
    assert chloe.post("/parties", PARTY, **KEY).status_code == 201


@pytest.mark.parametrize("key", ["", "k" * 121, "é", "a b"])
def test_a_malformed_key_is_refused(chloe: Api, key: str) -> None:
    assert chloe.post("/parties", PARTY, **{"Idempotency-Key": key}).json()["code"] == "API-012"


def test_answers_are_forgotten_after_a_week(chloe: Api) -> None:
    chloe.post("/parties", PARTY, **KEY)
    clock = FrozenClock(datetime.now(UTC) + timedelta(days=6, hours=23))
    assert forget_old_answers(clock=clock) == 0
    clock.advance(hours=2)
    assert forget_old_answers(clock=clock) == 1


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_instant_happen_once() -> None:
    token = token_of(make_house().chloe)
    barrier = threading.Barrier(4)
    answers: list[Any] = []

    def send() -> None:
        api = Api(token)
        barrier.wait()
        try:
            answers.append(api.post("/parties", PARTY, **KEY))
        finally:
            connection.close()

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum(answer.has_header("Idempotency-Replayed") for answer in answers) == 3
    assert Party.objects.filter(code="C100").count() == 1
