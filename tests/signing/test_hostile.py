"""Everything pressed twice, by two people, too late, or on a page left open: one answer, a clear page, once."""

from __future__ import annotations

import base64
import html
import re
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from pli.kit.clock import SYSTEM_CLOCK, paris_day
from pli.notifications.api import Message
from pli.parties.api import Account
from pli.quotes.api import Quote
from pli.signing.api import (
    Ceremony,
    CeremonyState,
    EvidenceRecord,
    SealedRevision,
    Signer,
    SignerRequest,
    SignerState,
    TemplateContent,
    save_template,
    withdraw_ceremony,
)
from pli.signing.door import device_cookie
from tests.pdf import samples
from tests.support.ceremonies import JULIE, PAUL, ask, drawn_signature, file_contract, file_quote, last_link, reach
from tests.support.people import House, make_house
from tests.support.queue import RunJobs
from tests.support.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house() -> House:
    return make_house()


class Visitor:
    """A signer's browser whose code was typed."""

    def __init__(self, house: House, email: str, run_jobs: RunJobs) -> None:
        devices: list[str] = []
        self.signer_id = reach(house, email, run_jobs, keep_device=devices.append).signer_id
        self.token = last_link(house, email)
        self.device = devices[0]
        self.page = self.get("read").content.decode()

    def _browser(self) -> Client:
        browser = Client()
        browser.cookies[device_cookie(self.token)] = self.device
        return browser

    def get(self, what: str) -> Any:
        return self._browser().get(f"/s/{self.token}/{what}")

    def post(self, what: str, fields: dict[str, str] | None = None) -> Any:
        """From another thread too."""
        return self._browser().post(f"/s/{self.token}/{what}", fields or {})

    def form(self) -> dict[str, str]:
        """What the page, as it was opened, would send."""
        digest = re.search(r'name="papers_digest" value="([^"]+)"', self.page)
        assert digest
        return {
            "papers_digest": digest.group(1), "consent": "yes", "signature_kind": "drawn",
            "signature_png": "data:image/png;base64," + base64.b64encode(drawn_signature()).decode(),
            "mark_page": "1", "mark_x1": "300", "mark_y1": "60", "mark_x2": "470", "mark_y2": "128",
        }  # fmt: skip


