"""Through the real flows, a worker killed with -9 at each boundary between a provider's act and its charge: while the
provider acts, while its answer is written down, while it is charged. Each success is sold once, no failure is."""

from __future__ import annotations

import asyncio
import http.server
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from decimal import Decimal
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client, override_settings
from django.urls import reverse

from pli.billing.api import Entry, Meter, Usage, credit_by_hand
from pli.delivery.api import Delivery, DeliveryState
from pli.delivery.services import settle_delivery
from pli.gateway.accepting import Arrival, Target, accept_many
from pli.gateway.api import TrackedSending, TrackedState, make_account
from pli.journal.dispatch import dispatch_events
from pli.journal.models import OutboxEntry
from pli.kit.clock import SYSTEM_CLOCK
from pli.notifications.api import Message
from pli.parties.api import Account
from pli.signing.api import SignerRequest
from tests.notifications.mail_server import Letters, real_server
from tests.support.ceremonies import ask, file_contract
from tests.support.people import House, make_house
from tests.support.workers import PATIENCE, Workers, held, is_blocked, is_busy, until

JULIE = SignerRequest("Julie Martin", "julie@client.example", mobile="+33612345678", code_channel="SMS")
PAUL = SignerRequest("Paul Durand", "paul@client.example", mobile="+33612345699", code_channel="SMS")


class Providers:
    """A smart host and an SMS service: both take what they are given, and answer it when they may."""

    def __init__(self, host: Letters) -> None:
        self.host = host
        self.may_answer = threading.Event()
        self.sms: list[str] = []
        host.handle_RCPT = _no_nobody  # type: ignore[attr-defined]
        host.handle_DATA = self._take_mail  # type: ignore[method-assign]

    async def _take_mail(self, server: Any, session: Any, envelope: Any) -> str:
        self.host.envelopes.append(envelope)
        while b"Subject: Avis" in envelope.content and not self.may_answer.is_set():
            await asyncio.sleep(0.02)
        return "250 ok"

    @property
    def notices(self) -> list[EmailMessage]:
        """Copies of the tracked sending's notice that the host took."""
        return [one for one in self.host.messages if one["Subject"] == "Avis"]

    def has_taken(self, copies: int) -> bool:
        """So many of both."""
        return (len(self.sms), len(self.notices)) == (copies, copies)

    @contextmanager
    def by_http(self) -> Iterator[int]:
        """The port of the SMS service, which takes any number but one that ends with 99."""
        providers = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                is_good = not self.path.rstrip("/").endswith("99")
                if is_good:
                    providers.sms.append(self.path)
                    providers.may_answer.wait(PATIENCE)
                with suppress(OSError):  # who asked may be dead
                    self.send_response(200 if is_good else 500)
                    self.end_headers()

            def log_message(self, *arguments: object) -> None:
                """Nothing to say."""

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            yield server.server_address[1]
            self.may_answer.set()
            server.shutdown()


