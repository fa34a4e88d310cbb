"""The authorisation matrix of the API, generated from its description: every operation, every kind of caller."""

from __future__ import annotations

from typing import Any

import pytest

from pli.api.root import schema_of
from pli.api.scopes import SCOPES
from pli.api.tokens import issue_token
from pli.capture.api import PrinterSettings, RefusedPrint, Station, create_printer
from pli.capture.printing.refusals import closed, note_refused
from pli.signing.api import CeremonyRequest, SignerRequest, send_ceremony
from tests.api.conftest import Api, MakeDocument, token_of
from tests.matrix.objects import made_account, made_mail, made_quote, made_run
from tests.matrix.prepared import made_prepared
from tests.support.people import House
from tests.support.queue import RunJobs

# What an administrator, a manager, a member and an auditor may not do, by scope: the roles refused with 403 (or 404).
_AUDITOR = {"captures:write", "documents:write", "parties:write", "ceremonies:write", "sources:write", "printers:write"}
_ADMIN_ONLY = {"webhooks:write"}


def _operations() -> list[tuple[str, str, dict[str, Any]]]:
    schema = schema_of()
    return [
        (method.upper(), path, operation)
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    ]


OPERATIONS = _operations()
IDS = [f"{method} {path}" for method, path, _ in OPERATIONS]


@pytest.fixture
def places(
    house: House, make_document: MakeDocument, alice: Api, settings: Any, small_pdf: bytes, run_jobs: RunJobs
) -> dict[str, str]:
    """Real things of Mercier's, by the name of their parameter."""
    from datetime import timedelta

    from pli.kit.clock import SYSTEM_CLOCK, paris_day

    document = make_document()
    ceremony = send_ceremony(
        house.alice,
        CeremonyRequest(
            (document.id,),
            (SignerRequest("Julie", "julie@client.example"),),
            paris_day(SYSTEM_CLOCK.now()) + timedelta(days=3),
            "Alice",
            "alice@mercier.example",
        ),
    )
    settings.PLI_ALLOW_PRIVATE_WEBHOOKS, settings.PLI_OPERATOR = True, house.organisation.slug
    webhook = alice.post(
        "/webhooks", {"url": "http://127.0.0.1:9/", "event_types": ["documents.document-filed"]}
    ).json()
    delivery = alice.post(f"/webhooks/{webhook['id']}/test").json()
    capture = alice.call("POST", "/captures", small_pdf, **{"Content-Type": "application/pdf"}).json()
    rendition = alice.get(f"/documents/{document.id}/renditions").json()["items"][0]
    signer = ceremony.signers.get()
    return {
        "document_id": str(document.id), "rendition_id": rendition["id"], "folder_id": str(document.folder_id),
        "capture_id": capture["id"], "key": "key-1", "party_id": str(house.dupont.id), "number": "1",
        "contact_id": str(house.julie.id), "ceremony_id": str(ceremony.id), "signer_id": str(signer.id),
        "webhook_id": webhook["id"], "delivery_id": delivery["id"],
        "kind_id": str(document.kind_id),
        "printer_id": alice.post("/printers", {"name": "Accueil", "is_shared": True}).json()["id"],
        "refused_id": _refuse_a_print(house),
        "source_id": alice.post("/sources", {"channel": "FTP", "name": "Copieur"}).json()["id"],
        **made_run(house, run_jobs),
        "mail_id": made_mail(house, run_jobs)["mail_id"],
        "quote_id": made_quote(house),
        **made_prepared(house, document),
        "invoice_id": made_account(house)["invoice_id"],
        "form": "pdf",
    }  # fmt: skip


_TEMPLATE: dict[str, Any] = {"name": "X", "roles": [{"name": "Client"}]}
_FROM_TEMPLATE: dict[str, Any] = {"people": [{"role": "Client", "name": "X", "email": "x@x.fr"}]}


def _address(path: str, places: dict[str, str]) -> str:
    return path.format(**places).removeprefix("/api/v1")


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS, ids=IDS)
def test_without_a_token_nothing_answers(method: str, path: str, operation: dict[str, Any], db: None) -> None:
    address = path.format_map({name: "1" for name in _names(path)}).removeprefix("/api/v1")
    assert Api("").call(method, address).status_code == 401
    assert Api("pli_aaaaaaaaaaaa_" + "a" * 43).call(method, address).status_code == 401


def _names(path: str) -> list[str]:
    return [part.strip("{}") for part in path.split("/") if part.startswith("{")]


def _refuse_a_print(house: House) -> str:
    printer = create_printer(house.alice, chosen=PrinterSettings("Éteinte"), is_shared=True)
    note_refused(printer, closed(printer, Station("192.168.1.20")))
    return str(RefusedPrint.objects.get().id)


