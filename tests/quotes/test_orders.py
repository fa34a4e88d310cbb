"""A quote with options and quantities: the choice stands in the signed file, the proof, the mails and the webhook."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.urls import reverse

from pli.api.api import add_endpoint
from pli.api.models import WebhookDelivery
from pli.documents.api import existing_blob_path, rendition_path, renditions_for
from pli.journal.api import Event
from pli.journey.api import Order, send_link_again, sign_with_order, withdraw_quote
from pli.kit.errors import PliError
from pli.kit.transitions import UnableToMove
from pli.notifications.api import local_outbox
from pli.pdf.api import extract_text
from pli.quotes.api import ChoiceRefused, OfferedLine, Quote, QuoteState, UnableToSendQuote
from pli.signing.api import (
    Delegate,
    DelegationRefused,
    EvidenceRecord,
    FieldsMissing,
    Signer,
    SignerSession,
    UnableToSignFile,
    Visitor,
    delegate,
    open_link,
    sign,
    trust_store,
)
from pli.trust.api import verify_pdf
from tests.quotes.test_quotes import JULIE, browser_of, send
from tests.support.ceremonies import answer_of, file_contract, file_quote, last_link, reach
from tests.support.people import House, make_house
from tests.support.queue import RunJobs
from tests.support.races import at_once

D = Decimal
LINES = (
    OfferedLine("Chaudière à condensation", D("2890"), D("5.5")),
    OfferedLine("Visite d’entretien", D("95"), D(20), D(2), D(1), D(8)),
    OfferedLine("Thermostat connecté", D("149.90"), D(20), D(0), is_optional=True),
    OfferedLine("Contrat Argent", D(120), D(20), group="Contrat"),
    OfferedLine("Contrat Or", D(240), D(20), D(0), group="Contrat"),
)
CHOICE = {1: "1", 2: "3", 3: "1", 4: "", 5: "1"}
# 2890 × 1.055 + (285 + 149.90 + 240) × 1.2
TOTAL = "3858.83"


def sign_order(session: SignerSession, choice: dict[int, str], seen: str, phrase: str = "Bon pour accord") -> Signer:
    signer = Signer.objects.get(id=session.signer_id)
    typed = {one.id: phrase for one in signer.fields.filter(kind="PHRASE")}
    return sign_with_order(
        session, replace(answer_of(signer), values=typed), Order(choice, seen), visitor=Visitor("192.0.2.1", "x")
    )


def final_file(house: House, quote: Quote) -> Any:
    rows = [one for one in renditions_for(house.chloe, quote.document_id) if one.role == "SIGNED"]
    return rendition_path(rows[-1])


def values_in(path: Path) -> dict[str, str]:
    """What stands in the fields of the file, by their names for readers."""
    with pikepdf.open(path) as pdf:
        return {str(one.TU): str(one.V) for one in pdf.Root.AcroForm.Fields if "/TU" in one and "/V" in one}


@pytest.mark.django_db(transaction=True)
def test_what_the_client_chose_is_told_everywhere_and_signed(run_jobs: RunJobs) -> None:
    house = make_house()
    add_endpoint(house.alice, url="https://erp.example/hook", event_types=["quotes.quote-accepted"])
    annex = file_contract(house, title="Conditions générales")
    quote = send(house, annex_ids=(annex.id,), lines=LINES, asks_approval=True)
    assert quote.amount == "3420.95" and quote.lines.count() == 5  # the usual choice, not the facts'
    session = reach(house, JULIE.email, run_jobs)

    # Nothing is signed without a choice, with one that was not offered, or with a total that was not shown.
    signer = Signer.objects.get(id=session.signer_id)
    approved = {one.id: "Bon pour accord" for one in signer.fields.filter(kind="PHRASE")}
    with pytest.raises(FieldsMissing):
        sign(session, replace(answer_of(signer), values=approved))
    with pytest.raises(ChoiceRefused):
        sign_order(session, CHOICE | {2: "9"}, TOTAL)
    with pytest.raises(ChoiceRefused, match="858,83"):
        sign_order(session, CHOICE, "3420.95")
    with pytest.raises(FieldsMissing):
        sign_order(session, CHOICE, TOTAL, phrase="Bon pour")
    quote.refresh_from_db()
    assert (quote.order is None and quote.state == QuoteState.READ) or quote.state == QuoteState.SENT

    sign_order(session, CHOICE, TOTAL)
    run_jobs()
    quote.refresh_from_db()
    assert (quote.state, quote.amount, quote.order["total"]) == (QuoteState.SIGNED, TOTAL, TOTAL)
    assert [(one["label"], one["quantity"]) for one in quote.order["lines"]] == [
        ("Chaudière à condensation", "1"), ("Visite d’entretien", "3"), ("Thermostat connecté", "1"),
        ("Contrat Or", "1"),
    ]  # fmt: skip

    # The signed file says it on the page behind the quote, and nothing in it was changed after the signature.
    path = final_file(house, quote)
    verdict = verify_pdf(path, roots=trust_store().roots())
    assert (verdict.verdict, verdict.modified_after_signing) == ("TOTAL_PASSED", False)
    last = extract_text(path)[-1]
    assert "Votre commande" in last and "Chaudière à condensation" in last
    written = values_in(path)
    assert written["Total TTC"] == "3\u202f858,83\u00a0€" and written["Quantité 2 · Visite d’entretien"] == "3"
    # The annex was read, and bears no signature.
    annex_roles = [one.role for one in renditions_for(house.chloe, annex.id)]
    assert "SIGNED" not in annex_roles
    # The proof.
    proof = json.loads(existing_blob_path(EvidenceRecord.objects.get().json_sha256).read_bytes())
    filled = {one["label"]: one["value"] for one in proof["fields"]}
    assert filled["Total TTC"] == "3\u202f858,83\u00a0€" and filled["Bon pour accord"] == "Bon pour accord"
    assert filled["Quantité 2 · Visite d’entretien"] == "3" and filled["Total HT 4 · Contrat Argent"] == "—"
    assert [one["is_annex"] for one in proof["documents"]] == [False, True]
    # Both sides, at once, one mail each.
    told = [one for one in local_outbox(house.alice) if one.subject.startswith("Commande reçue")]
    assert sorted(one.to for one in told) == ["chloe@mercier.example", JULIE.email]
    assert all("3 × Visite d’entretien" in one.text and "3\u202f858,83" in one.text for one in told)
    # The ERP.
    body = json.loads(WebhookDelivery.objects.get(event_type="quotes.quote-accepted").payload)
    assert body["data"]["order"]["total"] == TOTAL
    assert Event.objects.get(name="quotes.quote-signed").data["order"]["vat"][0] == {
        "rate": "5.5", "base": "2890.00", "amount": "158.95",
    }  # fmt: skip
    # The screens.
    for browser, name in ((house.chloe, "quotes:detail"), (house.portal, "portal-quotes:detail")):
        page = browser_of(browser.account_id).get(reverse(name, args=[quote.id])).content.decode()
        assert "Thermostat connecté" in page and "Contrat Argent" not in page
    with pytest.raises(UnableToMove):
        withdraw_quote(house.chloe, quote.id, "trop tard")


@pytest.mark.django_db(transaction=True)
def test_a_quote_passed_to_a_colleague_is_ordered_and_proved_by_them(run_jobs: RunJobs) -> None:
    house = make_house()
    kept = send(house, lines=LINES)
    refused = reach(house, JULIE.email, run_jobs)
    with pytest.raises(DelegationRefused):  # the sender did not allow it
        delegate(refused, Delegate("Paul Durand", "paul@client.example"))
    withdraw_quote(house.chloe, kept.id, "")
    quote = send(house, kept.document, lines=LINES, may_delegate=True)
    session = reach(house, JULIE.email, run_jobs)
    former = last_link(house, JULIE.email)
    delegate(session, Delegate("Paul Durand", "paul@client.example", reason="Il dirige le site."))
    run_jobs()
    quote.refresh_from_db()
    assert (quote.recipient_name, quote.recipient_email, quote.state) == ("Paul Durand", "paul@client.example", "READ")
    with pytest.raises(PliError):
        open_link(former)
    with pytest.raises(PliError):
        sign_order(session, CHOICE, TOTAL)
    chloe, julie = browser_of(house.chloe.account_id), browser_of(house.portal.account_id)
    shown = chloe.get(reverse("quotes:detail", args=[quote.id])).content.decode()
    assert "Paul Durand" in shown and "Passé par le client à un collègue" in shown
    assert "p…@client.example" in julie.get(reverse("portal-quotes:detail", args=[quote.id])).content.decode()
    assert send_link_again(house.portal, quote.id)  # to Paul, and to nobody else
    sign_order(reach(house, "paul@client.example", run_jobs), CHOICE, TOTAL)
    run_jobs()
    quote.refresh_from_db()
    assert (quote.state, quote.order["total"], values_in(final_file(house, quote))["Total TTC"]) == (
        QuoteState.SIGNED, TOTAL, "3\u202f858,83\u00a0€",
    )  # fmt: skip
    told = [one for one in local_outbox(house.alice) if one.subject.startswith("Commande reçue")]
    assert sorted(one.to for one in told) == ["chloe@mercier.example", "paul@client.example"]
    assert all("Paul Durand" in one.text for one in told)
    records = {one.signer.name: one for one in EvidenceRecord.objects.select_related("signer")}
    assert set(records) == {"Julie Martin", "Paul Durand"}
    proofs = {name: existing_blob_path(one.json_sha256).read_text() for name, one in records.items()}
    assert records["Julie Martin"].number in proofs["Paul Durand"]
    assert records["Paul Durand"].number in proofs["Julie Martin"]
    assert Event.objects.filter(name="quotes.quote-passed").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_choices_at_once_leave_one_order(run_jobs: RunJobs) -> None:
    house = make_house()
    quote = send(house, lines=LINES)
    session = reach(house, JULIE.email, run_jobs)
    other = CHOICE | {2: "1"}
    results = at_once(lambda: sign_order(session, CHOICE, TOTAL), lambda: sign_order(session, other, "3630.83"))
    assert sorted(isinstance(one, Signer) for one in results) == [False, True]
    run_jobs()
    quote.refresh_from_db()
    assert quote.state == QuoteState.SIGNED and quote.order is not None
    # The file and the row say the same, whichever came first.
    total = quote.order["total"].replace(".", ",").replace("3", "3\u202f", 1)
    assert values_in(final_file(house, quote))["Total TTC"].startswith(total)


@pytest.mark.django_db
def test_what_cannot_be_chosen_from_does_not_leave(run_jobs: RunJobs) -> None:
    house = make_house()
    document = file_quote(house)
    with pytest.raises(UnableToSendQuote, match="ligne 2"):
        send(house, document, lines=(LINES[0], replace(LINES[1], label="")))
    assert not Quote.objects.exists()
    send(house, document, lines=LINES[:1])
    sign_order(reach(house, JULIE.email, run_jobs), {1: "1"}, "3048.95")
    run_jobs()
    # Signed already: it can't be sent again with a page to add.
    with pytest.raises(UnableToSignFile):
        send(house, document, lines=LINES)
