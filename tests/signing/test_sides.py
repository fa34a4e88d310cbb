"""The usual place of a signature: the nearest folder's, else the kind's, else the organisation's."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from pli.api.tokens import issue_token
from pli.documents.api import create_folder, root_folder
from pli.journal.api import Event
from pli.kit.errors import NotAllowed, NotFound
from pli.parties.api import Account, StaffActor
from pli.signing.api import (
    PreferenceRefused,
    Signer,
    SignerRequest,
    own_sides,
    preset_spots,
    save_folder_side,
    save_kind_side,
    save_side,
    side_for,
)
from tests.support.ceremonies import ask, file_contract
from tests.support.people import House, make_house

pytestmark = pytest.mark.django_db


@pytest.fixture
def house() -> House:
    return make_house()


def _browser(actor: StaffActor) -> Client:
    client = Client()
    client.force_login(Account.objects.get(id=actor.account_id))
    return client


def _chosen(page: str, name: str) -> str:
    found = re.search(rf'<select[^>]*id="{name}".*?</select>', page, re.S)
    assert found, name
    chosen = re.search(r'value="([^"]*)" selected', found[0])
    return chosen[1] if chosen else "nothing"


def test_the_nearest_folder_counts_then_the_kind_then_the_organisation(house: House) -> None:
    document = file_contract(house)
    folder, kind = document.folder, document.kind
    assert folder.parent
    assert side_for(house.chloe, document) == side_for(house.chloe, None) == ""
    save_side(house.alice, "left")
    assert side_for(house.chloe, document) == "left"
    save_kind_side(house.alice, kind.id, "right")
    assert (side_for(house.chloe, document), side_for(house.chloe, None)) == ("right", "left")
    save_folder_side(house.bruno, folder.parent.id, "left")
    assert side_for(house.chloe, document) == "left"
    save_folder_side(house.bruno, folder.id, "")  # where the signer likes, though the one above says left
    assert side_for(house.chloe, document) == ""
    signer = ask(house, documents=[document]).signers.get()
    assert not preset_spots(signer)
    save_folder_side(house.bruno, folder.id, "right")
    signer = ask(house, SignerRequest("Paul", "paul@client.example"), documents=[document]).signers.get()
    (right,) = preset_spots(signer).values()
    chosen = ask(house, SignerRequest("Max", "max@client.example", side="left"), documents=[document]).signers.get()
    (left,) = preset_spots(chosen).values()
    assert right.x > left.x and right.page == 3
    assert not preset_spots(Signer.objects.order_by("invited_at")[0])  # those under way keep theirs
    save_folder_side(house.bruno, folder.id, None)
    save_folder_side(house.bruno, folder.id, None)
    assert side_for(house.chloe, document) == "left"
    assert {one.side for one in own_sides(house.chloe)} == {"left", "right"}
    assert Event.objects.filter(name="signing.mark-side-chosen").count() == 5
    other = make_house("lambert")
    for refused, actor, side in (
        (NotAllowed, house.chloe, "left"),
        (NotFound, other.alice, "left"),
        (PreferenceRefused, house.alice, "middle"),
    ):
        with pytest.raises(refused):
            save_folder_side(actor, folder.id, side)
        with pytest.raises(refused):
            save_kind_side(actor, kind.id, side)
    with pytest.raises(NotAllowed):
        save_kind_side(house.bruno, kind.id, "left")
    assert own_sides(other.alice) == []


def test_it_is_chosen_by_screen_and_by_program(house: House) -> None:
    document = file_contract(house)
    folder = create_folder(house.alice, parent_id=root_folder(house.organisation.id).id, name="Baux")
    alice, bruno, chloe = (_browser(one) for one in (house.alice, house.bruno, house.chloe))
    page, place = f"/office/documents/?folder={folder.id}", f"/office/documents/folders/{folder.id}/place"
    assert 'id="folder-side"' not in chloe.get(page).content.decode()
    assert chloe.post(place, {"side": "left"}).status_code == 403
    assert _chosen(bruno.get(page).content.decode(), "folder-side") == ""
    for typed, kept in (("left", "left"), ("free", "free"), ("", ""), ("middle", ""), ("right", "right")):
        assert bruno.post(place, {"side": typed}, follow=True).status_code == 200
        assert _chosen(bruno.get(page).content.decode(), "folder-side") == kept
    settings = "/office/settings/signature/"
    alice.post(f"{settings}kinds/{document.kind_id}/place", {"side": "left"})
    shown = alice.get(settings).content.decode()
    assert _chosen(shown, "side-contract") == "left" and "Baux" in shown
    form = alice.get(f"/office/signatures/new?document={document.id}").content.decode()
    assert re.search(r'data-part="place" data-plain="left"', form)
    token = issue_token(house.bruno, name="t", scopes=["ceremonies:read", "ceremonies:write"])[1]
    ask_api = {"headers": {"authorization": f"Bearer {token}"}, "content_type": "application/json"}
    client = Client()
    said = client.get("/api/v1/mark-sides", headers=ask_api["headers"]).json()  # type: ignore[arg-type]
    assert said["folders"] == [{"folder_id": str(folder.id), "side": "right"}]
    assert [one["kind"] for one in said["kinds"]] == ["contract"] and said["organisation"] == ""
    changed = client.put(f"/api/v1/folders/{folder.id}/mark-side", {"side": None}, **ask_api)  # type: ignore[arg-type]
    assert changed.json() == {"folder_id": str(folder.id), "side": ""}
    kind = f"/api/v1/document-kinds/{document.kind_id}/mark-side"
    assert client.put(kind, {"side": "left"}, **ask_api).status_code == 403  # type: ignore[arg-type]
    wrong = client.put(f"/api/v1/folders/{folder.id}/mark-side", {"side": "middle"}, **ask_api)  # type: ignore[arg-type]
    assert wrong.status_code == 422
