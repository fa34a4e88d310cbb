"""« Journal »: found, said in plain words, proved, taken away."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.utils.module_loading import autodiscover_modules
from playwright.sync_api import Page

import pli
from pli.journal.api import Event, chain_events, check_chain, declared, make_anchor, verify_proof
from pli.office.journal.words import SUBJECTS, WORDS
from pli.parties.api import Account, StaffActor, update_organisation
from pli.signing.api import timestamps_of
from tests.support.browser import LiveSite
from tests.support.ceremonies import file_contract
from tests.support.people import House, make_house

pytestmark = pytest.mark.django_db
LIST = "/office/journal/"


@pytest.fixture
def house(settings: Any, tmp_path: Path) -> House:
    settings.PLI_HOME = tmp_path
    settings.PLI_MAIL_URL = settings.PLI_SMS_URL = ""
    made = make_house()
    file_contract(made)
    update_organisation(actor=made.alice, values={"name": "=Atelier"})
    chain_events(made.organisation.id)
    return made


def enter(actor: StaffActor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(id=actor.account_id))
    return client


def read(client: Client, **query: str) -> str:
    answer = client.get(LIST, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_every_event_has_its_words() -> None:
    autodiscover_modules("events")
    assert not {name for name in declared() if not name.startswith("test.")} - WORDS.keys()


def test_every_subject_has_its_word() -> None:
    """What an event is about is written in the services as ``subject=("kind", id)``."""
    source = Path(pli.__file__).parent
    said = {kind for file in source.rglob("*.py") for kind in re.findall(r'subject=\("([\w-]+)"', file.read_text())}
    assert len(said) > 20 and not said - SUBJECTS.keys()


def test_events_are_said_in_plain_words_with_who_and_what(house: House) -> None:
    page = read(enter(house.denis))
    assert "Document classé" in page and "Contrat d’entretien" in page and "Chloe" in page
    assert "Réglages de l’organisation modifiés" in page
    assert "name : =Atelier" in page  # what changed, spelt out


def test_only_those_who_see_the_whole_read_it(house: House) -> None:
    assert enter(house.chloe).get(LIST).status_code == 403
    assert 'href="/office/journal/"' not in enter(house.chloe).get("/office/").content.decode()
    assert 'href="/office/journal/"' in enter(house.bruno).get("/office/").content.decode()
    other = read(enter(make_house("autre").alice))
    assert "Contrat d’entretien" not in other
    event = Event.objects.filter(organisation_id=house.organisation.id).first()
    assert event is not None
    assert enter(make_house("tiers").alice).get(f"{LIST}{event.id}/proof.json").status_code == 404


def test_filters_narrow_and_rubbish_narrows_nothing_that_breaks(house: House) -> None:
    desk = enter(house.alice)
    assert "Document classé" not in _table(read(desk, name="parties.*"))
    assert "Document classé" in _table(read(desk, q="classé"))
    assert "Document classé" in _table(read(desk, q="contrat.pdf"))
    assert "Aucune entrée" in read(desk, q="introuvable")
    assert "Document classé" in _table(read(desk, actor=house.chloe.reference))
    assert "Document classé" not in _table(read(desk, actor="system:*"))
    assert "Aucune entrée" in read(desk, until="2001-01-01")
    assert "Document classé" in _table(read(desk, since="2001-01-01", subject="document"))
    read(desk, since="9999-12-31", until="9999-12-31", id="x", after="x_y", name="%", actor="\x00", q="100% _\x00")


@contextmanager
def unguarded() -> Iterator[None]:
    """As somebody who rules over the database: its own guard looks away."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = DEFAULT")


def _table(page: str) -> str:
    return page.partition("<tbody>")[2].partition("</tbody>")[0]