def test_every_scope_is_asked_and_known(house: House, places: dict[str, str]) -> None:
    asked = {operation.get("x-pli-scope", "") for _, _, operation in OPERATIONS}
    assert asked - {""} == set(SCOPES)
    for method, path, operation in OPERATIONS:
        scope = operation["x-pli-scope"]
        if not scope:
            assert path.split("/")[3] in ("me", "verify"), path
            continue
        others = [name for name in SCOPES if name != scope]
        api = Api(issue_token(house.alice, name="t", scopes=others)[1])
        assert api.call(method, _address(path, places), _body(method, operation)).status_code == 403, (method, path)


def _body(method: str, operation: dict[str, Any]) -> Any:
    return {} if method in ("POST", "PATCH", "PUT") and "requestBody" in operation else None


def test_another_organisation_meets_nothing(stranger: Api, places: dict[str, str]) -> None:
    """With well-formed bodies where one is needed, so that 404 is about the thing and not about the body."""
    bodies: dict[str, Any] = {
        "patch /documents/{document_id}/facts": {"facts": {}},
        "post /documents/{document_id}/move": {"folder_id": places["folder_id"]},
        "post /parties/{party_id}/contacts": {"name": "X"},
        "put /recipes/{recipe_id}": {"name": "X", "kind": "invoice", "steps": []},
        "put /layouts/{layout_id}": {"name": "X", "kind": "invoice"},
        "put /folders/{folder_id}/mark-side": {"side": "left"},
        "put /document-kinds/{kind_id}/mark-side": {"side": "left"},
        "put /templates/{template_id}": _TEMPLATE,
        "post /templates/{template_id}/ceremonies": _FROM_TEMPLATE,
    }
    for method, path, operation in OPERATIONS:
        names = set(_names(path)) - {"key"}
        if not names or path.endswith("/verify/{number}"):
            continue
        short = path.removeprefix("/api/v1")
        body = bodies.get(f"{method.lower()} {short}", _body(method, operation))
        answer = stranger.call(method, _address(path, places), body)
        assert answer.status_code == 404, (method, path, answer.status_code, answer.content[:300])


@pytest.mark.parametrize("role", ["bruno", "chloe", "denis"])
def test_lower_roles_are_held(role: str, house: House, places: dict[str, str]) -> None:
    api = Api(token_of(getattr(house, role)))
    for method, path, operation in OPERATIONS:
        scope = operation["x-pli-scope"]
        is_write = method != "GET"
        refused = (scope in _ADMIN_ONLY and path != "/api/v1/webhook-event-types") or (
            role == "denis" and is_write and scope in _AUDITOR
        )
        if path == "/api/v1/events":
            refused = role != "denis"
        if path.startswith(("/api/v1/printers/", "/api/v1/refused-prints/")):
            refused = is_write and role in ("chloe", "denis")
        if path.startswith("/api/v1/sources"):
            refused = role == "chloe" or (role == "denis" and is_write)
        if not refused:
            continue
        body = _valid_body(path, method, places)
        headers = {"Content-Type": "application/pdf"} if isinstance(body, bytes) else {}
        answer = api.call(method, _address(path, places), body, **headers)
        assert answer.status_code == 403, (role, method, path, answer.status_code, answer.content[:300])


def _valid_body(path: str, method: str, places: dict[str, str]) -> Any:
    short = path.removeprefix("/api/v1")
    known: dict[str, Any] = {
        "/folders": {"parent_id": places["folder_id"], "name": "X"},
        "/documents/{document_id}/facts": {"facts": {}},
        "/documents/{document_id}/move": {"folder_id": places["folder_id"]},
        "/parties": {"kind": "CLIENT", "code": "Q", "name": "Q"},
        "/parties/{party_id}/contacts": {"name": "X"},
        "/sources": {"channel": "SFTP", "name": "X"},
        "/printers": {"name": "X"},
        "/folders/{folder_id}/mark-side": {"side": "left"},
        "/document-kinds/{kind_id}/mark-side": {"side": "left"},
        "/templates": _TEMPLATE,
        "/templates/{template_id}": _TEMPLATE,
        "/templates/{template_id}/ceremonies": _FROM_TEMPLATE,
        "/webhooks": {"url": "https://x.example/", "event_types": ["documents.document-filed"]},
        "/ceremonies": {
            "document_ids": [places["document_id"]],
            "signers": [{"name": "X", "email": "x@x.fr"}],
            "deadline": "2099-01-01",
        },
    }
    if short in ("/captures", "/captures/photos", "/captures/by-key/{key}"):
        return b"%PDF-1.7 x"
    if short.endswith("/sending-lists") and method == "POST":
        return b"Nom;E-mail"
    return known.get(short, {}) if method in ("POST", "PATCH", "PUT") else None
