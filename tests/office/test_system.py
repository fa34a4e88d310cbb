"""« État du système », and what is stuck: shown, said, retried."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from playwright.sync_api import Page

from pli.journal.api import Event
from pli.journal.models import OutboxEntry
from pli.kit.checks import Check, CheckState
from pli.kit.clock import SYSTEM_CLOCK
from pli.office.system import checks, views
from pli.parties.api import Account, StaffActor
from pli.project import doctor, follow_up
from pli.signing.api import describe_seal
from tests.support.browser import LiveSite
from tests.support.people import House, make_house

PAGE = "/office/settings/system/"


@pytest.fixture
def house(settings: Any, tmp_path: Path) -> House:
    settings.PLI_HOME = tmp_path
    settings.PLI_MAIL_URL = settings.PLI_SMS_URL = ""
    return make_house()


@pytest.fixture
def patient_doctor(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine busy with other tests the checks take longer than a person would wait."""
    monkeypatch.setattr(checks, "_examiner", [partial(doctor.examine_for, seconds=60.0)])


def enter(actor: StaffActor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(id=actor.account_id))
    return client


def stick(house: House, attempts: int = 6) -> OutboxEntry:
    event = Event.objects.create(
        organisation_id=house.organisation.id, name="signing.ceremony-completed", subject_type="ceremony",
        subject_id=uuid4(), actor="system:seal", occurred_at=SYSTEM_CLOCK.now(),
    )  # fmt: skip
    return OutboxEntry.objects.create(
        event=event, handler="journey.archive-signed", attempts=attempts, last_error="KeyError (archive:12)",
        next_try_at=SYSTEM_CLOCK.now() + timedelta(hours=1),
    )  # fmt: skip


def slow() -> Check:
    time.sleep(1.5)
    return Check("slow", CheckState.OK, "à temps")


def broken() -> Check:
    raise RuntimeError("no")


@pytest.mark.django_db(transaction=True)
def test_a_slow_or_broken_check_holds_nobody_up(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("pli.project.checks:database", f"{__name__}:slow", f"{__name__}:broken", doctor.OF_ALL)
    monkeypatch.setattr(doctor, "CHECKS", names)
    began = time.monotonic()
    found = doctor.examine_for(house.organisation.id, language="fr", seconds=0.5)
    assert time.monotonic() - began < 1.2
    said = {check.name: check for check in found}
    assert said["slow"].state is CheckState.WARN and "n’a pas répondu" in said["slow"].sentence
    assert said["broken"].state is CheckState.FAIL
    time.sleep(1.6)  # the slow one leaves no connection behind


@pytest.mark.usefixtures("patient_doctor")
@pytest.mark.django_db(transaction=True)
def test_the_page_is_an_administrators_and_names_no_other_organisation(house: House) -> None:
    rival = make_house("rival")
    describe_seal(rival.alice)
    describe_seal(house.alice)
    page = enter(house.alice).get(PAGE).content.decode()
    assert "Base de données" in page and "Atelier Mercier" in page
    assert "Atelier Rival" not in page
    for actor in (house.bruno, house.chloe, house.denis):
        assert enter(actor).get(PAGE).status_code == 403


@pytest.mark.django_db
def test_without_an_examiner_the_page_stands(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_examiner", [])
    assert enter(house.alice).get(PAGE).status_code == 200


@pytest.mark.django_db
def test_what_is_stuck_is_said_by_the_doctor_and_retried_by_an_administrator(house: House) -> None:
    assert follow_up.check_outbox().state is CheckState.OK
    entry = stick(house)
    assert follow_up.check_outbox().state is CheckState.FAIL
    for check in (follow_up.check_anchors(), follow_up.check_ceremonies(), follow_up.check_captures()):
        assert check.state is CheckState.OK
    desk = enter(house.alice)
    page = desk.get("/office/todo/").content.decode()
    assert "Suite bloquée" in page and "Demande de signature terminée" in page
    assert "Suite bloquée" not in enter(house.chloe).get("/office/todo/").content.decode()
    address = f"/office/todo/follow-ups/{entry.id}/retry"
    assert enter(house.chloe).post(address).status_code == 403
    assert enter(make_house("autre").alice).post(address).status_code == 404
    assert desk.post(address).status_code == 302
    entry.refresh_from_db()
    assert entry.next_try_at <= SYSTEM_CLOCK.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'journal.dispatch'")
        assert cursor.fetchone()[0]


def test_a_check_that_does_not_answer_has_a_name_people_can_read() -> None:
    assert {name.partition(":")[2] for name in doctor.CHECKS} <= set(views.NAMES)


@pytest.mark.browser
@pytest.mark.usefixtures("patient_doctor")
@pytest.mark.django_db(transaction=True)
def test_the_page_is_accessible_and_fits(
    house: House, live_site: LiveSite, desk: Page, phone: Page, assert_accessible: Callable[..., None],
    shot: Callable[..., None],
) -> None:  # fmt: skip
    stick(house)
    for name, page in (("desk", desk), ("phone", phone)):
        live_site.log_in(page, Account.objects.get(id=house.alice.account_id))
        page.goto(live_site.url + PAGE)
        page.get_by_text("Suites des événements").wait_for(timeout=40000)
        assert page.evaluate("document.documentElement.scrollWidth") <= (page.viewport_size or {})["width"]
        assert_accessible(page)
        shot(page, f"system-{name}", full_page=True)