def test_pages_follow_by_key(house: House) -> None:
    for number in range(60):
        update_organisation(actor=house.alice, values={"name": f"Atelier {number}"})
    desk = enter(house.alice)
    first = read(desk)
    assert first.count("<tr id=") == 50 and "Revenir au début" not in first
    address = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = desk.get(address).content.decode()
    assert "Document classé" in second and "Revenir au début" in second


def test_the_chain_is_verified_and_a_change_is_seen(house: House) -> None:
    make_anchor(house.organisation.id, timestamps=timestamps_of(house.organisation))
    desk = enter(house.denis)
    assert "sont intactes" in desk.post(f"{LIST}verify", {"count": "1000"}).content.decode()
    assert "sont intactes" in desk.post(f"{LIST}verify", {"count": "rubbish"}).content.decode()
    event = Event.objects.get(organisation_id=house.organisation.id, name="documents.document-filed")
    with unguarded():
        Event.objects.filter(id=event.id).update(personal={"title": "Autre", "file_name": "x"})
    check = check_chain(house.organisation.id, count=1000)
    assert check.personal_changed == [event.position] and not check.changed
    with unguarded():
        Event.objects.filter(id=event.id).update(data={**event.data, "page_count": 99})
    page = desk.post(f"{LIST}verify", {"count": "1000"}).content.decode()
    assert "quelque chose a été modifié" in page
    with unguarded():
        Event.objects.filter(id=event.id).update(position=None)
    assert event.position in check_chain(house.organisation.id, count=1000).missing


def test_a_false_root_is_seen(house: House) -> None:
    anchor = make_anchor(house.organisation.id, timestamps=timestamps_of(house.organisation))
    assert anchor is not None
    assert check_chain(house.organisation.id, count=1000, verify_token=lambda token, digest: True).is_intact
    assert check_chain(house.organisation.id, count=1000, verify_token=lambda token, digest: False).bad_anchors
    anchor.root = "00" * 32
    with unguarded():
        anchor.save()
    assert check_chain(house.organisation.id, count=1000).bad_anchors == [(1, anchor.last_position)]


def test_the_export_holds_no_formula_and_the_proof_proves(house: House) -> None:
    desk = enter(house.alice)
    book = openpyxl.load_workbook(io.BytesIO(desk.get(f"{LIST}export.xlsx").getvalue())).active
    assert book is not None
    cells = [str(cell) for row in book.iter_rows(values_only=True) for cell in row if cell]
    assert "Document classé" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    event = Event.objects.get(organisation_id=house.organisation.id, name="documents.document-filed")
    proof = json.loads(desk.get(f"{LIST}{event.id}/proof.json").content)
    assert not verify_proof(proof).errors


def test_the_export_proves_itself_without_pli(house: House, tmp_path: Path) -> None:
    answer = enter(house.denis).post(f"{LIST}export.zip")
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as packed:
        packed.extractall(tmp_path / "out")
    folder = tmp_path / "out" / "journal-de-preuve"
    assert "contrat.pdf" not in (folder / "events.jsonl").read_text()
    done = subprocess.run(
        [sys.executable, str(folder / "verify_journal.py"), str(folder), "--json"], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert json.loads(done.stdout)["verdict"] == "TOTAL_PASSED", done.stdout + done.stderr


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_the_screen_is_accessible_and_fits(
    house: House, live_site: LiveSite, desk: Page, phone: Page, assert_accessible: Callable[..., None],
    shot: Callable[..., None],
) -> None:  # fmt: skip
    make_anchor(house.organisation.id, timestamps=timestamps_of(house.organisation))
    for name, page in (("desk", desk), ("phone", phone)):
        live_site.log_in(page, Account.objects.get(id=house.denis.account_id))
        page.goto(live_site.url + LIST)
        page.locator("details.entry summary").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= (page.viewport_size or {})["width"]
        assert_accessible(page)
        shot(page, f"journal-{name}", full_page=True)
        page.get_by_role("button", name="Vérifier la chaîne").click()
        page.get_by_text("sont intactes").wait_for()
        assert_accessible(page)
