"""Quotes answered on line: sent, read, accepted by signing or refused with a reason; both sides told, once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pli.api.api import add_endpoint
from pli.api.models import WebhookDelivery
from pli.delivery.api import Delivery
from pli.documents.api import Document, RenditionRole, renditions_for
from pli.journal.api import Event
from pli.journal.dispatch import dispatch_events
from pli.journal.models import OutboxEntry
from pli.journey.api import QuoteWishes, send_link_again, send_quote, withdraw_quote
from pli.kit.clock import SYSTEM_CLOCK, Clock, FrozenClock, paris_day
from pli.kit.errors import NotAllowed, NotFound
from pli.kit.transitions import UnableToMove
from pli.notifications.api import local_outbox
from pli.parties.api import Account
from pli.quotes.api import Quote, QuoteAlreadyOut, QuoteState, UnableToSendQuote, quotes_for
from pli.signing.api import SignerRequest, open_link, refuse
from pli.signing.closing import expire_ceremony
from tests.support.ceremonies import file_contract, file_quote, last_link, reach, sign_as
from tests.support.people import House, make_house
from tests.support.queue import RunJobs
from tests.support.races import at_once

JULIE = SignerRequest("Julie Martin", "julie@client.example")


def send(house: House, document: Document | None = None, *, clock: Clock = SYSTEM_CLOCK, **more: Any) -> Quote:
    document = document or file_quote(house, facts={"total": "1 250,00"})
    day = paris_day(clock.now()) + timedelta(days=30)
    wishes = QuoteWishes(document.id, JULIE, day, "Chloé Petit", "chloe@mercier.example", "Bonne lecture.", **more)
    return send_quote(house.chloe, wishes, clock=clock)


def browser_of(account_id: Any) -> Client:
    browser = Client()
    browser.force_login(Account.objects.get(id=account_id))
    return browser


@pytest.mark.django_db(transaction=True)
def test_a_quote_is_read_accepted_sealed_and_proved(run_jobs: RunJobs) -> None:
    house = make_house()
    types = [f"quotes.quote-{one}" for one in ("sent", "read", "accepted", "signed")]
    add_endpoint(house.alice, url="https://erp.example/hook", event_types=types)
    annex = file_contract(house, title="Conditions générales")
    document = file_quote(house, facts={"total": "1 250,00"})
    quote = send(house, document, annex_ids=(annex.id, annex.id))
    with pytest.raises(QuoteAlreadyOut):
        send(house, document)
    run_jobs()
    # In the client's space at once, with where it stands; its link is nowhere on the screen.
    client = browser_of(house.portal.account_id)
    page = client.get(reverse("portal-quotes:detail", args=[quote.id])).content.decode()
    assert "Conditions générales" in page and "/s/" not in page and "j…@client.example" in page
    assert client.get(reverse("portal:detail", args=[document.id])).status_code == 200
    assert "Devis" in client.get(reverse("portal:home")).content.decode()
    former = last_link(house, JULIE.email)
    client.post(reverse("portal-quotes:link", args=[quote.id]))
    run_jobs()
    assert last_link(house, JULIE.email) != former

    sign_as(house, JULIE.email, run_jobs)
    run_jobs()
    quote.refresh_from_db()
    assert quote.state == QuoteState.SIGNED and quote.read_at and quote.answered_at and quote.ended_at
    assert quote.amount == "1250.00"
    # Both sides got the answer, the signed files and the proof.
    sent_to = set(Delivery.objects.filter(carrier="email").values_list("recipient_address", flat=True))
    assert sent_to == {JULIE.email, "chloe@mercier.example"}
    roles = [one.role for one in renditions_for(house.chloe, document.id)]
    assert RenditionRole.SIGNED in roles and RenditionRole.EVIDENCE in roles
    # The ERP heard of each step, once; told again, nothing moves.
    assert sorted(WebhookDelivery.objects.values_list("event_type", flat=True)) == sorted(types)
    event = Event.objects.get(name="signing.ceremony-completed")
    OutboxEntry.objects.filter(event=event, handler="journey.quote-signed").update(done_at=None)
    dispatch_events([event.id])
    assert Event.objects.filter(name="quotes.quote-signed").count() == 1
    # The proof stays readable from the client's space, and by staff.
    number = Event.objects.get(name="quotes.quote-signed").data["evidence_numbers"][0]
    proof = client.get(reverse("portal-quotes:proof", args=[quote.id, number]))
    assert b"".join(proof.streaming_content).startswith(b"%PDF")
    staff = browser_of(house.chloe.account_id)
    page = staff.get(reverse("quotes:detail", args=[quote.id])).content.decode()
    assert number in page and "Accepté et signé par le client" in page
    assert "Devis 2026-041" in staff.get(reverse("quotes:list"), {"q": "dupont", "state": "SIGNED"}).content.decode()
    assert staff.get(reverse("quotes:export")).status_code == 200
    with pytest.raises(UnableToMove):
        withdraw_quote(house.chloe, quote.id, "trop tard")
    assert not send_link_again(house.chloe, quote.id)


@pytest.mark.django_db
def test_refused_withdrawn_expired_and_sent_anew(run_jobs: RunJobs) -> None:
    house, other = make_house(), make_house("lambert")
    document = file_quote(house)
    quote = send(house, document)
    run_jobs()
    for stranger in (other.alice, other.portal):
        assert not quotes_for(stranger).exists()
    with pytest.raises(NotFound):
        withdraw_quote(other.alice, quote.id, "x")
    session = reach(house, JULIE.email, run_jobs)
    refuse(session, "Trop cher cette année.")
    run_jobs()
    quote.refresh_from_db()
    assert (quote.state, quote.reason) == (QuoteState.REFUSED, "Trop cher cette année.")
    told = [one for one in local_outbox(house.alice) if one.to == "chloe@mercier.example"]
    assert "Trop cher cette année." in told[0].text

    again = send(house, document)
    run_jobs()
    withdraw_quote(house.chloe, again.id, "Erreur de prix")
    run_jobs()
    again.refresh_from_db()
    assert (again.state, again.reason) == (QuoteState.WITHDRAWN, "Erreur de prix")
    with pytest.raises(Exception, match="SIG-"):
        open_link(last_link(house, JULIE.email))

    third = send(house, document)
    run_jobs()
    late = FrozenClock(SYSTEM_CLOCK.now() + timedelta(days=40))
    assert expire_ceremony(third.ceremony_id, clock=late)
    run_jobs()
    third.refresh_from_db()
    assert third.state == QuoteState.EXPIRED
    assert Event.objects.filter(name__startswith="quotes.", subject_id=again.id).count() == 2


@pytest.mark.django_db
def test_what_is_no_quote_of_a_client_does_not_leave() -> None:
    house = make_house()
    with pytest.raises(UnableToSendQuote):
        send(house, file_contract(house))
    orphan = file_quote(house)
    Document.objects.filter(id=orphan.id).update(party=None)
    with pytest.raises(UnableToSendQuote):
        send(house, orphan)
    wishes = QuoteWishes(file_quote(house).id, JULIE, paris_day(SYSTEM_CLOCK.now()), "D", "d@mercier.example")
    with pytest.raises(NotAllowed):
        send_quote(house.denis, wishes)
    staff = browser_of(house.chloe.account_id)
    bad = {"document": str(wishes.document_id), "name": "Zoé", "email": "zoe@", "deadline": "2020-01-01"}
    assert staff.post(reverse("quotes:new"), bad).status_code == 422
    assert staff.post(reverse("quotes:new"), bad | {"email": "zoe@client.example"}).status_code == 422
    # Lines are typed in rows that come one by one; what can't be read is said beside its field, and nothing leaves.
    good = bad | {"email": "zoe@client.example", "deadline": str(wishes.deadline), "lines-TOTAL_FORMS": "1"}
    row = {"lines-0-label": "Visite", "lines-0-unit_price": "95,5", "lines-0-vat_rate": "20", "lines-0-quantity": "2"}
    more = staff.post(reverse("quotes:new"), good | row | {"more": "line"})
    assert more.status_code == 200 and 'id="id_lines-1-label"' in more.content.decode()
    assert "229,20" in more.content.decode()
    wrong = staff.post(reverse("quotes:new"), good | row | {"lines-0-unit_price": "cher"})
    assert wrong.status_code == 422
    assert staff.post(reverse("quotes:new"), good | row | {"lines-0-choice": "other"}).status_code == 422
    assert staff.post(reverse("quotes:new"), good | row | {"lines-TOTAL_FORMS": "9" * 9}).status_code != 500
    assert not Quote.objects.filter(lines__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_the_same_quote_sent_twice_at_once_leaves_once() -> None:
    house = make_house()
    document = file_quote(house)
    results = at_once(lambda: send(house, document), lambda: send(house, document))
    assert sorted(type(one).__name__ for one in results) == ["Quote", "QuoteAlreadyOut"]
    assert Event.objects.filter(name="signing.ceremony-sent").count() == 1