def _words(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def _follow(answer: Any) -> str:
    assert answer.status_code == 302, (answer.status_code, _words(answer)[:2000])
    return answer["Location"].rstrip("/").rsplit("/", 1)[-1]


def test_eight_papers_signed_by_one_click_too_many(house: House, run_jobs: RunJobs) -> None:
    content = samples.simple_contract(pages=1)
    papers = [file_contract(house, content, title=f"Pièce {number}") for number in range(1, 9)]
    ceremony = ask(house, documents=papers)
    julie = Visitor(house, JULIE.email, run_jobs)
    assert all(f"Pièce {number}" in julie.page for number in range(1, 9))
    answers = at_once(*[partial(julie.post, "sign", julie.form())] * 3)
    assert [_follow(one) for one in answers] == ["done"] * 3, answers
    run_jobs()
    ceremony.refresh_from_db()
    assert ceremony.state == CeremonyState.COMPLETED
    assert SealedRevision.objects.filter(paper__ceremony=ceremony).count() == 8
    assert EvidenceRecord.objects.filter(signer__ceremony=ceremony).count() == 1


def test_two_people_at_once_and_one_in_two_browsers(house: House, run_jobs: RunJobs) -> None:
    ceremony = ask(house, JULIE, PAUL, is_in_order=False)
    julie, paul = Visitor(house, JULIE.email, run_jobs), Visitor(house, PAUL.email, run_jobs)
    # Julie opens her link in another browser too: the first page can do nothing any more, and says how to go on.
    former, form = julie, julie.form()
    julie = Visitor(house, JULIE.email, run_jobs)
    told = former.post("sign", form)
    assert told.status_code == 403
    assert "un autre appareil" in _words(told) and "Un nouveau code vous permet de continuer" in _words(told)
    answers = at_once(partial(julie.post, "sign", julie.form()), partial(paul.post, "sign", paul.form()))
    assert [_follow(one) for one in answers] == ["done", "done"]
    run_jobs()
    ceremony.refresh_from_db()
    assert ceremony.state == CeremonyState.COMPLETED
    assert SealedRevision.objects.filter(paper__ceremony=ceremony).count() == 2


def test_a_session_that_ended_in_the_middle_and_the_way_back(house: House, run_jobs: RunJobs) -> None:
    ask(house)
    julie = Visitor(house, JULIE.email, run_jobs)
    row = Signer.objects.filter(id=julie.signer_id)
    row.update(verified_until=SYSTEM_CLOCK.now() - timedelta(minutes=1))
    for answer in (julie.post("sign", julie.form()), julie.get("read"), julie.get("page/1")):
        assert answer.status_code == 403 and "session est terminée" in _words(answer)
        assert f'href="/s/{julie.token}"' in _words(answer)
    assert row.get().state == SignerState.VERIFIED and not row.get().mark_kind
    julie = Visitor(house, JULIE.email, run_jobs)
    assert _follow(julie.post("sign", julie.form())) == "done"
    # Back to the page, which is not kept by the browser, and everything on it pressed once more.
    assert _follow(julie.get("read")) == "done"
    for what, fields in (("sign", julie.form()), ("refuse", {"reason": "Non"}), ("start", {}), ("code/new", {})):
        assert _follow(julie.post(what, fields)) == "done", what
    run_jobs()
    assert row.get().state == SignerState.SIGNED
    assert SealedRevision.objects.filter(signer=row.get()).count() == 1


def test_a_page_left_open_on_a_request_that_was_withdrawn(house: House, run_jobs: RunJobs) -> None:
    ceremony = ask(house, SignerRequest("Julie Martin", JULIE.email, asks=("RIB",)), may_delegate=True)
    julie = Visitor(house, JULIE.email, run_jobs)
    withdraw_ceremony(house.chloe, ceremony.id, "Prix faux.")
    asked = Signer.objects.get(id=julie.signer_id).asked_files.get().id
    named = {"name": "Zoé", "email": "zoe@client.example"}
    acts = [("sign", julie.form()), ("refuse", {"reason": "Non"}), ("delegate", named), ("start", {}), ("phone", {})]
    for what, fields in [*acts, ("code", {"code": "123456"}), ("code/new", {}), (f"join/{asked}", {})]:
        assert _follow(julie.post(what, fields)) == "done", what
    done = _words(julie.get("done"))
    assert "est terminée (Retiré)" in done
    assert Signer.objects.get(id=julie.signer_id).state == SignerState.CLOSED
    assert Signer.objects.filter(ceremony=ceremony).count() == 1


def test_every_sending_button_pressed_twice_sends_once(house: House, run_jobs: RunJobs) -> None:
    account = Account.objects.get(id=house.chloe.account_id)
    document, quote = file_contract(house), file_quote(house, facts={"total": "1250.00"})
    template = save_template(house.chloe, "Bail", TemplateContent((SignerRequest("Client", ""),), (document.id,)))

    def post(address: str, fields: dict[str, Any]) -> Any:
        browser = Client()
        browser.force_login(account)
        return browser.post(address, fields)

    day = (paris_day(SYSTEM_CLOCK.now()) + timedelta(days=9)).isoformat()
    person = {"people-name": "Julie Martin", "people-email": JULIE.email, "deadline": day, "document": str(document.id)}
    use = {"role-0-name": "Julie Martin", "role-0-email": JULIE.email, "deadline": day}
    offered = {
        "document": str(quote.id), "contact": str(house.julie.id), "deadline": day, "lines-TOTAL_FORMS": "0",
        "lines-INITIAL_FORMS": "0",
    }  # fmt: skip
    forms = (
        (reverse("signatures:new"), person), (reverse("signatures:template-use", args=[template.id]), use),
        (reverse("quotes:new"), offered),
    )  # fmt: skip
    for made, (address, fields) in enumerate(forms, start=1):
        browser = Client()
        browser.force_login(account)
        shown = browser.get(address, {"document": fields.get("document", "")}).content.decode()
        once = re.search(r'name="once" value="([^"]+)"', shown)
        fields = fields | ({"once": once.group(1)} if once else {})
        answers = at_once(*[partial(post, address, fields)] * 2)
        assert len({_follow(one) for one in answers}) == 1, (address, answers)
        assert Ceremony.objects.count() == made, address
    assert Quote.objects.count() == 1
    # The form opened anew is another request; one without the field too, as a program may send it.
    post(forms[0][0], person | {"once": str(uuid4())})
    post(forms[0][0], person)
    assert Ceremony.objects.count() == 5
    refused = post(forms[0][0], person | {"people-key": "own"})
    assert refused.status_code == 422 and "Seule une personne de l’équipe qui signe" in _words(refused)
    _follow(post(forms[0][0], person | {"people-key": "own", "people-contact": f"member:{house.bruno.member_id}"}))
    assert [one.needs_own_key for one in Signer.objects.order_by("ceremony__created_at")] == [False] * 5 + [True]
    run_jobs()
    signer = Signer.objects.order_by("ceremony__created_at")[0]
    for what in ("remind", "resend"):
        before = Message.objects.filter(subject_id=signer.id).count()
        address = reverse(f"signatures:{what}", args=[signer.ceremony_id, signer.id])
        answers = at_once(*[partial(post, address, {})] * 2)
        assert len({_follow(one) for one in answers}) == 1
        assert Message.objects.filter(subject_id=signer.id).count() == before + 1, what
    address = reverse("signatures:resend", args=[signer.ceremony_id, signer.id])
    for email, more in (("j@client.example", 1), ("j@client.example", 0), ("julie2@client.example", 1)):
        before = Message.objects.filter(subject_id=signer.id).count()
        post(address, {"email": email})
        assert Message.objects.filter(subject_id=signer.id).count() == before + more, email
