"""« Réglages › Cachet »: an organisation chooses the device’s key it was offered, and no other; runs seal in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from benches.support.print_run import draw_run
from django.test import Client

from pli.capture.api import Wishes, receive
from pli.documents.api import best_rendition, rendition_path, store_bytes
from pli.journal.api import Event
from pli.parties.api import Account, StaffActor
from pli.processing.api import PieceState, RecipeWishes, run_of_capture, save_recipe
from pli.signing.api import describe_device, describe_seal, trust_store
from pli.trust.api import KeyPlace, verify_pdf
from tests.support.people import House, make_house
from tests.support.queue import RunJobs
from tests.trust.softhsm import SoftToken, make_token

pytestmark = pytest.mark.django_db(transaction=True)
SEAL, DEVICE, OWN = "/office/settings/seal/", "/office/settings/seal/device", "/office/settings/seal/own"


@pytest.fixture
def soft(settings: Any, tmp_path: Path) -> SoftToken:
    token = make_token()
    settings.PLI_HOME = tmp_path
    settings.PLI_PKCS11_MODULE, settings.PLI_PKCS11_PIN = str(token.module), token.pin
    return token


def enter(actor: StaffActor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(id=actor.account_id))
    return client


def offer(house: House, soft: SoftToken, label: str = "rsa") -> None:
    place = KeyPlace(soft.token, label)
    trust_store().offer_device(house.alice.organisation_id, place, [soft.certificates[label]])


def test_what_is_offered_is_chosen_and_left(soft: SoftToken) -> None:
    house = make_house()
    client = enter(house.alice)
    assert "Cachet dans un dispositif" not in client.get(SEAL).text
    refused = client.post(DEVICE)
    assert refused.status_code == 409 and "TRU-007" in refused.text
    offer(house, soft)
    assert "Sceller avec ce dispositif" in client.get(SEAL).text
    assert client.post(DEVICE).status_code == 302
    seal = describe_seal(house.alice)
    assert seal.is_in_device and not seal.is_own
    device = describe_device(house.alice)
    assert device is not None and device.is_in_use
    event = Event.objects.get(name="signing.seal-device-chosen")
    assert event.data["fingerprint"] == seal.fingerprint
    assert "C’est lui qui scelle" in client.get(SEAL).text
    client.post(OWN)
    assert describe_seal(house.alice).is_own


def test_a_device_that_refuses_leaves_the_seal_in_place(soft: SoftToken, monkeypatch: pytest.MonkeyPatch) -> None:
    house = make_house()
    offer(house, soft)
    monkeypatch.setattr("pli.trust.devices.Device.session", _unplugged)
    answer = enter(house.alice).post(DEVICE)
    assert answer.status_code == 503 and "TRU-006" in answer.text
    assert describe_seal(house.alice).is_own


def _unplugged(self: object) -> None:
    from pli.trust.api import UnableToReachDevice

    raise UnableToReachDevice(reason="il ne répond pas", permanent=False)


def test_a_run_is_sealed_inside_the_device(soft: SoftToken, run_jobs: RunJobs) -> None:
    house = make_house()
    offer(house, soft)
    enter(house.alice).post(DEVICE)
    steps = [{"slug": "pdfa", "options": {}}, {"slug": "seal", "options": {}}]
    recipe = save_recipe(house.alice, RecipeWishes(name="Factures", kind="invoice", steps=steps))
    capture, _ = receive(
        house.alice,
        channel="upload",
        stored=store_bytes([draw_run(1)]),
        file_name="facture.pdf",
        source_key="lot-1",
        wishes=Wishes(kind="invoice", recipe_id=recipe.id),
    )
    run_jobs()
    run = run_of_capture(house.alice, capture.id)
    assert run is not None
    (piece,) = run.pieces.all()
    assert piece.state == PieceState.DONE, piece.problem
    path = rendition_path(best_rendition(piece.document_id))
    verdict = verify_pdf(path, roots=[soft.certificates["rsa"]])
    assert verdict.verdict == "TOTAL_PASSED"
    assert "Cachet rsa" in verdict.signatures[0].signer_name
