"""Refusals: always a problem, in the caller's language, never a leak."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from tests.api.conftest import Api, MakeDocument
from tests.support.people import House


def _problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["type"].endswith(f"/api/v1/docs#{code}")
    assert body["title"]
    assert body["detail"]
    return body


def test_every_kind_of_refusal(alice: Api, house: House, make_document: MakeDocument) -> None:
    document = make_document()
    folder = {"parent_id": str(document.folder_id), "name": "Projets"}
    _problem(alice.get("/nowhere"), 404, "API-007")
    _problem(alice.get("/documents/00000000-0000-7000-8000-000000000000"), 404, "PLI-404")
    _problem(alice.get("/documents/not-an-id"), 422, "API-006")
    refused = alice.call("PUT", "/documents")
    _problem(refused, 405, "API-008")
    assert "GET" in refused["Allow"]
    _problem(alice.call("POST", "/folders", b"<x/>", **{"Content-Type": "text/xml"}), 415, "API-009")
    _problem(alice.call("POST", "/folders", b"{"), 400, "API-005")
    _problem(alice.call("POST", "/folders", b"\xff\xfe"), 400, "API-005")
    _problem(alice.call("POST", "/folders", b"[" * 200_000), 400, "API-005")
    _problem(alice.call("POST", "/folders", b'{"a": "' + b"x" * 3_000_000 + b'"}'), 413, "API-010")
    body = _problem(alice.post("/folders", {**folder, "colour": "red"}), 422, "API-006")
    assert body["errors"] == [{"field": "colour", "code": "extra_forbidden", "message": "Ce champ n’existe pas ici."}]
    body = _problem(alice.post("/folders", {"parent_id": "x"}), 422, "API-006")
    assert {item["field"] for item in body["errors"]} == {"parent_id", "name"}
    for name in ("a\x00b", "\ud800"):
        body = _problem(alice.post("/folders", {**folder, "name": name}), 422, "API-006")
        assert body["errors"][0]["code"] == "forbidden_character"
    assert alice.post("/folders", folder).status_code == 201
    _problem(alice.post("/folders", folder), 409, "DOC-020")
    _problem(alice.get("/documents?sort=title"), 422, "API-006")
    _problem(alice.get("/documents?after=garbage"), 422, "API-006")
    _problem(alice.get("/documents?q=%00"), 422, "API-006")


def test_facts_and_parties_tell_every_wrong_field(alice: Api, make_document: MakeDocument) -> None:
    document = make_document()
    answer = alice.patch(f"/documents/{document.id}/facts", {"facts": {"nothing": "1"}})
    body = _problem(answer, 422, "DOC-010")
    assert body["errors"][0]["field"] == "facts.nothing"
    body = _problem(
        alice.post("/parties", {"kind": "CLIENT", "code": "C9", "name": "X", "siren": "123", "email": "x"}),
        422,
        "PAR-001",
    )
    assert {item["field"] for item in body["errors"]} == {"siren", "email"}


def test_the_language_is_the_callers(alice: Api) -> None:
    french = alice.get("/nowhere").json()
    english = alice.get("/nowhere", **{"Accept-Language": "en"}).json()
    german = alice.get("/nowhere", **{"Accept-Language": "de"}).json()
    assert french["detail"] == "Cette adresse n’existe pas."
    assert german == french
    assert english["code"] == french["code"]


def test_an_unexpected_error_tells_a_number_and_nothing_else(alice: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("password=hunter2 in /srv/secret")

    monkeypatch.setattr("pli.api.resources.folders.folders_for", fail)
    answer = alice.get("/folders")
    body = _problem(answer, 500, "API-500")
    assert "hunter2" not in answer.content.decode()
    assert "RuntimeError" not in answer.content.decode()
    assert "numéro" in body["detail"]


def test_a_bad_host_is_a_problem_too() -> None:
    answer = Client(raise_request_exception=False).get("/api/v1/me", headers={"Host": "evil.example"})
    _problem(answer, 400, "API-005")


def test_answers_are_private_and_not_sniffed(alice: Api) -> None:
    answer = alice.get("/me")
    assert answer["Cache-Control"] == "no-store"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert json.loads(answer.content)["member"]["role"] == "ADMIN"
