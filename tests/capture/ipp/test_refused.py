"""Prints that a printer refuses: their sender hears no more than a stranger, the office sees them in « À traiter »."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from pli.capture.api import (
    Capture,
    PrinterQueue,
    PrinterSettings,
    RefusedPrint,
    change_printer,
    create_printer,
    printer_address,
    refused_prints,
    renew_address,
    settle_refused,
)
from pli.capture.channels.ipp.attributes import Operation
from pli.capture.channels.ipp.codec import Tag, encode, make
from pli.capture.errors import PrinterClosed
from pli.capture.printing import refusals
from pli.capture.printing.refusals import SETTLED_FOR, Station, note_refused, note_stranger
from pli.kit.clock import FrozenClock
from pli.kit.errors import NotAllowed, NotFound
from pli.kit.ids import new_token
from pli.parties.api import Account, StaffActor
from tests.capture.ipp.client import Printer, named, request
from tests.capture.ipp.conftest import PrinterProcess, make_pdf
from tests.support.people import House, enter, make_house

PDF = make_pdf()
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _no_flood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "_noted", {})


def _todo(actor: StaffActor) -> str:
    return enter(actor).get(reverse("todo:list")).content.decode()


def test_who_prints_to_the_former_address_is_shown_with_what_to_do(printer: Printer, house: House) -> None:
    queue = PrinterQueue.objects.get()
    former = encode(request(Operation.PRINT_JOB, printer.uri, *named("Devis", "sofia"))) + PDF
    renew_address(house.chloe, queue.id)
    assert printer.post(former) == (404, b"")
    assert printer.post(former) == (404, b"")
    assert not Capture.objects.exists()
    refused = RefusedPrint.objects.get()
    assert (refused.queue, refused.problem_code) == (queue, "CAP-024")
    page = _todo(house.chloe)
    assert "Le poste 127.0.0.1 (sofia) imprime encore à l’ancienne adresse de « Imprimante de Chloé »." in page
    assert reverse("printers:show", args=[queue.id]) in page
    # The new address goes on printing, and the refusal stays until somebody has seen to it.
    path = printer_address(house.chloe, queue.id).split("/", 3)[3]
    assert Printer(f"ipp://{printer.parts.netloc}/{path}").print(PDF).code == 0
    settle_refused(house.chloe, refused.id)
    assert "ancienne adresse" not in _todo(house.chloe)


def test_an_address_nobody_has_is_shown_to_the_administrators_of_who_runs_the_server(
    server: PrinterProcess, house: House
) -> None:
    stranger = Printer(f"ipp://127.0.0.1:{server.port}/ipp/print/{new_token()}")
    hostile = named("Devis", "<script>\x00\n" + "x" * 900)
    assert stranger.post(encode(request(Operation.PRINT_JOB, stranger.uri, *hostile)) + PDF) == (404, b"")
    refused = RefusedPrint.objects.get()
    assert (refused.queue, refused.problem_code) == (None, "CAP-025")
    assert urlsplit(stranger.uri).path.rsplit("/", 1)[-1] not in str(refused.problem)
    page = _todo(house.alice)
    assert "n’est celle d’aucune imprimante" in page and "<script>x" not in page
    assert not refused_prints(house.chloe).exists() and not refused_prints(house.bruno).exists()
    assert not refused_prints(make_house("autre").alice).exists()


def test_a_printer_that_is_switched_off_or_a_format_it_does_not_take(printer: Printer, house: House) -> None:
    queue = PrinterQueue.objects.get()
    script = make("document-format", Tag.MIME, "application/postscript")
    assert printer.print(b"%!PS-Adobe-3.0\n", "Devis", "sofia", script).code == 0x040A
    # A client may ask first which format to make: nothing is lost by that.
    assert printer.ask(Operation.VALIDATE_JOB, *named("Devis"), script).code == 0x040A
    change_printer(house.chloe, queue.id, is_active=False)
    assert printer.print(PDF).code == 0x0506
    assert sorted(RefusedPrint.objects.values_list("problem_code", flat=True)) == ["CAP-026", "CAP-027"]
    assert "elle est éteinte" in _todo(house.chloe) and "ce format n’est pas pris" in _todo(house.chloe)
    Account.objects.filter(id=house.chloe.account_id).update(language="en")
    assert "this format is not taken" in _todo(house.chloe)


def test_a_good_print_is_no_refusal(printer: Printer) -> None:
    assert printer.print(PDF).code == 0
    assert printer.ask(Operation.GET_JOB_ATTRIBUTES, make("job-id", Tag.INTEGER, 99)).code == 0x0406
    assert not RefusedPrint.objects.exists()


def test_what_was_settled_comes_back_when_it_goes_on_a_day_later(house: House, queue: PrinterQueue) -> None:
    clock = FrozenClock(NOW)
    error = PrinterClosed(who="192.168.1.20", name=queue.name, reason="elle est éteinte")
    note_refused(queue, error, clock=clock)
    settle_refused(house.chloe, refused_prints(house.chloe).get().id, clock=clock)
    for later, shown in ((timedelta(hours=2), 0), (SETTLED_FOR + timedelta(minutes=1), 1)):
        refusals._noted.clear()
        note_refused(queue, error, clock=FrozenClock(NOW + later))
        assert refused_prints(house.chloe).count() == shown
    assert RefusedPrint.objects.count() == 1


def test_a_flood_is_written_now_and_then(
    house: House, queue: PrinterQueue, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    note_stranger(new_token(), Station("10.0.0.1"))
    # Whether it is a former address is asked; nothing more is written.
    with django_assert_num_queries(20):
        for number in range(20):
            note_stranger(new_token(), Station(f"10.0.0.{number}"))
    assert RefusedPrint.objects.count() == 1


def test_only_who_may_change_the_printer_settles_and_nobody_sees_another_organisations(
    house: House, queue: PrinterQueue
) -> None:
    shared = create_printer(house.bruno, chosen=PrinterSettings("Accueil"), is_shared=True)
    for one in (queue, shared):
        note_refused(one, PrinterClosed(who="192.168.1.20", name=one.name, reason="elle est éteinte"))
    of_queue, of_shared = (RefusedPrint.objects.get(queue=one) for one in (queue, shared))
    assert set(refused_prints(house.chloe)) == {of_queue, of_shared}
    with pytest.raises(NotAllowed):
        settle_refused(house.chloe, of_shared.id)
    with pytest.raises(NotFound):
        settle_refused(house.bruno, of_queue.id)
    stranger = make_house("autre")
    assert not refused_prints(stranger.alice).exists()
    with pytest.raises(NotFound):
        settle_refused(stranger.alice, of_shared.id)
    settle_refused(house.bruno, of_shared.id)
    assert not refused_prints(house.bruno).exists()
