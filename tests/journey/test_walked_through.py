"""What a walk through the running product found, and must not come back."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from pli.kit.errors import PliError
from pli.kit.ids import new_readable_number, read_typed_number
from pli.notifications.api import local_outbox
from pli.parties.api import Account
from pli.project.demonstration import refresh_addresses
from pli.signing.api import CodeWrong, check_code, enter, open_link, refuse, send_code
from tests.pdf import samples
from tests.support.browser import LiveSite
from tests.support.ceremonies import ask, file_contract, last_code, last_link, reach, sign_as
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db(transaction=True)
JULIE = "julie@client.example"


@pytest.fixture
def house() -> House:
    return make_house()


def _at_the_desk(house: House) -> Client:
    client = Client()
    client.force_login(Account.objects.get(id=house.chloe.account_id))
    return client


def test_the_mail_about_a_refusal_names_who_refused(house: House, run_jobs: RunJobs) -> None:
    ask(house)
    refuse(reach(house, JULIE, run_jobs), reason="Le montant n’est pas celui convenu.")
    run_jobs()
    told = next(m.text for m in local_outbox(house.alice) if "a refusé de signer" in m.text)
    assert "Julie Martin a refusé de signer" in told


def test_a_blocked_link_is_opened_again_by_the_button_shown(house: House, run_jobs: RunJobs) -> None:
    ceremony = ask(house)
    run_jobs()
    token = last_link(house, JULIE)
    session = enter(token, open_link(token)[1])
    send_code(session)
    run_jobs()
    wrong = "000000" if last_code(house, JULIE) != "000000" else "111111"
    for _try in range(4):
        with pytest.raises(CodeWrong):
            check_code(session, wrong)
    with pytest.raises(Exception, match=r"SIG-012|bloqué"):
        check_code(session, wrong)
    desk, address = _at_the_desk(house), f"/office/signatures/{ceremony.id}/"
    page = desk.get(address).content.decode()
    assert "Renvoyer l’invitation" in page and "Rappeler" not in page
    action = re.search(r'action="([^"]+/resend)"', page)
    assert action
    desk.post(action[1])
    run_jobs()
    reach(house, JULIE, run_jobs)
    assert "Rappeler" in desk.get(address).content.decode()


def test_a_scanner_may_ask_for_the_heading_of_a_link_only(house: House, run_jobs: RunJobs) -> None:
    ask(house)
    run_jobs()
    assert Client().head(f"/s/{last_link(house, JULIE)}").status_code == 200


def test_a_plain_scan_is_not_said_to_have_held_active_content(house: House, run_jobs: RunJobs) -> None:
    scan = file_contract(house, samples.scanned_like(pages=1))
    active = file_contract(house, samples.with_javascript(), title="Avec un programme")
    papers = {one.document_id: one for one in ask(house, documents=[scan, active]).papers.all()}
    assert not papers[scan.id].had_active_content
    assert papers[active.id].had_active_content


def test_what_everybody_signed_takes_no_other_request(house: House, run_jobs: RunJobs) -> None:
    paper = file_contract(house)
    address = f"/office/documents/{paper.id}/"
    ask(house, documents=[paper])
    assert "Demander une signature" in _at_the_desk(house).get(address).content.decode()
    sign_as(house, JULIE, run_jobs)
    run_jobs()
    assert "Demander une signature" not in _at_the_desk(house).get(address).content.decode()
    with pytest.raises(PliError) as refusal:
        ask(house, documents=[paper])
    assert "pourrait changer" not in str(refusal.value.details["reason"])


def test_an_evidence_number_is_read_as_people_type_it() -> None:
    number = new_readable_number("PV")
    typed = number.replace("-", " ").replace("0", "o").replace("1", "l").lower()
    assert read_typed_number(f" {typed} ") == read_typed_number(number.replace("-", "")) == number


def test_demo_json_follows_the_ports(tmp_path: Path) -> None:
    refresh_addresses(tmp_path)
    assert not (tmp_path / "demo.json").exists()
    printer = {"name": "P", "uri": "ipp://old.example:1/ipp/print/secret"}
    account = {"host": "old.example", "port": 1, "user": "u", "password": "p"}
    demo = {"base_url": "http://old.example", "api_token": "t", "printers": [printer], "ftp": [account]}
    (tmp_path / "demo.json").write_text(json.dumps(demo))
    refresh_addresses(tmp_path)
    told = json.loads((tmp_path / "demo.json").read_text())
    assert told["base_url"] == settings.PLI_BASE_URL and told["api_token"] == "t"
    assert told["printers"][0]["uri"] == f"{settings.PLI_IPP_URL}/ipp/print/secret"
    assert told["ftp"][0]["port"] == settings.PLI_FTP_PORT and told["ftp"][0]["password"] == "p"


def test_one_refused_file_does_not_hold_up_the_others(
    desk: Page, live_site: LiveSite, house: House, tmp_path: Path
) -> None:
    good, bad = tmp_path / "bail.pdf", tmp_path / "vide.pdf"
    good.write_bytes(samples.simple_contract(pages=1))
    bad.write_bytes(b"")
    live_site.log_in(desk, Account.objects.get(id=house.chloe.account_id))
    desk.goto(f"{live_site.url}/office/documents/upload/")
    desk.set_input_files("input[type=file]", [good, bad])
    expect(desk.get_by_text("non reçu")).to_be_visible()
    desk.get_by_role("link", name="Continuer avec les fichiers reçus").click()
    desk.wait_for_url("**/arrivals?capture=*")
    expect(desk.get_by_text("bail.pdf")).to_be_visible()


def test_every_next_step_stays_on_a_phone(phone: Page, live_site: LiveSite, house: House, run_jobs: RunJobs) -> None:
    """The longest one was cut by the edge of the screen."""
    ask(house)
    run_jobs()
    phone.goto(f"{live_site.url}/s/{last_link(house, JULIE)}")
    phone.get_by_role("button", name="Recevoir mon code par e-mail").click()
    phone.wait_for_url("**/code")
    run_jobs()
    phone.locator("#id_code").fill(last_code(house, JULIE))
    phone.wait_for_url("**/read")
    phone.get_by_role("button", name="Signer ici").click()
    phone.get_by_role("tab", name="Écrire").click()
    phone.get_by_role("button", name="Utiliser cette signature").click()
    box = phone.get_by_role("button", name="Poser en bas de cette page").bounding_box()
    assert box and box["x"] + box["width"] <= 390
    assert phone.evaluate("document.querySelector('.signer-bar').scrollWidth <= innerWidth")


@pytest.mark.parametrize("address", ["/office/messages/local/", "/office/settings/recipes/new"])
def test_lists_fit_a_phone(address: str, phone: Page, live_site: LiveSite, house: House, run_jobs: RunJobs) -> None:
    ask(house)
    run_jobs()
    live_site.log_in(phone, Account.objects.get(id=house.alice.account_id))
    phone.goto(f"{live_site.url}{address}")
    wide = "[...document.querySelectorAll('.table-wrap')].every(one => one.scrollWidth <= one.clientWidth)"
    assert phone.evaluate(wide)
    bullets = (
        "[...document.querySelectorAll('.start-list')].every(one => getComputedStyle(one).listStyle.includes('none'))"
    )
    assert phone.evaluate(bullets)
