"""Whatever is sent, the answer is an answer: never a 500, always a problem when refused."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from pli.capture.api import Capture, CaptureState, FtpOptions, SourceSettings, create_source
from pli.capture.sources.arrivals import receive_drop
from pli.documents.api import store_bytes
from tests.api.conftest import Api, token_of
from tests.support.people import make_house

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=8), children, max_size=4),
    max_leaves=12,
)
PATHS = (
    "/folders", "/parties", "/parties/{id}/contacts", "/documents/{id}/move", "/ceremonies", "/webhooks",
    "/ceremonies/{id}/withdraw", "/printers", "/captures/{capture}/confirm",
)  # fmt: skip
LISTS = ("/documents", "/parties", "/folders", "/ceremonies", "/events", "/captures")
FIELDS = (
    "kind", "code", "name", "siren", "email", "mobile", "address", "parent_id", "folder_id", "document_ids", "signers",
    "deadline", "url", "event_types", "reason", "contact_id", "language", "level", "title", "recipe_id",
    "asks_first", "is_shared",
)  # fmt: skip
QUERIES = (
    "q", "kind", "party_id", "folder_id", "since", "until", "after", "limit", "state", "name", "subject_id",
    "printer_id",
)  # fmt: skip
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.django_db
class TestFuzz(TestCase):
    @classmethod
    def setUpTestData(cls) -> None:
        house = make_house()
        cls.party_id = str(house.dupont.id)
        cls.token = token_of(house.alice)
        source, _ = create_source(house.alice, chosen=SourceSettings("Copieur", FtpOptions(), asks_first=True))
        stored = store_bytes([b"%PDF-1.7 x"])
        scan, _ = receive_drop(source, stored=stored, sent_name="scan.pdf", media_type="application/pdf")
        Capture.objects.filter(id=scan.id).update(state=CaptureState.WAITING)
        cls.capture_id = str(scan.id)

    def _check(self, answer: Any) -> None:
        assert answer.status_code < 500, answer.content
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json"
            assert answer.json()["code"]

    @QUICK
    @given(
        path=st.sampled_from(PATHS),
        body=st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), JSON, max_size=6),
    )
    def test_bodies(self, path: str, body: dict[str, Any]) -> None:
        api = Api(self.token)
        api.headers = {}
        self._free()
        self._check(api.post(path.format(id=self.party_id, capture=self.capture_id), body))

    @QUICK
    @given(path=st.sampled_from(PATHS), body=st.binary(max_size=60))
    def test_bytes(self, path: str, body: bytes) -> None:
        self._free()
        self._check(Api(self.token).call("POST", path.format(id=self.party_id, capture=self.capture_id), body))

    @QUICK
    @given(
        path=st.sampled_from(LISTS), query=st.dictionaries(st.sampled_from(QUERIES), st.text(max_size=40), max_size=4)
    )
    def test_queries(self, path: str, query: dict[str, str]) -> None:
        self._free()
        text = "&".join(f"{name}={quote(value, errors='replace')}" for name, value in query.items())
        self._check(Api(self.token).get(f"{path}?{text}"))

    @QUICK
    @given(
        path=st.sampled_from(("/documents", "/parties", "/ceremonies", "/contacts", "/captures")),
        rest=st.text(max_size=30),
    )
    def test_addresses(self, path: str, rest: str) -> None:
        self._free()
        self._check(Api(self.token).get(f"{path}/{quote(rest, safe='', errors='replace')}"))

    def _free(self) -> None:
        from pli.api.throttle import BUCKETS

        BUCKETS.clear()