async def _no_nobody(server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
    if address.startswith("nobody"):
        return "550 5.1.1 unknown"
    envelope.rcpt_tos.append(address)
    return "250 ok"


def _link(host: Letters, address: str, kind: str) -> str:
    """The path of the link that this address was sent."""
    found: list[str] = []

    def look() -> bool:
        texts = [str(one) for one in host.messages if address in str(one["To"])]
        found[:] = re.findall(rf"/{kind}/[A-Za-z0-9_-]{{43}}/?", "\n".join(texts).replace("=\n", ""))
        return bool(found)

    until(look)
    return found[0].rstrip("/")


def _ask_for_all(house: House) -> None:
    account, _secret = make_account(house.chloe)
    for address in ("julie@client.example", "nobody@client.example"):
        content = f"To: {address}\r\nSubject: *SUIVI Avis\r\n\r\nBonjour\r\n".encode()
        target = (Target(address),)
        accept_many([Arrival(house.organisation.id, account.id, "chloe@mercier.example", target, content, tag="SUIVI")])
    ask(house, JULIE, PAUL, is_in_order=False)


def _letters(house: House) -> None:
    """One posted, one that could not be."""
    document = file_contract(house, title="Courrier")
    for verb in ("deliver", "fail"):
        letter = Delivery.objects.create(
            organisation=house.organisation, document=document, carrier="letter", state=DeliveryState.HANDED,
            recipient_name="Julie", key=f"letter:{verb}", created_at=SYSTEM_CLOCK.now(),
        )  # fmt: skip
        settle_delivery(letter.id, verb)


def _counted() -> list[str]:
    return sorted(Usage.objects.values_list("meter", flat=True))


@pytest.mark.faults
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_each_success_is_sold_once_and_no_failure_though_the_worker_is_killed() -> None:
    house = make_house()
    credit_by_hand(house.alice, house.organisation.id, Decimal(50), reason="Virement", key="1")
    with real_server() as host:
        providers = Providers(host)
        with providers.by_http() as port:
            mail = f"smtp://127.0.0.1:{host.port}/?tls=none"
            sms = f"json://127.0.0.1:{port}/{{to}}"
            with (
                override_settings(PLI_MAIL_URL=mail, PLI_SMS_URL=sms),
                Workers(concurrency=2, PLI_MAIL_URL=mail, PLI_SMS_URL=sms) as workers,
            ):
                _killed_while_providers_act(house, providers, workers)
                _killed_while_answers_are_kept(house, providers, workers)
                _killed_while_it_is_charged(house, providers, workers)
                workers.start()
                until(lambda: len(_counted()) >= 3)
                until(lambda: not OutboxEntry.objects.filter(done_at=None).exists())
                until(lambda: Message.objects.filter(channel="SMS", tries__gt=0, state="WAITING").exists())
    # Each was asked for once more after each kill, under its first name; the customer pays for one.
    assert providers.has_taken(3)
    assert len({one["Message-ID"] for one in providers.notices}) == 1
    _each_once(house)


def _killed_while_providers_act(house: House, providers: Providers, workers: Workers) -> None:
    _ask_for_all(house)
    workers.start()
    for one in (JULIE, PAUL):
        assert Client().post(f"{_link(providers.host, one.email, 's')}/start").status_code == 302
    until(lambda: providers.has_taken(1))
    workers.kill()


def _killed_while_answers_are_kept(house: House, providers: Providers, workers: Workers) -> None:
    workers.start()
    until(lambda: providers.has_taken(2))
    julie = Message.objects.get(channel="SMS", to_address=JULIE.mobile)
    notice = TrackedSending.objects.get(recipient__address=JULIE.email)
    with (
        held("SELECT 1 FROM notifications_message WHERE id = %s FOR UPDATE", julie.id),
        held("SELECT 1 FROM gateway_mailrecipient WHERE id = %s FOR UPDATE", notice.recipient_id),
    ):
        providers.may_answer.set()
        until(lambda: is_blocked("UPDATE%notifications_message%") and is_blocked("UPDATE%gateway_mailrecipient%"))
        workers.kill()
    until(lambda: not is_busy())
    julie.refresh_from_db()
    notice.refresh_from_db()
    assert (julie.state, notice.state) == ("WAITING", TrackedState.PREPARED)


def _killed_while_it_is_charged(house: House, providers: Providers, workers: Workers) -> None:
    """All has succeeded or failed; what would charge for it waits for the account, which somebody holds."""
    tracked = _link(providers.host, JULIE.email, "t")
    with held("SELECT 1 FROM billing_prepaidaccount WHERE organisation_id = %s FOR UPDATE", house.organisation.id):
        workers.start()
        until(lambda: TrackedSending.objects.filter(state=TrackedState.UNDELIVERED).exists())
        until(lambda: TrackedSending.objects.filter(state=TrackedState.DEPOSITED).exists())
        assert Client().post(f"{tracked}/receive").status_code == 302
        _letters(house)
        until(lambda: Message.objects.filter(channel="SMS", state="SENT").exists())
        until(lambda: is_blocked("%billing_prepaidaccount%"))
        workers.kill()
    until(lambda: not is_busy())
    assert _counted() == []


def _each_once(house: House) -> None:
    expected = sorted([Meter.LETTER, Meter.SMS, Meter.TRACKED])
    assert _counted() == expected
    charges = Entry.objects.filter(kind="CHARGE")
    assert sorted(charges.values_list("meter", flat=True)) == expected
    # Told again, as after a kill between the work and its mark.
    OutboxEntry.objects.update(done_at=None)
    dispatch_events(list(OutboxEntry.objects.values_list("event_id", flat=True).distinct()))
    assert (_counted(), charges.count()) == (expected, 3)
    browser = Client()
    browser.force_login(Account.objects.get(id=house.alice.account_id))
    page = browser.get(reverse("billing:entries")).content.decode()
    for meter in expected:
        assert page.count(str(Meter(meter).label)) >= 2, meter  # its line, and its word in the filter
