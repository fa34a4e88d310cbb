"""A disk that is full, as the pages tell it: the reason, never a number, never somebody else's fault."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from pli.capture.channels import room
from pli.parties.api import Account
from tests.pdf.samples import simple_contract
from tests.support.people import House, make_house

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return make_house()


@pytest.mark.parametrize("page", ["documents:upload", "documents:photos"])
def test_who_sends_a_file_reads_why_it_was_not_taken(house: House, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    client = Client()
    client.force_login(Account.objects.get(id=house.alice.account_id))
    monkeypatch.setattr(room, "_SPARED", 1 << 60)
    file = SimpleUploadedFile("a.pdf", simple_contract(1))
    answer = client.post(reverse(page), {"files": file}, headers={"accept": "application/json"})
    assert answer.status_code == 507
    said = answer.json()
    assert said["code"] == "DOC-001"
    assert "disque du serveur est plein" in said["detail"] and "Prévenez" in said["detail"]


def test_who_logs_in_is_not_told_to_have_tried_too_often(house: House) -> None:
    client = Client()
    mine = {"login": Account.objects.get(id=house.alice.account_id).email, "password": "faux"}
    assert client.post(reverse("account_login"), mine).status_code == 200
    with connection.cursor() as cursor:
        # As a disk that is full: the table is read, and takes no row.
        cursor.execute("ALTER TABLE pli_cache ADD CONSTRAINT no_room CHECK (false) NOT VALID")
    refused = client.post(reverse("account_login"), mine)
    page = refused.content.decode()
    assert refused.status_code == 507 and "disque du serveur est plein" in page and "Trop d’essais" not in page
