"""Requests for signature by the API: sent, followed, withdrawn; links and codes reach their signer alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from django.test import Client

from pli.kit.clock import SYSTEM_CLOCK, paris_day
from pli.notifications.api import local_outbox
from pli.signing.api import Ceremony
from tests.api.conftest import Api, MakeDocument, token_of
from tests.support.ceremonies import last_link
from tests.support.people import House
from tests.support.queue import RunJobs


def _deadline(days: int = 10) -> str:
    day: date = paris_day(SYSTEM_CLOCK.now()) + timedelta(days=days)
    return day.isoformat()


@pytest.fixture
def body(house: House, make_document: MakeDocument) -> dict[str, Any]:
    return {
        "document_ids": [str(make_document().id)],
        "signers": [
            {"contact_id": str(house.julie.id)},
            {"name": "Paul Durand", "email": "paul@client.example", "language": "en"},
        ],
        "deadline": _deadline(),
        "message": "Voici le devis.",
    }


def test_a_request_goes_out_and_is_followed(chloe: Api, body: dict[str, Any], house: House) -> None:
    answer = chloe.post("/ceremonies", body)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert (made["state"], made["title"]) == ("IN_PROGRESS", "Devis 2026-041")
    assert [(s["name"], s["state"]) for s in made["signers"]] == [
        ("Julie Martin", "INVITED"),
        ("Paul Durand", "WAITING"),
    ]
    assert Ceremony.objects.get(id=made["id"]).signers.get(position=1).origin == f"contact:{house.julie.id}"
    assert chloe.get(f"/ceremonies/{made['id']}").json() == made
    [listed] = chloe.get(f"/ceremonies?state=OPEN&document_id={body['document_ids'][0]}").json()["items"]
    assert listed["id"] == made["id"]
    for path in ("files", f"files/{body['document_ids'][0]}"):
        refused = chloe.get(f"/ceremonies/{made['id']}/{path}")
        assert (refused.status_code, refused.json()["code"]) == (409, "API-015")
    assert chloe.get(f"/ceremonies/{made['id']}/evidence").json() == {"items": []}
    assert chloe.get(f"/ceremonies/{made['id']}/evidence/PV-0").status_code == 404


def test_a_member_may_have_to_sign_with_their_own_key(chloe: Api, body: dict[str, Any], house: House) -> None:
    body["signers"] = [{"contact_id": str(house.julie.id), "needs_own_key": True}]
    refused = chloe.post("/ceremonies", body)
    assert (refused.status_code, "propre clé" in refused.json()["detail"]) == (422, True)
    body["signers"] = [{"member_id": str(house.bruno.member_id), "needs_own_key": True}]
    made = chloe.post("/ceremonies", body).json()
    assert [one["needs_own_key"] for one in made["signers"]] == [True]


def test_links_are_in_the_signers_mail_and_nowhere_else(
    alice: Api, body: dict[str, Any], house: House, run_jobs: RunJobs
) -> None:
    made = alice.post("/ceremonies", body)
    run_jobs()
    [message] = [m for m in local_outbox(house.alice) if m.to == house.julie.email]
    link = next(word for word in message.text.split() if "/s/" in word)
    token = link.rsplit("/", 1)[-1]
    shown = alice.get("/local-outbox").json()["items"]
    assert any(token in item["text"] for item in shown)
    for path in ("", f"/{made.json()['id']}"):
        assert token not in alice.get(f"/ceremonies{path}").content.decode()
    assert token not in made.content.decode()
    assert token not in alice.get("/events?limit=200").content.decode()


def test_withdrawing_and_resending(chloe: Api, stranger: Api, body: dict[str, Any]) -> None:
    made = chloe.post("/ceremonies", body).json()
    address = f"/ceremonies/{made['id']}"
    first, second = (signer["id"] for signer in made["signers"])
    assert (
        chloe.post(f"{address}/signers/{first}/resend", {"email": "julie2@client.example"}).json()["email"]
        == "julie2@client.example"
    )
    assert chloe.post(f"{address}/signers/{second}/resend").status_code == 409
    assert chloe.post(f"{address}/signers/{made['id']}/resend").status_code == 404
    for method, path in (("GET", ""), ("POST", "/withdraw"), ("POST", f"/signers/{first}/resend"), ("GET", "/files")):
        assert stranger.call(method, f"{address}{path}", {} if method == "POST" else None).status_code == 404
    withdrawn = chloe.post(f"{address}/withdraw", {"reason": "Erreur de montant"})
    assert (withdrawn.json()["state"], withdrawn.json()["withdrawal_reason"]) == ("WITHDRAWN", "Erreur de montant")
    assert chloe.post(f"{address}/withdraw", {"reason": "encore"}).status_code == 409


@pytest.mark.parametrize(
    "change",
    [
        {"signers": []},
        {"signers": [{}]},
        {"signers": [{"name": "Paul"}]},
        {"signers": [{"contact_id": "x"}]},
        {"signers": [{"name": "Paul", "email": "not-an-address"}]},
        {"signers": [{"name": "Paul", "email": "p@x.fr", "code_channel": "SMS"}]},
        {"deadline": "2020-01-01"},
        {"deadline": "9999-12-31"},
        {"level": "QES"},
        {"document_ids": []},
        {"link": "1"},
    ],
)
def test_wrong_requests_are_explained(chloe: Api, body: dict[str, Any], change: dict[str, Any]) -> None:
    answer = chloe.post("/ceremonies", {**body, **change})
    assert answer.status_code in (409, 422), answer.content
    assert answer.json()["detail"]
    assert Ceremony.objects.count() == 0


def test_nobody_signs_with_what_they_may_not_read(
    chloe: Api, stranger: Api, house: House, other: House, body: dict[str, Any]
) -> None:
    assert stranger.post("/ceremonies", body).status_code == 404
    foreign = {**body, "signers": [{"contact_id": str(other.julie.id)}]}
    assert chloe.post("/ceremonies", foreign).status_code == 404
    assert Api(token_of(house.denis)).post("/ceremonies", body).status_code == 403
    assert Api(token_of(house.chloe, "ceremonies:read")).post("/ceremonies", body).status_code == 403


def test_roles_places_fields_and_copies(
    chloe: Api, body: dict[str, Any], house: House, make_document: MakeDocument
) -> None:
    annex = make_document()
    place = {"page": 1, "x": 100, "y": 500}
    body |= {
        "annex_ids": [str(annex.id)] if str(annex.id) not in body["document_ids"] else [],
        "on_refusal": "GO_ON",
        "may_delegate": True,
        "signers": [
            {"name": "Léa", "email": "lea@client.example", "role": "APPROVER", "step": 1},
            {
                "contact_id": str(house.julie.id), "step": 2, "marks": [place], "has_initials": True, "asks": ["RIB"],
                "fields": [
                    {"kind": "PHRASE", "expected": "Bon pour accord"},
                    {"kind": "TEXT", "label": "Lieu", "place": place},
                ],
            },
            {"member_id": str(house.bruno.member_id), "step": 3, "side": "right"},
            {"name": "Marc", "email": "marc@client.example", "role": "COPY"},
        ],
    }  # fmt: skip
    made = chloe.post("/ceremonies", body).json()
    assert [(one["role"], one["step"], one["state"]) for one in made["signers"]] == [
        ("APPROVER", 1, "INVITED"), ("SIGNER", 2, "WAITING"), ("SIGNER", 3, "WAITING"),
    ]  # fmt: skip
    assert made["signers"][2]["email"] == "bruno@mercier.example"
    assert made["copies"] == [{"name": "Marc", "email": "marc@client.example"}]
    assert (made["on_refusal"], made["may_delegate"]) == ("GO_ON", True)
    julie = Ceremony.objects.get(id=made["id"]).signers.get(step=2)
    kinds = [one.kind for one in julie.fields.order_by("position")]
    assert kinds[:3] == ["MARK", "PHRASE", "TEXT"]
    assert set(kinds[3:]) == {"INITIALS"}
    assert julie.asked_files.get().label == "RIB"
    two_ways = body | {"signers": [{"contact_id": str(house.julie.id), "name": "Julie", "email": "j@client.example"}]}
    assert chloe.post("/ceremonies", two_ways).status_code == 422


def test_a_signer_signs_on_a_lent_device_whose_address_a_program_asked_for(
    chloe: Api, body: dict[str, Any], house: House, run_jobs: RunJobs
) -> None:
    """The first device that opens the address keeps it; a look takes nothing; the mail's own link is void."""
    made = chloe.post("/ceremonies", body).json()
    run_jobs()
    former = last_link(house, made["signers"][0]["email"])
    path = f"/ceremonies/{made['id']}/signers/{made['signers'][0]['id']}/in-person"

    given = chloe.post(path, {}).json()

    address = urlsplit(given["url"]).path
    device, other = Client(), Client()
    assert device.get(address).status_code == 200
    assert device.post(address).url == address.partition("/here/")[0]
    assert device.get(address.partition("/here/")[0]).status_code == 200
    assert other.post(address).status_code in (403, 404, 409, 410)
    assert Client().get(f"/s/{former}").status_code in (404, 410)
    assert chloe.get(f"/ceremonies/{made['id']}").json()["signers"][0]["in_person_until"] == given["until"]
    stranger = f"/ceremonies/{made['id']}/signers/{uuid4()}/in-person"
    assert chloe.post(stranger, {}).status_code == 404
