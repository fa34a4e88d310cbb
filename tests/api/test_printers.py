"""Printers by the API: made, changed, switched; their address is told where their page shows it, and nowhere else."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live_settings

from pli.api.models import IdempotencyRecord
from pli.capture.api import (
    JobSender,
    PrinterQueue,
    PrinterSettings,
    Station,
    create_printer,
    note_stranger,
    printer_address,
    receive_job,
    renew_address,
)
from pli.capture.printing.jobs import find_printer, is_accepting
from pli.documents.api import Document, store_bytes
from pli.journal.api import Event
from pli.processing.api import Run
from tests.api.conftest import Api, token_of
from tests.support.people import House
from tests.support.queue import RunJobs
from tests.support.runs import invoices, make_recipe


def _secret(address: str) -> str:
    return address.rpartition("/ipp/print/")[2]


def _finds(address: str) -> PrinterQueue | None:
    return find_printer(_secret(address))


def test_a_printer_is_made_and_its_address_works(bruno: Api, house: House, run_jobs: RunJobs) -> None:
    recipe = make_recipe(house)
    body = {"name": " Accueil ", "kind": "invoice", "is_shared": True, "recipe_id": str(recipe.id)}
    made = bruno.post("/printers", body)
    assert made.status_code == 201, made.content
    shown = made.json()
    assert (shown["name"], shown["kind"], shown["member_id"]) == ("Accueil", "invoice", str(house.bruno.member_id))
    assert (shown["is_shared"], shown["is_active"], shown["asks_first"]) == (True, True, False)
    assert shown["address"].startswith(live_settings.PLI_IPP_URL)
    printer = _finds(shown["address"])
    assert printer and str(printer.id) == shown["id"]
    receive_job(printer, JobSender("Lot", "sofia"), stored=store_bytes([invoices(3)]), media_type="application/pdf")
    run_jobs()
    assert Run.objects.get().recipe_id == recipe.id and Document.objects.count() == 3


def test_the_address_is_told_where_the_page_shows_it(
    alice: Api, bruno: Api, chloe: Api, denis: Api, stranger: Api
) -> None:
    shared = bruno.post("/printers", {"name": "Accueil", "is_shared": True}).json()
    own = chloe.post("/printers", {"name": "Chloé"}).json()
    assert _finds(own["address"])
    # Of the team's printer to those who file; of one's own to oneself alone.
    told = {
        name: [api.get(f"/printers/{one['id']}").json().get("address") for one in (shared, own)]
        for name, api in {"alice": alice, "bruno": bruno, "chloe": chloe, "denis": denis}.items()
    }
    assert told == {
        "alice": [shared["address"], None],
        "bruno": [shared["address"], None],
        "chloe": [shared["address"], own["address"]],
        "denis": [None, None],
    }
    # A manager does not even know that a colleague's own printer exists.
    assert bruno.get(f"/printers/{own['id']}").status_code == 404
    assert [one["name"] for one in bruno.get("/printers").json()["items"]] == ["Accueil"]
    assert (
        stranger.get(f"/printers/{shared['id']}").status_code == 404 and not stranger.get("/printers").json()["items"]
    )
    for api in (alice, chloe, denis):
        listed = api.get("/printers")
        assert [one["name"] for one in listed.json()["items"]] == ["Accueil", "Chloé"]
        assert "address" not in listed.json()["items"][0] and "/ipp/print/" not in listed.content.decode()
    assert "address" not in bruno.patch(f"/printers/{shared['id']}", {"asks_first": True}).json()


def test_a_renewed_address_kills_the_former_one(alice: Api, bruno: Api, chloe: Api) -> None:
    shared = bruno.post("/printers", {"name": "Accueil", "is_shared": True}).json()
    renewed = bruno.post(f"/printers/{shared['id']}/renew-address").json()
    assert _finds(renewed["address"]) and not _finds(shared["address"])
    assert bruno.get(f"/printers/{shared['id']}").json() == renewed
    # Who may only change another's printer renews without being told.
    own = chloe.post("/printers", {"name": "Chloé"}).json()
    done = alice.post(f"/printers/{own['id']}/renew-address")
    assert (done.status_code, done.json()["address"]) == (200, None)
    assert not _finds(own["address"]) and _finds(chloe.get(f"/printers/{own['id']}").json()["address"])


def test_the_secret_stays_out_of_journal_log_and_database(
    bruno: Api, house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key, body = {"Idempotency-Key": "accueil"}, {"name": "Accueil", "is_shared": True}
    made = bruno.post("/printers", body, **key)
    again = bruno.post("/printers", body, **key)
    assert again.content == made.content and again["Idempotency-Replayed"] == "true"
    assert PrinterQueue.objects.count() == 1 and made["Cache-Control"] == "no-store"
    renewed = bruno.post(f"/printers/{made.json()['id']}/renew-address", **{"Idempotency-Key": "neuve"})
    for answer in (made, renewed):
        secret = _secret(answer.json()["address"])
        assert len(secret) > 30
        # The former answers are kept for a week: sealed.
        assert all(secret.encode() not in bytes(one.body) for one in IdempotencyRecord.objects.all())
        assert all(secret not in str(one.data) for one in Event.objects.all())
        assert secret not in caplog.text
    assert IdempotencyRecord.objects.count() == 2


def test_an_address_that_can_t_be_read_any_more_is_null(bruno: Api, settings: Any, tmp_path: Path) -> None:
    made = bruno.post("/printers", {"name": "Accueil", "is_shared": True}).json()
    settings.PLI_HOME = str(tmp_path)
    lost = bruno.get(f"/printers/{made['id']}")
    assert (lost.status_code, lost.json()["address"]) == (200, None)
    assert _finds(bruno.post(f"/printers/{made['id']}/renew-address").json()["address"])


def test_only_what_is_given_changes(bruno: Api, house: House) -> None:
    recipe = make_recipe(house)
    body = {"name": "Accueil", "kind": "invoice", "is_shared": True, "asks_first": True, "recipe_id": str(recipe.id)}
    made = bruno.post("/printers", body).json()
    place, secret = f"/printers/{made['id']}", _secret(made["address"])
    off = bruno.patch(place, {"is_active": False}).json()
    found = find_printer(secret)
    assert off["is_active"] is False and found and not is_accepting(found)
    kept = bruno.patch(place, {"name": "Comptoir", "is_active": True}).json()
    assert (kept["name"], kept["kind"], kept["asks_first"]) == ("Comptoir", "invoice", True)
    assert (kept["recipe_id"], kept["is_active"]) == (str(recipe.id), True)
    recipe.is_active = False
    recipe.save()
    # Chosen while it was in service, it stays.
    assert bruno.patch(place, {"recipe_id": str(recipe.id), "asks_first": False}).json()["asks_first"] is False
    assert bruno.patch(place, {"recipe_id": None}).json()["recipe_id"] is None
    refused = bruno.patch(place, {"recipe_id": str(recipe.id)})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "recipe_id")
    bruno.post("/printers", {"name": "Autre"})
    taken = bruno.patch(place, {"name": "Autre"})
    assert (taken.status_code, taken.json()["code"]) == (409, "CAP-007")
    found = find_printer(secret)
    assert found and found.name == "Comptoir"


def test_announcing_takes_the_server_and_a_shared_printer(bruno: Api, settings: Any) -> None:
    wished = {"name": "Accueil", "is_shared": True, "is_announced": True}
    settings.PLI_DNSSD = False
    refused = bruno.post("/printers", wished, **{"Accept-Language": "en"})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "is_announced")
    assert "PLI_DNSSD=1" in refused.json()["errors"][0]["message"]
    settings.PLI_DNSSD = True
    assert bruno.post("/printers", {**wished, "is_shared": False}).status_code == 422
    assert not PrinterQueue.objects.exists()
    made = bruno.post("/printers", wished).json()
    assert made["is_announced"] is True
    own = bruno.post("/printers", {"name": "Bruno"}).json()
    assert bruno.patch(f"/printers/{own['id']}", {"is_announced": True}).status_code == 422
    # Something else is changed: what was announced stays so, even where the server announces nothing for now.
    settings.PLI_DNSSD = False
    assert bruno.patch(f"/printers/{made['id']}", {"asks_first": True}).json()["is_announced"] is True
    assert bruno.patch(f"/printers/{made['id']}", {"is_announced": True}).status_code == 422
    assert bruno.patch(f"/printers/{made['id']}", {"is_announced": False}).json()["is_announced"] is False


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "name"),
        ({"name": "  "}, 422, "name"),
        ({"name": "x" * 61}, 422, "name"),
        ({"name": "a\x00b"}, 422, None),
        ({"name": ["X"]}, 422, "name"),
        ({"name": "X", "address": "ipp://moi/ipp/print/secret"}, 422, "address"),
        ({"name": "X", "member_id": "0190aaaa-0000-7000-8000-000000000000"}, 422, "member_id"),
        ({"name": "X", "asks_first": "maybe"}, 422, "asks_first"),
        ({"name": "X", "kind": "nothing"}, 422, "kind"),
        ({"name": "X", "recipe_id": "x"}, 422, "recipe_id"),
        ({"name": "X", "recipe_id": "0190aaaa-0000-7000-8000-000000000000"}, 404, None),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(bruno: Api, body: Any, status: int, field: str | None) -> None:
    answer = bruno.post("/printers", body)
    assert answer.status_code == status, answer.content
    named = [one["field"] for one in answer.json()["errors"]]
    assert field in named if field else "name" not in named
    assert not PrinterQueue.objects.exists()
    # Of a printer that is there neither: it stays as it was.
    made = bruno.post("/printers", {"name": "Accueil"}).json()
    if body:
        assert bruno.patch(f"/printers/{made['id']}", body).status_code == status
    assert bruno.get(f"/printers/{made['id']}").json() == made


def test_it_stays_the_team_s_or_one_s_own(bruno: Api) -> None:
    made = bruno.post("/printers", {"name": "Bruno"}).json()
    refused = bruno.patch(f"/printers/{made['id']}", {"is_shared": True})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (422, "extra_forbidden")


def test_who_makes_and_changes_what(alice: Api, bruno: Api, chloe: Api, denis: Api, stranger: Api) -> None:
    assert chloe.post("/printers", {"name": "À tous", "is_shared": True}).status_code == 403
    assert denis.post("/printers", {"name": "Audit"}).status_code == 403
    shared = bruno.post("/printers", {"name": "Accueil", "is_shared": True}).json()["id"]
    own = chloe.post("/printers", {"name": "Chloé"}).json()["id"]
    expected = {
        ("alice", shared): 200, ("bruno", shared): 200, ("chloe", shared): 403, ("denis", shared): 403,
        ("alice", own): 200, ("bruno", own): 404, ("chloe", own): 200, ("denis", own): 403,
        ("stranger", shared): 404, ("stranger", own): 404,
    }  # fmt: skip
    people = {"alice": alice, "bruno": bruno, "chloe": chloe, "denis": denis, "stranger": stranger}
    for (name, printer), status in expected.items():
        assert people[name].patch(f"/printers/{printer}", {"is_active": False}).status_code == status, name
        assert people[name].post(f"/printers/{printer}/renew-address").status_code == status, name
    # Who may not is told so, before anything is said of what they ask.
    assert chloe.patch(f"/printers/{shared}", {"kind": "nothing"}).status_code == 403


def test_reading_does_not_change_and_changing_does_not_read(house: House) -> None:
    reader, writer = Api(token_of(house.bruno, "printers:read")), Api(token_of(house.bruno, "printers:write"))
    made = writer.post("/printers", {"name": "Accueil"}).json()
    assert made["address"] and reader.get(f"/printers/{made['id']}").json()["address"] == made["address"]
    assert writer.get("/printers").status_code == 403 and writer.get(f"/printers/{made['id']}").status_code == 403
    for answer in (
        reader.post("/printers", {"name": "X"}),
        reader.patch(f"/printers/{made['id']}", {"is_active": False}),
        reader.post(f"/printers/{made['id']}/renew-address"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "API-003")


def test_another_house_s_recipe_is_not_found(stranger: Api, house: House) -> None:
    assert stranger.post("/printers", {"name": "X", "recipe_id": str(make_recipe(house).id)}).status_code == 404
    assert not PrinterQueue.objects.exists()


def test_refused_prints_are_listed_and_settled(alice: Api, chloe: Api, denis: Api, stranger: Api, house: House) -> None:
    printer = create_printer(house.alice, chosen=PrinterSettings("Accueil"), is_shared=True)
    former = _secret(printer_address(house.alice, printer.id))
    renew_address(house.alice, printer.id)
    note_stranger(former, Station("192.168.1.34", "compta"))
    listed = alice.get("/refused-prints").json()["items"]
    assert [(one["code"], one["printer_id"]) for one in listed] == [("CAP-024", str(printer.id))]
    assert "192.168.1.34 (compta)" in listed[0]["detail"] and listed[0]["remedy"]
    assert denis.get("/refused-prints").json()["items"] == listed
    assert stranger.get("/refused-prints").json()["items"] == []
    path = f"/refused-prints/{listed[0]['id']}/settle"
    assert [one.post(path).status_code for one in (chloe, denis, stranger)] == [403, 403, 404]
    assert [alice.post(path).status_code for _ in range(2)] == [204, 404]
    assert alice.get("/refused-prints").json()["items"] == []
