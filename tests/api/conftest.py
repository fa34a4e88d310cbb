"""A house with tokens, and a client that speaks to the API as one of its people."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http.response import HttpResponseBase
from django.test import Client

from pli.api.scopes import SCOPES
from pli.api.throttle import BUCKETS
from pli.api.tokens import issue_token
from pli.documents.api import Document, create_document, store_bytes
from pli.parties.api import StaffActor
from tests.support.people import House, make_house


class Api:
    """The API as one token sees it."""

    def __init__(self, token: str, **headers: str) -> None:
        self.token = token
        self.headers = headers
        self.client = Client(raise_request_exception=False)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """One request with a JSON body, if any."""
        sent = {"Authorization": f"Bearer {self.token}", **self.headers, **headers}
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = sent.pop("Content-Type", "application/json")
        return self.client.generic(method, f"/api/v1{path}", data=data, content_type=kind if data else "", headers=sent)

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body if body is not None else {}, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("PATCH", path, body, **headers)


def token_of(actor: StaffActor, *scopes: str) -> str:
    """A token of that person with those scopes (all of them when silent)."""
    return issue_token(actor, name="test", scopes=scopes or list(SCOPES))[1]


def bytes_of(response: HttpResponseBase) -> bytes:
    """The whole body of a file sent in pieces."""
    return b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _no_counting_between_tests() -> None:
    BUCKETS.clear()


@pytest.fixture
def house(db: None) -> House:
    return make_house()


@pytest.fixture
def other(db: None) -> House:
    return make_house("durand")


@pytest.fixture
def alice(house: House) -> Api:
    return Api(token_of(house.alice))


@pytest.fixture
def bruno(house: House) -> Api:
    return Api(token_of(house.bruno))


@pytest.fixture
def chloe(house: House) -> Api:
    return Api(token_of(house.chloe))


@pytest.fixture
def denis(house: House) -> Api:
    return Api(token_of(house.denis))


@pytest.fixture
def stranger(other: House) -> Api:
    """The administrator of another organisation."""
    return Api(token_of(other.alice))


MakeDocument = Callable[..., Document]


@pytest.fixture
def make_document(house: House, small_pdf: bytes) -> MakeDocument:
    """Files a real PDF for Chloé's client."""

    def make(**where: Any) -> Document:
        where = {"party_id": house.dupont.id, "title": "Devis 2026-041", **where}
        stored = store_bytes([small_pdf])
        return create_document(
            house.chloe, kind_slug="contract", stored=stored, file_name="devis.pdf", page_count=1, **where
        )

    return make


@pytest.fixture(scope="session")
def small_pdf() -> bytes:
    """One page that says « Bonjour »."""
    import io

    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 842))
    canvas.drawString(72, 700, "Bonjour, ceci est un contrat de chaudiere.")
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()
