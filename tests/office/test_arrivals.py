"""Files sent by the upload page: what its sender reads of each, of many, and of those that were refused."""

from __future__ import annotations

import html
import re

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from pli.capture.api import Capture
from pli.parties.api import Account
from tests.pdf import samples
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk() -> Client:
    house: House = make_house()
    client = Client()
    client.force_login(Account.objects.get(id=house.chloe.account_id))
    return client


def _send(desk: Client, files: dict[str, bytes], kind: str = "contract") -> HttpResponse:
    sent = [SimpleUploadedFile(name, content) for name, content in files.items()]
    return desk.post(reverse("documents:upload"), {"files": sent, "kind": kind})  # type: ignore[return-value]


def _read(desk: Client, address: str, language: str = "fr") -> str:
    desk.post(reverse("me:language"), {"language": language})
    page = desk.get(address)
    assert page.status_code == 200
    return " ".join(html.unescape(re.sub("<[^>]+>", " ", page.content.decode())).split())


@pytest.mark.parametrize(
    ("name", "content", "french", "english"),
    [
        ("lot.pdf", lambda: samples.many_pages(5001), "compte 5001 pages", "has 5001 pages"),
        ("vue.heic", lambda: b"\0\0\0\x18ftypheic" + bytes(99), "« vue.heic » n’est ni un PDF", "“vue.heic” is"),
        ("scan.tif", lambda: b"II*\0" + bytes(40), "elle est abîmée ou incomplète", "it is damaged or incomplete"),
        ("f.xml", lambda: b"<?xml version='1.0'?><note/>", "« f.xml » n’est pas une facture", "“f.xml” is not"),
    ],
)
def test_what_was_parked_says_why_in_the_language_of_its_sender(
    desk: Client, run_jobs: RunJobs, name: str, content: object, french: str, english: str
) -> None:
    answer = _send(desk, {name: content()})  # type: ignore[operator]
    run_jobs()
    for language, said in (("fr", french), ("en", english)):
        read = _read(desk, answer["Location"], language).replace("\xa0", " ")
        assert said in read
        assert "%(" not in read


def test_files_refused_together_are_all_sent_again_without_being_there_twice(desk: Client) -> None:
    files = {"a.pdf": samples.simple_contract(1), "vide.pdf": b"", "b.pdf": samples.simple_contract(2)}
    refusal = _send(desk, files)
    assert refusal.status_code == 422
    assert "« vide.pdf » est vide" in refusal.content.decode().replace("\xa0", " ")
    assert not Capture.objects.exists()


def test_a_form_of_too_many_files_says_so(desk: Client) -> None:
    limit = settings.DATA_UPLOAD_MAX_NUMBER_FILES
    answer = _send(desk, {f"{number}.pdf": b"%PDF-1.4" for number in range(limit + 1)})
    assert answer.status_code == 400
    assert f"plus de {limit} fichiers" in answer.content.decode()
    assert not Capture.objects.exists()


def test_the_page_of_arrivals_tells_of_those_it_does_not_follow(
    desk: Client, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pli.office.documents.uploads.MOST_FOLLOWED", 2)
    answer = _send(desk, {f"{number}.pdf": samples.simple_contract(number) for number in (1, 2, 3, 4, 5)})
    run_jobs()
    assert answer["Location"].count("capture=") == 2
    assert "Et 3 autres fichiers, reçus eux aussi" in _read(desk, answer["Location"])
    assert "autres fichiers" not in _read(desk, answer["Location"].replace("more=3", "more=x"))
