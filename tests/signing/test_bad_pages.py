"""What bad input gets on the signer's pages: a plain sentence in French, nothing signed by it, no error page."""

from __future__ import annotations

import base64
import re
import struct
import zlib
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from pli.journal.models import Event
from pli.kit.clock import FrozenClock
from pli.notifications.api import local_outbox
from pli.signing.api import (
    CeremonyState,
    Signer,
    SignerState,
    check_code,
    device_cookie,
    enter,
    open_link,
    send_code,
)
from pli.signing.models import Trace
from pli.trust.api import UnableToSeal
from tests.support.ceremonies import JULIE, PAUL, ask, drawn_signature, last_code, last_link, sign_as
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return make_house()


def _text(answer: Any) -> str:
    """What a person reads on the page."""
    return " ".join(re.sub(r"<[^>]+>", " ", unescape(answer.content.decode())).split())


class AtThePage:
    """A signer whose code was accepted, with the form as the page would send it."""

    def __init__(self, house: House, run_jobs: RunJobs) -> None:
        run_jobs()
        self.token = last_link(house, JULIE.email)
        self.client = Client(raise_request_exception=False)
        signer, device = open_link(self.token)
        session = enter(self.token, device)
        send_code(session)
        run_jobs()
        check_code(session, last_code(house, JULIE.email))
        self.client.cookies[device_cookie(self.token)] = device
        self.signer_id = signer.id
        page = self.client.get(f"/s/{self.token}/read")
        found = re.search(r'name="papers_digest" value="([0-9a-f]{64})"', page.content.decode())
        assert found
        self.form = {
            "consent": "yes",
            "papers_digest": found[1],
            "signature_kind": "drawn",
            "signature_png": _data_url(drawn_signature()),
            "mark_page": "1",
            "mark_x1": "300",
            "mark_y1": "100",
            "mark_x2": "470",
            "mark_y2": "168",
        }

    def sign(self, **other: str) -> Any:
        return self.client.post(f"/s/{self.token}/sign", self.form | other)

    @property
    def state(self) -> str:
        return Signer.objects.get(id=self.signer_id).state


