"""The layout editor in a browser: a box drawn by mouse, by finger and by keyboard says at once what it reads."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from pli.parties.api import Account, Party, PartyKind, StaffActor
from pli.processing.api import Layout
from tests.office.recipes.test_layouts import paper
from tests.office.recipes.test_recipes_browser import Check, draw
from tests.support.browser import LiveSite
from tests.support.people import House, make_house

# The first reading of a file loads the recognisers: seconds, on a machine that has other work.
PATIENCE = 30_000
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house(transactional_db: None) -> House:
    made = make_house()
    Party.objects.create(organisation=made.organisation, kind=PartyKind.SUPPLIER, code="F001", name="Vérins du Rhône")
    return made


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "fournisseur.pdf"
    path.write_bytes(paper())
    return path


def enter(site: LiveSite, page: Page, actor: StaffActor, sample: Path) -> None:
    site.log_in(page, Account.objects.get(id=actor.account_id))
    page.goto(f"{site.url}/office/settings/layouts/new")
    page.locator("#sample-file").set_input_files(sample)
    expect(page.locator("[data-draw-sheet] img")).to_be_visible()


def test_a_layout_is_drawn_on_a_desk(
    live_site: LiveSite, desk: Page, house: House, sample: Path, tmp_path: Path, assert_accessible: Check, shot: Check
) -> None:
    enter(live_site, desk, house.bruno, sample)
    desk.locator("#name").fill("Vérins du Rhône")
    desk.locator("#layout-party").fill("Vérins du Rhône (F001)")
    desk.get_by_role("button", name="Ajouter une zone à lire").click()
    read = desk.locator("#rule-0-read")
    draw(desk, "#r0-box", 0.6, 0.08, 0.95, 0.11)
    expect(read).to_contain_text("VRA-4411", timeout=PATIENCE)
    expect(read).to_contain_text("% sûr")
    desk.get_by_role("button", name="Lire à côté d’un libellé").click()
    desk.locator("#r1-field").select_option(label="Montant TTC")
    desk.locator("#r1-anchor").fill("Total TTC")
    expect(desk.locator("#rule-1-read")).to_contain_text("1234.50", timeout=PATIENCE)
    desk.get_by_label("552 100 554").check()
    expect(desk.locator("#trial")).to_contain_text("Serait reconnu", timeout=PATIENCE)
    second = tmp_path / "autre.pdf"
    second.write_bytes(paper("VRA-5000"))
    desk.locator("#other-file").set_input_files(second)
    expect(desk.locator("#others input")).to_have_count(1)
    desk.locator("#compare").click()
    expect(desk.locator("#trial")).to_contain_text("VRA-5000", timeout=PATIENCE)
    assert_accessible(desk)
    desk.evaluate("window.scrollTo(0, 0)")
    shot(desk, "layout-editor-desk")
    desk.get_by_role("button", name="Enregistrer le modèle").last.click()
    expect(desk.locator("#toasts")).to_contain_text("est enregistré")
    layout = Layout.objects.get()
    assert [rule["how"] for rule in layout.rules] == ["zone", "anchor"] and layout.party is not None
    assert layout.keywords == ["552 100 554"]


def test_a_box_by_keyboard_and_by_numbers(live_site: LiveSite, desk: Page, house: House, sample: Path) -> None:
    enter(live_site, desk, house.bruno, sample)
    desk.locator("#add-rule").focus()
    desk.keyboard.press("Enter")
    group = desk.locator("#r0-box")
    for side, value in (("left", "60"), ("top", "8"), ("right", "95"), ("bottom", "11")):
        group.locator(f'[data-side="{side}"]').fill(value)
    expect(desk.locator("#rule-0-read")).to_contain_text("VRA-4411", timeout=PATIENCE)
    face = desk.locator(".draw-box")
    face.focus()
    for _ in range(8):
        desk.keyboard.press("ArrowDown")
    expect(group.locator('[data-side="top"]')).to_have_value("12")
    expect(desk.locator("#rule-0-read")).not_to_contain_text("VRA-4411", timeout=PATIENCE)
    assert "12 % du haut" in (face.get_attribute("aria-label") or "")


def test_a_box_by_finger(
    live_site: LiveSite, phone: Page, house: House, sample: Path, assert_accessible: Check, shot: Check
) -> None:
    enter(live_site, phone, house.alice, sample)
    phone.locator("#add-rule").tap()
    expect(phone.locator("#r0-box")).to_be_visible()
    button = phone.locator("#r0-box [data-box-draw]")
    button.evaluate("button => button.scrollIntoView({block: 'center'})")
    button.tap()
    sheet = phone.locator("[data-draw-sheet]")
    sheet.scroll_into_view_if_needed()
    frame = sheet.bounding_box()
    assert frame is not None
    finger = phone.context.new_cdp_session(phone)

    def touch(kind: str, left: float, top: float) -> None:
        point = {"x": frame["x"] + left * frame["width"], "y": frame["y"] + top * frame["height"]}
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [] if kind == "touchEnd" else [point]})

    touch("touchStart", 0.6, 0.08)
    touch("touchMove", 0.8, 0.1)
    touch("touchMove", 0.95, 0.11)
    touch("touchEnd", 0, 0)
    expect(phone.locator("#rule-0-read")).to_contain_text("VRA-4411", timeout=PATIENCE)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert_accessible(phone)
    shot(phone, "layout-editor-phone")
