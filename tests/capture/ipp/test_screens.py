"""Réglages › Imprimantes and « Mes impressions »: who sees which address, and what waits for whom."""

from __future__ import annotations

import plistlib

import pytest
from django.test import Client
from django.urls import reverse

from pli.capture.api import (
    Capture,
    CaptureState,
    PrinterQueue,
    PrinterSettings,
    PrintJob,
    create_printer,
    jobs_to_confirm,
    print_jobs_for,
    printer_address,
)
from pli.capture.printing.jobs import Sender, receive_job
from pli.documents.api import store_bytes
from pli.kit.errors import NotAllowed, NotFound
from pli.parties.api import Account, StaffActor
from tests.capture.ipp.conftest import make_pdf
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(db: None) -> House:
    return make_house()


@pytest.fixture
def shared(house: House) -> PrinterQueue:
    chosen = PrinterSettings("Accueil", asks_first=True)
    return create_printer(house.bruno, chosen=chosen, is_shared=True)


def _as(actor: StaffActor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(id=actor.account_id))
    return client


def _print(queue: PrinterQueue, name: str = "Devis") -> PrintJob:
    stored = store_bytes([make_pdf(name)])
    return receive_job(queue, Sender(name, "sofia"), stored=stored, media_type="application/pdf")


@pytest.mark.parametrize(
    ("name", "typed"),
    [("Pli – Devis d’été", "Pli_Devis_d_ete"), ("Reçus 2026", "Pli_Recus_2026"), ("経理", "Pli")],
)
def test_the_command_for_linux_names_the_printer_as_one_would(house: House, name: str, typed: str) -> None:
    made = create_printer(house.chloe, chosen=PrinterSettings(name), is_shared=False)
    assert f"lpadmin -p {typed} -E" in _as(house.chloe).get(reverse("printers:show", args=[made.id])).text


def test_the_address_of_a_printer_is_shown_to_those_it_serves(
    house: House, queue: PrinterQueue, shared: PrinterQueue
) -> None:
    address = printer_address(house.chloe, queue.id)
    page = _as(house.chloe).get(reverse("printers:show", args=[queue.id])).content.decode()
    assert address in page and "<svg" in page and "lpadmin" in page and " style=" not in page
    admin = _as(house.alice).get(reverse("printers:show", args=[queue.id])).content.decode()
    assert address not in admin and address.rsplit("/", 1)[1] not in admin
    assert _as(house.bruno).get(reverse("printers:show", args=[queue.id])).status_code == 404
    for actor in (house.alice, house.denis):
        with pytest.raises(NotAllowed):
            printer_address(actor, queue.id)
    assert printer_address(house.chloe, shared.id) == printer_address(house.alice, shared.id)
    with pytest.raises(NotAllowed):
        printer_address(house.denis, shared.id)
    with pytest.raises(NotFound):
        printer_address(make_house("riviere").alice, shared.id)


def test_a_printer_is_made_changed_switched_off_and_given_a_new_address(house: House) -> None:
    client = _as(house.chloe)
    form = {"name": "La mienne", "kind": "quote", "asks_first": "", "is_shared": "yes"}
    made = client.post(reverse("printers:new"), form)
    queue = PrinterQueue.objects.get()
    assert made.status_code == 302 and not queue.is_shared, "a member makes printers for themselves alone"
    assert client.post(reverse("printers:new"), form).status_code == 422
    client.post(reverse("printers:change", args=[queue.id]), {**form, "name": "Autre", "asks_first": "yes"})
    queue.refresh_from_db()
    assert (queue.name, queue.asks_first) == ("Autre", True)
    before = queue.secret_digest
    client.post(reverse("printers:renew", args=[queue.id]))
    client.post(reverse("printers:switch", args=[queue.id]))
    queue.refresh_from_db()
    assert queue.secret_digest != before and not queue.is_active
    assert _as(house.bruno).post(reverse("printers:switch", args=[queue.id])).status_code == 404
    assert _as(house.denis).post(reverse("printers:new"), form).status_code == 403
    listed = client.get(reverse("printers:list")).content.decode()
    assert "Autre" in listed and "Éteinte" in listed


