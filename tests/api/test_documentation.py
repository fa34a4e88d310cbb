"""What is not documented fails; what is documented is run."""

from __future__ import annotations

import os
import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from pli.api.reference import list_errors
from pli.api.root import schema_of
from pli.api.scopes import SCOPES
from pli.api.webhooks.catalogue import PUBLIC_TYPES
from pli.capture.api import (
    JobSender,
    PrinterSettings,
    SftpOptions,
    SourceSettings,
    Wishes,
    create_printer,
    create_source,
    receive,
    receive_job,
)
from pli.documents.api import create_document, store_bytes
from pli.kit.clock import SYSTEM_CLOCK, paris_day
from pli.signing.api import CeremonyRequest, SignerRequest, TemplateContent, save_template, send_ceremony
from tests.api.conftest import token_of
from tests.api.live import serve
from tests.support.people import make_house
from tests.support.queue import RunJobs

DOCS = Path(__file__).resolve().parents[2] / "docs"


def _operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method.upper(), operation)
        for path, operations in schema_of()["paths"].items()
        for method, operation in operations.items()
    ]


def test_every_operation_is_described() -> None:
    for path, method, operation in _operations():
        assert operation.get("summary"), (method, path)
        assert len(operation.get("description", "")) > 8, (method, path)
        assert "x-pli-scope" in operation, (method, path)
        assert operation["security"], (method, path)
        assert operation["responses"]["default"]["content"]["application/problem+json"]


def test_the_table_of_addresses_is_whole() -> None:
    listed = set()
    for path, methods in re.findall(r"^\| `(/api/v1/[^`]+)` \| ([A-Z, ]+) \|$", (DOCS / "api.md").read_text(), re.M):
        listed |= {(path, method.strip()) for method in methods.split(",")}
    assert listed == {(path, method) for path, method, _ in _operations()}


def test_every_scope_and_event_is_documented() -> None:
    text = (DOCS / "api.md").read_text()
    assert all(f"`{scope}`" in text for scope in SCOPES)
    rows = dict(re.findall(r"^\| `([a-z-]+\.[a-z-]+)` \|[^|]+\| (.+) \|$", (DOCS / "webhooks.md").read_text(), re.M))
    rows.pop("api.test")
    assert {name: tuple(re.findall(r"`(\w+)`", fields)) for name, fields in rows.items()} == {
        name: kind.fields for name, kind in PUBLIC_TYPES.items()
    }


def test_the_schema_is_openapi_31_and_names_are_once() -> None:
    schema = schema_of()
    assert schema["openapi"].startswith("3.1")
    names = [operation["operationId"] for _, _, operation in _operations()]
    assert len(names) == len(set(names))
    assert "Problem" in schema["components"]["schemas"]


@pytest.mark.django_db
def test_the_reference_page_runs_no_script_and_knows_every_code() -> None:
    page = Client().get("/api/v1/docs")
    text = page.content.decode()
    assert "<script" not in text
    assert "style=" not in text
    assert "unsafe-inline" not in page["Content-Security-Policy"]
    for error in list_errors():
        assert f'id="{error.code}"' in text
    for path, _, _ in _operations():
        assert path in text


def _examples(name: str) -> list[str]:
    return re.findall(r"^```sh example\n(.*?)^```", (DOCS / name).read_text(), re.M | re.S)


@pytest.mark.django_db(transaction=True)
def test_the_examples_run_as_they_stand(tmp_path: Path, small_pdf: bytes, run_jobs: RunJobs) -> None:
    house = make_house()
    printer = create_printer(house.alice, chosen=PrinterSettings("Comptoir", asks_first=True), is_shared=True)
    for content in (small_pdf, b"%PDF-1.4 broken"):
        stored = store_bytes([content])
        receive_job(printer, JobSender("Devis", "sofia"), stored=stored, media_type="application/pdf")
    run_jobs()  # one waits to be confirmed, one for its problem
    token = token_of(house.alice)
    (tmp_path / "devis.pdf").write_bytes(small_pdf)
    for number in (1, 2):
        Image.new("RGB", (300, 420), "white").save(tmp_path / f"page-{number}.jpg")
    document = create_document(
        house.alice, kind_slug="contract", stored=store_bytes([small_pdf]), file_name="d.pdf", party_id=house.dupont.id,
        page_count=1,
    )  # fmt: skip
    capture, _ = receive(
        house.alice, channel="rest", stored=store_bytes([small_pdf]), file_name="d.pdf", source_key="x", wishes=Wishes()
    )
    source, _ = create_source(house.alice, chosen=SourceSettings("ERP", SftpOptions()))
    deadline = paris_day(SYSTEM_CLOCK.now()) + timedelta(days=3)
    people = (SignerRequest("Julie", "julie@client.example"),)
    ceremony = send_ceremony(
        house.alice, CeremonyRequest((document.id,), people, deadline, "Alice", "alice@mercier.example")
    )
    roles = (SignerRequest("Client", "", side="left"),)
    template = save_template(house.alice, "Bail", TemplateContent(roles, (document.id,)))
    with serve() as server:
        environment = {
            **os.environ, "PLI": server.url, "TOKEN": token, "PARTY_ID": str(house.dupont.id),
            "DOCUMENT_ID": str(document.id), "CAPTURE_ID": str(capture.id), "CONTACT_ID": str(house.julie.id),
            "CEREMONY_ID": str(ceremony.id), "SOURCE_ID": str(source.id),
            "PRINTER_ID": str(printer.id),
            "TEMPLATE_ID": str(template.id),
        }  # fmt: skip
        for example in [*_examples("api.md"), *_examples("webhooks.md")]:
            done = subprocess.run(
                ["bash", "-euc", example], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
            )
            assert done.returncode == 0, (example, done.stdout, done.stderr)
    assert len(_examples("api.md")) >= 10
    assert set(printer.jobs.values_list("name", "capture__state")) == {("Devis", "RECEIVED"), ("Devis", "DISMISSED")}
