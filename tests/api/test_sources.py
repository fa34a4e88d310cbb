"""Sources by the API: made, changed, switched; what arrives goes through their recipe; a password is told once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pli.capture.api import InputSource, SourceKind
from pli.capture.errors import TransferIncomplete
from pli.capture.sources.arrivals import find_account, receive_drop
from pli.capture.sources.problems import note_problem
from pli.capture.sources.secrets import open_secret
from pli.documents.api import Document, store_bytes
from pli.processing.api import Run, RunState
from tests.api.conftest import Api
from tests.support.people import House
from tests.support.queue import RunJobs
from tests.support.runs import invoices, make_recipe

MAILBOX = {"host": "imap.exemple.fr", "user": "scan"}


def test_an_account_is_made_and_its_password_told_once(bruno: Api, house: House) -> None:
    key = {"Idempotency-Key": "copieur"}
    made = bruno.post("/sources", {"channel": "FTP", "name": " Copieur ", "kind": "invoice"}, **key)
    assert made.status_code == 201, made.content
    body = made.json()
    assert find_account(SourceKind.FTP, body["login"], body["secret"])
    assert (body["name"], body["kind"], body["port"], body["folder"]) == ("Copieur", "invoice", 8021, None)
    assert (body["options"], body["member_id"]) == ({"allows_plain": False}, str(house.bruno.member_id))
    again = bruno.post("/sources", {"channel": "FTP", "name": " Copieur ", "kind": "invoice"}, **key)
    assert again.json() == body and InputSource.objects.count() == 1
    one, listed = bruno.get(f"/sources/{body['id']}"), bruno.get("/sources")
    assert one.json() == listed.json()["items"][0]
    for answer in (one, listed, bruno.patch(f"/sources/{body['id']}", {"is_active": True})):
        assert "secret" not in answer.json() and body["secret"] not in answer.content.decode()
    renewed = bruno.post(f"/sources/{body['id']}/renew-secret").json()["secret"]
    assert find_account(SourceKind.FTP, body["login"], renewed)
    assert not find_account(SourceKind.FTP, body["login"], body["secret"])


def test_each_kind_has_its_options(bruno: Api) -> None:
    folder = bruno.post("/sources", {"channel": "FOLDER", "name": "Couloir", "options": {"keeps_done": True}}).json()
    assert "/inbox/couloir-" in folder["folder"] and folder["options"]["keeps_done"] is True
    assert (folder["secret"], folder["login"], folder["port"]) == (None, None, None)
    sftp = bruno.post("/sources", {"channel": "SFTP", "name": "ERP"}).json()
    assert sftp["fingerprints"][0].startswith("SHA256:") and len(sftp["secret"]) == 20
    mail = bruno.post(
        "/sources", {"channel": "IMAP", "name": "Boîte", "options": {**MAILBOX, "port": 143}, "password": "été 2026"}
    ).json()
    assert (mail["options"]["mailbox"], mail["options"]["port"], mail["secret"]) == ("INBOX", 143, None)
    row = InputSource.objects.get(id=mail["id"])
    assert open_secret(row.id, row.secret_sealed) == "été 2026"
    InputSource.objects.filter(id=row.id).update(position={"uid": 9})
    changed = bruno.patch(f"/sources/{row.id}", {"options": {"moves_to": "Traités"}, "password": "hiver"}).json()
    assert (changed["options"]["host"], changed["options"]["moves_to"]) == ("imap.exemple.fr", "Traités")
    row.refresh_from_db()
    assert open_secret(row.id, row.secret_sealed) == "hiver" and row.position == {"uid": 9}
    assert bruno.post(f"/sources/{row.id}/renew-secret").status_code == 404


def test_the_last_problems_of_a_source_are_listed(bruno: Api, house: House, run_jobs: RunJobs) -> None:
    made = bruno.post("/sources", {"channel": "FTP", "name": "Copieur"}).json()
    place, source = f"/sources/{made['id']}/problems", InputSource.objects.get(id=made["id"])
    assert bruno.get(place).json() == {"items": []}
    for _ in range(3):
        note_problem(source.id, TransferIncomplete(name="a.pdf"), file_name="a.pdf")
    capture, _ = receive_drop(
        source, stored=store_bytes([b"%PDF-1.4 rubbish"]), sent_name="b.pdf", media_type="application/pdf"
    )
    run_jobs()
    parked, cut = bruno.get(place).json()["items"]
    assert (cut["code"], cut["file_name"], cut["times"], cut["capture_id"]) == ("CAP-015", "a.pdf", 3, None)
    assert (parked["file_name"], parked["capture_id"]) == ("b.pdf", str(capture.id)) and parked["remedy"]
    english = bruno.get(place, **{"Accept-Language": "en"}).json()["items"][1]["detail"]
    assert "a.pdf" in english and english != cut["detail"]


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"channel": "TELEX", "name": "X"}, 422, "channel"),
        ({"channel": "FTP"}, 422, "name"),
        ({"channel": "FTP", "name": "  "}, 422, "name"),
        ({"channel": "FTP", "name": "X", "colour": "red"}, 422, "colour"),
        ({"channel": "FTP", "name": "X", "options": {"host": "h"}}, 422, "options.host"),
        ({"channel": "FTP", "name": "X", "options": {"allows_plain": "maybe"}}, 422, "options.allows_plain"),
        ({"channel": "FTP", "name": "X", "password": "mine"}, 422, "password"),
        ({"channel": "IMAP", "name": "X", "options": MAILBOX}, 422, "password"),
        ({"channel": "IMAP", "name": "X", "password": "x"}, 422, "options.host"),
        ({"channel": "IMAP", "name": "X", "password": "x", "options": {**MAILBOX, "port": 0}}, 422, "options.port"),
        ({"channel": "FOLDER", "name": "X", "options": {"folder": "../other"}}, 422, "options.folder"),
        ({"channel": "FOLDER", "name": "X", "options": {"path": "/etc"}}, 422, None),
        ({"channel": "FTP", "name": "X", "kind": "nothing"}, 422, "kind"),
        ({"channel": "FTP", "name": "X", "recipe_id": "0190aaaa-0000-7000-8000-000000000000"}, 404, None),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_made(bruno: Api, body: Any, status: int, field: str | None) -> None:
    answer = bruno.post("/sources", body)
    assert answer.status_code == status, answer.content
    named = [one["field"] for one in answer.json()["errors"]]
    assert field in named if field else not named
    assert not InputSource.objects.exists()


def test_what_arrives_goes_through_the_recipe(bruno: Api, house: House, run_jobs: RunJobs) -> None:
    recipe = make_recipe(house)
    made = bruno.post("/sources", {"channel": "SFTP", "name": "ERP", "recipe_id": str(recipe.id)}).json()
    source = InputSource.objects.get(id=made["id"])
    stored = store_bytes([invoices(3)])
    capture, _ = receive_drop(source, stored=stored, sent_name="lot.pdf", media_type="application/pdf")
    run_jobs()
    shown = bruno.get(f"/captures/{capture.id}").json()
    run = Run.objects.get()
    assert (run.recipe_id, run.state) == (recipe.id, RunState.DONE) and Document.objects.count() == 3
    assert (shown["state"], shown["run_id"]) == ("PASSED", str(run.id))
    kept = bruno.patch(f"/sources/{made['id']}", {"name": "Ancien ERP"}).json()
    assert (kept["name"], kept["recipe_id"]) == ("Ancien ERP", str(recipe.id))
    assert bruno.patch(f"/sources/{made['id']}", {"recipe_id": None}).json()["recipe_id"] is None
    recipe.is_active = False
    recipe.save()
    InputSource.objects.filter(id=made["id"]).update(recipe_id=recipe.id)
    # Chosen while it was in service, it stays: what arrives waits until it is again.
    assert bruno.patch(f"/sources/{made['id']}", {"recipe_id": str(recipe.id), "name": "ERP"}).status_code == 200
    assert bruno.patch(f"/sources/{made['id']}", {"recipe_id": None}).status_code == 200
    refused = bruno.patch(f"/sources/{made['id']}", {"recipe_id": str(recipe.id)})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "recipe_id")


def test_another_house_s_recipe_is_not_found(stranger: Api, house: House) -> None:
    recipe = make_recipe(house)
    body = {"channel": "SFTP", "name": "ERP", "recipe_id": str(recipe.id)}
    assert stranger.post("/sources", body).status_code == 404


def test_switched_off_it_takes_nothing_and_a_trouble_is_told(bruno: Api, denis: Api) -> None:
    made = bruno.post("/sources", {"channel": "FTP", "name": "Copieur"}).json()
    note_problem(made["id"], TransferIncomplete(name="scan.pdf"))
    told = denis.get(f"/sources/{made['id']}", **{"Accept-Language": "en"}).json()["problem"]
    assert told["code"] == "CAP-015" and "scan.pdf" in told["detail"] and told["at"]
    off = bruno.patch(f"/sources/{made['id']}", {"is_active": False}).json()
    assert off["is_active"] is False and not find_account(SourceKind.FTP, made["login"], made["secret"])
    assert bruno.patch(f"/sources/{made['id']}", {"is_active": True}).json()["is_active"] is True
    assert find_account(SourceKind.FTP, made["login"], made["secret"])
    assert bruno.post("/sources", {"channel": "SFTP", "name": "Copieur"}).status_code == 409


def test_a_folder_the_server_s_administrator_opened(bruno: Api, tmp_path: Path, settings: Any) -> None:
    settings.PLI_FOLDERS = str(tmp_path)
    (tmp_path / "scans").mkdir()
    options = {"path": str(tmp_path / "scans"), "is_network": True}
    made = bruno.post("/sources", {"channel": "FOLDER", "name": "Partage", "options": options}).json()
    assert made["folder"] == str(tmp_path / "scans") and made["options"]["is_network"] is True
    again = bruno.post("/sources", {"channel": "FOLDER", "name": "Autre", "options": options})
    assert (again.status_code, again.json()["code"]) == (422, "CAP-010")