def test_the_profile_for_apple_says_where_the_printer_is(house: House, queue: PrinterQueue) -> None:
    profile = plistlib.loads(_as(house.chloe).get(reverse("printers:profile", args=[queue.id])).content)
    [payload] = profile["PayloadContent"]
    [airprint] = payload["AirPrint"]
    assert airprint["ResourcePath"] in printer_address(house.chloe, queue.id) and airprint["Port"] == 8631
    assert _as(house.alice).get(reverse("printers:profile", args=[queue.id])).status_code == 403


def test_a_held_print_is_confirmed_by_somebody_of_the_team(
    house: House, shared: PrinterQueue, run_jobs: RunJobs
) -> None:
    job = _print(shared)
    run_jobs()
    assert Capture.objects.get().state == CaptureState.WAITING and jobs_to_confirm(house.chloe).count() == 1
    client = _as(house.chloe)
    page = client.get(reverse("prints:list")).content.decode()
    assert "À confirmer" in page and reverse("prints:confirm", args=[job.uuid]) in page
    assert client.get(reverse("prints:page", args=[job.uuid])).status_code == 200
    wrong = client.post(reverse("prints:confirm", args=[job.uuid]), {"kind": "quote", "party": "Personne"})
    assert wrong.status_code == 422 and Capture.objects.get().state == CaptureState.WAITING
    client.post(
        reverse("prints:confirm", args=[job.uuid]), {"kind": "quote", "party": "Dupont SARL (C001)", "title": "Toit"}
    )
    run_jobs()
    capture = Capture.objects.get()
    assert capture.state == CaptureState.FILED and capture.document is not None
    assert (capture.document.title, capture.document.kind.slug) == ("Toit", "quote")
    assert capture.document.party == house.dupont and capture.document.created_by == house.chloe.reference


def test_a_held_print_is_set_aside_once(house: House, shared: PrinterQueue, run_jobs: RunJobs) -> None:
    job = _print(shared)
    run_jobs()
    for _ in range(2):
        assert _as(house.chloe).post(reverse("prints:dismiss", args=[job.uuid])).status_code == 302
    assert Capture.objects.get().state == CaptureState.DISMISSED
    assert _as(house.denis).post(reverse("prints:dismiss", args=[job.uuid])).status_code == 403


def test_a_print_that_failed_leads_to_where_it_is_handled(house: House, queue: PrinterQueue, run_jobs: RunJobs) -> None:
    stored = store_bytes([b"%PDF-1.4\nrien"])
    receive_job(queue, Sender("Abîmé", "sofia"), stored=stored, media_type="application/pdf")
    run_jobs()
    capture = Capture.objects.get()
    assert capture.state == CaptureState.PARKED
    client = _as(house.chloe)
    assert f"{reverse('todo:list')}#file-{capture.id}" in client.get(reverse("prints:list")).content.decode()
    assert f'id="file-{capture.id}"' in client.get(reverse("todo:list")).content.decode()


def test_the_list_is_silent_while_nothing_changes(house: House, queue: PrinterQueue) -> None:
    _print(queue)
    client = _as(house.chloe)
    answer = client.get(reverse("prints:list"), headers={"HX-Request": "true"})
    stamp = answer.context["stamp"]
    again = client.get(reverse("prints:list"), {"seen": stamp}, headers={"HX-Request": "true"})
    assert (answer.status_code, again.status_code) == (200, 204)
    _print(queue, "Autre")
    assert client.get(reverse("prints:list"), {"seen": stamp}, headers={"HX-Request": "true"}).status_code == 200


def test_one_sees_ones_own_prints_and_the_teams(house: House, queue: PrinterQueue, shared: PrinterQueue) -> None:
    _print(queue, "Secret")
    _print(shared, "Commun")
    other = create_printer(house.alice, chosen=PrinterSettings("Alice"), is_shared=False)
    _print(other, "Salaires")
    seen = {actor: {job.name for job in print_jobs_for(actor)} for actor in (house.chloe, house.bruno, house.denis)}
    assert seen[house.chloe] == {"Secret", "Commun"}
    assert seen[house.bruno] == seen[house.denis] == {"Secret", "Commun", "Salaires"}
    assert not print_jobs_for(make_house("riviere").alice).exists()
    strange = _as(make_house("autre").alice)
    job = PrintJob.objects.filter(queue=shared).get()
    assert strange.get(reverse("prints:confirm", args=[job.uuid])).status_code == 404
