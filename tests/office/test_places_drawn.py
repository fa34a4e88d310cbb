"""Places drawn by the sender: from the hand on the page to the box in the file, and what no browser of ours sends."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from pli.kit.errors import PliError
from pli.office.signatures.places import read_places
from pli.parties.api import Account
from pli.signing.api import (
    Ceremony,
    FieldRequest,
    Place,
    SignerRequest,
    TemplateContent,
    UnableToSend,
    get_template,
    load_content,
    preset_spots,
    save_side,
    save_template,
)
from tests.support.browser import LiveSite
from tests.support.ceremonies import JULIE, ask, file_contract
from tests.support.people import House, make_house

DOCUMENT = UUID("0199a0b2-0000-7000-8000-000000000001")
BOX = {"kind": "MARK", "document": str(DOCUMENT), "page": 1, "x": 10, "y": 20, "width": 170, "height": 68}


def _read(*boxes: object) -> Any:
    return read_places(json.dumps(boxes), [DOCUMENT])


def test_boxes_become_places_and_fields() -> None:
    found = _read(BOX, BOX | {"kind": "CHECKBOX", "label": "  Reçu  ", "required": False}, BOX | {"kind": "INITIALS"})
    place = Place(1, 1, 10, 20, 170, 68)
    assert found.marks == (place,)
    assert found.fields == (
        FieldRequest("CHECKBOX", "Reçu", "", is_required=False, place=place),
        FieldRequest("INITIALS", "", "", is_required=True, place=place),
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "SIGNER"}, {"kind": None}, {"kind": []}, {"page": True}, {"page": "1"}, {"page": 1.5}, {"x": None},
        {"x": float("nan")}, {"y": float("inf")}, {"x": "1"}, {"width": 0}, {"height": -1}, {"x": 1e300},
        {"document": str(uuid4())}, {"document": ["a"]}, {"document": ""},
    ],
)  # fmt: skip
def test_what_no_page_of_ours_sends_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UnableToSend):
        _read(BOX | wrong)


@pytest.mark.parametrize(
    "text", ["{", "[1]", "{}", "null", "[" * 30_000, "[]" + " " * 50_000, "[" + "{}," * 70 + "{}]"]
)
def test_no_list_of_boxes_is_refused(text: str) -> None:
    with pytest.raises(UnableToSend):
        read_places(text, [DOCUMENT])


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*BOX, "label", "required"]), inner),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # on a loaded machine
@given(
    st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys([*BOX, "label", "required"], _json)) | _json, max_size=3)
)
def test_whatever_comes_is_read_or_refused(boxes: list[Any]) -> None:
    try:
        _read(*boxes)
    except PliError as refusal:
        assert refusal.status == 422


@pytest.mark.django_db
def test_the_server_judges_the_box_and_the_house_has_a_side_of_its_own() -> None:
    house = make_house()
    for wrong in (
        Place(page=4, x=1, y=1), Place(page=0, x=1, y=1), Place(page=1, x=700, y=1), Place(page=1, x=float("nan"), y=1),
        Place(page=1, x=1, y=1, width=20, height=20), Place(page=1, x=1, y=1, width=900, height=20),
    ):  # fmt: skip
        with pytest.raises(UnableToSend):
            ask(house, SignerRequest("A", "a@a.example", marks=(wrong,)))
    with pytest.raises(UnableToSend):
        ask(
            house, SignerRequest("A", "a@a.example", role="APPROVER", fields=(FieldRequest("INITIALS", place=Place()),))
        )
    save_side(house.alice, "right")
    made = ask(
        house, JULIE, SignerRequest("A", "a@a.example", side=""), SignerRequest("B", "b@b.example", role="APPROVER")
    )
    placed = [preset_spots(one) for one in made.signers.order_by("position")]
    assert [len(one) for one in placed] == [1, 0, 0]
    assert next(iter(placed[0].values())).page == 3


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_sender_draws_with_the_hand_and_with_the_keyboard(
    desk: Page, phone: Page, live_site: LiveSite, assert_accessible: Callable[..., None]
) -> None:
    house = make_house()
    paper = file_contract(house)
    for page in (desk, phone):
        _draw(page, live_site, house, paper.id, assert_accessible)
        _see_again(page, live_site, house, paper.id, assert_accessible)
    first, second = Ceremony.objects.order_by("created_at")
    for made in (first, second):
        fields = {one.kind: one for one in made.signers.get().fields.all()}
        assert set(fields) == {"MARK", "TEXT"}
        assert (fields["MARK"].page, fields["TEXT"].page, fields["TEXT"].label) == (1, 2, "Fonction")
        assert fields["MARK"].width and fields["MARK"].width > 170  # Shift and the arrow made it wider.
        assert not fields["TEXT"].is_required


def _draw(page: Page, site: LiveSite, house: House, paper: UUID, check: Callable[..., None]) -> None:
    site.log_in(page, Account.objects.get(id=house.chloe.account_id))
    page.goto(f"{site.url}/office/signatures/new?document={paper}")
    page.locator(".places-fold > summary").click()
    board = page.locator("[data-places]")
    board.get_by_role("button", name="Signature", exact=True).click()
    sheet = board.locator("[data-page='1'] [data-sheet]")
    sheet.evaluate("sheet => sheet.scrollIntoView({block: 'center'})")
    middle = sheet.bounding_box()
    assert middle
    page.mouse.click(middle["x"] + middle["width"] / 2, middle["y"] + middle["height"] / 2)
    mark = board.locator(".place-box").first
    expect(mark).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowRight")
    board.get_by_role("button", name="Texte", exact=True).focus()
    page.keyboard.press("Enter")
    text = board.locator(".place-box").nth(1)
    expect(text).to_be_focused()
    while text.locator("xpath=ancestor::li").get_attribute("data-page") != "2":
        page.keyboard.press("PageDown")
        if text.locator("xpath=ancestor::li").get_attribute("data-page") == "3":
            page.keyboard.press("PageUp")
    board.get_by_label("Nom du champ").fill("Fonction")
    board.get_by_label("Obligatoire").uncheck()
    check(page)
    page.get_by_role("button", name="Envoyer la demande").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/office/signatures/*/")


def _see_again(page: Page, site: LiveSite, house: House, paper: UUID, check: Callable[..., None]) -> None:
    """What a template has drawn is on its pages when it is opened, and still there once it is saved."""
    drawn = SignerRequest("Client", "", marks=(Place(page=1, x=100, y=200, width=170, height=68),))
    name = f"Contrat dessiné {page.viewport_size}"
    template = save_template(house.chloe, name, TemplateContent(roles=(drawn,), document_ids=(paper,)))
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.goto(f"{site.url}/office/signatures/templates/{template.id}/")
    expect(page.locator("[data-page='1'] .place-box")).to_have_count(1)
    check(page)
    with page.expect_navigation():
        page.get_by_role("button", name="Enregistrer le modèle").click()
    expect(page.locator("[data-page='1'] .place-box")).to_have_count(1)
    assert not troubles
    kept = load_content(get_template(house.chloe, template.id).content)
    assert [(one.page, round(one.x), round(one.width)) for one in kept.roles[0].marks] == [(1, 100, 170)]