def _data_url(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode()


@pytest.fixture
def at_the_page(house: House, run_jobs: RunJobs) -> AtThePage:
    ask(house)
    return AtThePage(house, run_jobs)


def _vast_png() -> bytes:
    """A few bytes that claim 20,000 × 20,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", 20_000, 20_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
UNREADABLE = "Cette image de signature n’a pas pu être lue."
OUTSIDE = "La signature doit être posée entièrement sur une page du document."


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"signature_png": _data_url(SVG)}, UNREADABLE),
        ({"signature_png": _data_url(_vast_png())}, UNREADABLE),
        ({"signature_png": _data_url(drawn_signature()[:300])}, UNREADABLE),
        ({"signature_png": "data:image/svg+xml;base64,PHN2Zz4="}, "Votre signature est vide."),
        ({"signature_png": ""}, "Votre signature est vide."),
        ({"signature_kind": "typed", "signature_text": "   "}, "Votre signature est vide."),
        ({"signature_kind": "tampon"}, "Votre signature est vide."),
        ({"consent": ""}, "La case de consentement n’est pas cochée."),
        ({"mark_x1": "550", "mark_x2": "720"}, OUTSIDE),
        ({"mark_x1": "-50", "mark_x2": "120"}, OUTSIDE),
        ({"mark_x1": "nan", "mark_x2": "nan"}, OUTSIDE),
        ({"mark_x1": "-inf", "mark_x2": "inf"}, OUTSIDE),
        ({"mark_y1": "168", "mark_y2": "100"}, OUTSIDE),
        ({"mark_x1": "300", "mark_x2": "300.5"}, OUTSIDE),
        ({"mark_page": "99"}, OUTSIDE),
        ({"mark_page": "-1"}, OUTSIDE),
        ({"mark_page": "9" * 5000}, OUTSIDE),
        ({"mark_page": "١"}, ""),
    ],
)
def test_an_incomplete_or_hostile_form_signs_nothing(
    at_the_page: AtThePage, other: dict[str, str], sentence: str
) -> None:
    answer = at_the_page.sign(**other)
    if not sentence:
        assert answer.status_code in (302, 422)
        return
    assert answer.status_code == 422, answer
    assert sentence in _text(answer)
    assert at_the_page.state == SignerState.VERIFIED, "nothing is signed"
    assert at_the_page.sign().status_code == 302, "and the same page still signs"


def test_another_signers_papers_do_not_sign(house: House, run_jobs: RunJobs) -> None:
    ask(house, PAUL)
    ask(house)
    page = AtThePage(house, run_jobs)
    other = Signer.objects.exclude(id=page.signer_id).get()
    from pli.signing.api import papers_digest

    for forged in (papers_digest(other), "0" * 64, "", "é" * 64, str(uuid4())):
        answer = page.sign(papers_digest=forged)
        assert answer.status_code == 409
        assert "Le document affiché n’est plus la version à signer." in _text(answer)
    assert page.state == SignerState.VERIFIED


def test_a_huge_post_is_refused_and_the_page_still_signs(at_the_page: AtThePage) -> None:
    answer = at_the_page.sign(signature_png="data:image/png;base64," + "A" * (9 << 20))
    assert answer.status_code in (400, 413, 422)
    assert at_the_page.sign().status_code == 302


def test_a_form_from_elsewhere_is_refused(at_the_page: AtThePage) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies.update(at_the_page.client.cookies)
    answer = strict.post(f"/s/{at_the_page.token}/sign", at_the_page.form)
    assert answer.status_code == 403
    assert "Cette page était ouverte depuis trop longtemps pour être envoyée." in _text(answer)
    assert at_the_page.state == SignerState.VERIFIED


def test_a_mail_scanner_that_follows_every_link_changes_nothing(house: House, run_jobs: RunJobs) -> None:
    ask(house)
    run_jobs()
    token = last_link(house, JULIE.email)
    before = Signer.objects.values().get(), Trace.objects.count(), Event.objects.count()
    scanner = Client(raise_request_exception=False)
    tails = ("", "/start", "/code", "/code/new", "/read", "/page/1", "/text/1", "/seen", "/paper/1", "/proof.pdf",
             "/sign", "/refuse", "/done")  # fmt: skip
    for _ in range(3):
        for tail in tails:
            for method in ("get", "head"):
                answer = getattr(scanner, method)(f"/s/{token}{tail}")
                assert answer.status_code in (200, 302, 403, 405), (tail, answer.status_code)
    assert before == (Signer.objects.values().get(), Trace.objects.count(), Event.objects.count())
    _, device = open_link(token)
    assert enter(token, device), "and the link still opens for its person"


def test_a_second_click_on_sign_shows_what_was_done(at_the_page: AtThePage) -> None:
    assert at_the_page.sign().status_code == 302
    again = at_the_page.sign()
    assert (again.status_code, again["Location"]) == (302, f"/s/{at_the_page.token}/done")


def test_a_late_page_asks_for_a_new_code_and_goes_on(at_the_page: AtThePage, house: House, run_jobs: RunJobs) -> None:
    """An hour after the code, the page is closed; a new code opens it again, on the same device."""
    Signer.objects.filter(id=at_the_page.signer_id).update(verified_until=datetime.now(UTC) - timedelta(seconds=1))
    for late in (at_the_page.client.get(f"/s/{at_the_page.token}/read"), at_the_page.sign()):
        assert late.status_code == 403
        assert "votre session est terminée" in _text(late)
    assert at_the_page.client.get(f"/s/{at_the_page.token}/code").status_code == 200
    assert at_the_page.client.post(f"/s/{at_the_page.token}/code/new").status_code == 302
    run_jobs()
    code = last_code(house, JULIE.email)
    assert at_the_page.client.post(f"/s/{at_the_page.token}/code", {"code": code})["Location"].endswith("/read")
    # The same code sent twice, by its last digit and by the button, opens the same door.
    assert at_the_page.client.post(f"/s/{at_the_page.token}/code", {"code": code})["Location"].endswith("/read")
    assert at_the_page.sign().status_code == 302


def test_without_the_code_nobody_reads_even_after_the_end(house: House, run_jobs: RunJobs) -> None:
    """The link alone is a forwarded e-mail: a request that ended opens its papers to no new reader."""
    from pli.signing.api import withdraw_ceremony

    ceremony = ask(house)
    run_jobs()
    token = last_link(house, JULIE.email)
    _, device = open_link(token)
    withdraw_ceremony(house.chloe, ceremony.id, "Erreur.")
    curious = Client()
    curious.cookies[device_cookie(token)] = device
    for tail in ("/page/1", "/text/1", "/paper/1"):
        assert curious.get(f"/s/{token}{tail}").status_code == 403, tail
    assert curious.get(f"/s/{token}/done").status_code == 200


def test_a_refusal_without_a_code_has_its_proof(house: House, run_jobs: RunJobs) -> None:
    ask(house)
    run_jobs()
    token = last_link(house, JULIE.email)
    person = Client()
    person.post(f"/s/{token}/start")
    assert person.post(f"/s/{token}/refuse", {"reason": "Trop cher."}).status_code == 302
    run_jobs()
    assert person.get(f"/s/{token}/proof.pdf").status_code == 200
    assert person.get(f"/s/{token}/paper/1").status_code == 403


def test_whoever_was_never_invited_hears_nothing_of_a_refusal(house: House, run_jobs: RunJobs) -> None:
    from pli.signing.api import refuse

    ask(house, JULIE, PAUL)
    run_jobs()
    token = last_link(house, JULIE.email)
    _, device = open_link(token)
    refuse(enter(token, device), "Trop cher.")
    run_jobs()
    assert not [one for one in local_outbox(house.alice) if one.to == PAUL.email]


def test_the_journal_says_who_sent_a_new_link(house: House, run_jobs: RunJobs) -> None:
    from pli.signing.api import reinvite_signer, remind_signer

    ceremony = ask(house)
    signer = ceremony.signers.get()
    reinvite_signer(house.bruno, signer.id, email="julie.martin@client.example")
    remind_signer(signer.id, by=house.alice.reference)
    remind_signer(signer.id, by="reminder", clock=FrozenClock(datetime.now(UTC) + timedelta(days=3)))
    told = Event.objects.filter(name="signing.signer-invited", subject_id=ceremony.id).order_by("id")
    assert [(one.actor, one.data["reason"]) for one in told] == [
        (house.chloe.reference, "sent"),
        (house.bruno.reference, "corrected"),
        (house.alice.reference, "reminder"),
        ("system:reminder", "reminder"),
    ]


def test_a_seal_that_failed_on_the_first_signature_still_waits_for_the_second(house: House, run_jobs: RunJobs) -> None:
    """Tried again, the request must not be completed with the one signature it has."""
    from pli.signing.api import retry_sealing
    from pli.signing.sealing import _fail

    ceremony = ask(house, JULIE, PAUL)
    sign_as(house, JULIE.email, run_jobs)
    from pli.kit.clock import SYSTEM_CLOCK

    _fail(ceremony.id, UnableToSeal(reason="essai", permanent=True), SYSTEM_CLOCK)
    retry_sealing(house.chloe, ceremony.id)
    run_jobs()
    ceremony.refresh_from_db()
    assert ceremony.state == CeremonyState.IN_PROGRESS
    sign_as(house, PAUL.email, run_jobs)
    run_jobs()
    ceremony.refresh_from_db()
    assert ceremony.state == CeremonyState.COMPLETED
