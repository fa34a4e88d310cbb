"""The recipe editor in a browser: made from scratch by clicking, by keyboard alone, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from pli.parties.api import Account, StaffActor
from pli.processing.api import Recipe
from tests.support.browser import LiveSite
from tests.support.people import House, make_house

# The first preview loads every step's tools: seconds, on a machine that has other work.
PATIENCE = 30_000
pytestmark = pytest.mark.django_db(transaction=True)
Check = Callable[..., None]


@pytest.fixture
def house(transactional_db: None) -> House:
    return make_house()


@pytest.fixture
def sample(tmp_path: Path, print_run: bytes) -> Path:
    path = tmp_path / "factures.pdf"
    path.write_bytes(print_run)
    return path


def enter(site: LiveSite, page: Page, actor: StaffActor, place: str = "new/empty") -> None:
    site.log_in(page, Account.objects.get(id=actor.account_id))
    page.goto(f"{site.url}/office/settings/recipes/{place}")


def draw(page: Page, group: str, left: float, top: float, right: float, bottom: float) -> None:
    """A stroke of the mouse on the page, in shares of it."""
    page.locator(group).get_by_role("button", name="Dessiner sur la page").click()
    sheet = page.locator("[data-draw-sheet]")
    sheet.scroll_into_view_if_needed()
    frame = sheet.bounding_box()
    assert frame is not None
    page.mouse.move(frame["x"] + left * frame["width"], frame["y"] + top * frame["height"])
    page.mouse.down()
    page.mouse.move(frame["x"] + right * frame["width"], frame["y"] + bottom * frame["height"], steps=4)
    page.mouse.up()


def test_a_recipe_from_scratch_by_clicking(
    live_site: LiveSite, desk: Page, house: House, sample: Path, assert_accessible: Check, shot: Check
) -> None:
    enter(live_site, desk, house.bruno)
    desk.get_by_label("Nom", exact=True).fill("Factures de vente")
    desk.get_by_label("Nature des documents").select_option("invoice")
    desk.get_by_role("button", name="Découper").click()
    split = desk.locator(".step-card")
    expect(split).to_have_count(1)
    expect(split.get_by_role("alert").first).to_contain_text("Dessinez la zone")
    desk.locator("#sample-file").set_input_files(sample)
    expect(desk.locator("[data-draw-sheet] img")).to_be_visible()
    draw(desk, "#s0-box", 0.7, 0.055, 0.95, 0.08)
    expect(desk.locator("#preview")).to_contain_text("3 documents", timeout=PATIENCE)
    expect(desk.locator(".preview-piece").first).to_contain_text("F2026-00001")
    expect(split.get_by_role("alert")).to_have_count(0)
    desk.get_by_role("button", name="Apposer le cachet").click()
    expect(desk.locator(".step-card")).to_have_count(2)
    desk.get_by_label("Cachet visible").check()
    expect(desk.locator("#s1-box")).to_be_visible()
    expect(desk.locator(".preview-made")).to_be_visible(timeout=PATIENCE)
    assert_accessible(desk)
    shot(desk, "recipe-editor-desk")
    desk.get_by_role("button", name="Enregistrer la recette").last.click()
    expect(desk.locator("#toasts")).to_contain_text("est enregistrée")
    recipe = Recipe.objects.get()
    assert [step["slug"] for step in recipe.steps] == ["split", "seal"]
    left, top, right, bottom = recipe.steps[0]["options"]["box"]
    assert (left, top) == pytest.approx((0.7, 0.055), abs=0.01) and (right, bottom) == pytest.approx(
        (0.95, 0.08), abs=0.01
    )
    assert recipe.sample_id


def test_the_effect_of_a_change_is_in_sight_beside_the_step(
    live_site: LiveSite, desk: Page, house: House, sample: Path
) -> None:
    desk.set_viewport_size({"width": 1440, "height": 900})
    enter(live_site, desk, house.bruno)
    desk.locator("#sample-file").set_input_files(sample)
    told = desk.locator("#preview .preview-sum")
    expect(told).to_contain_text("1 document", timeout=PATIENCE)
    desk.locator("#add-split").click()
    step = desk.locator("#step-0")
    step.get_by_label("Découper selon").select_option("pages")
    expect(told).to_contain_text("6 documents", timeout=PATIENCE)
    expect(told).to_be_in_viewport(ratio=1)
    expect(desk.locator(".preview-made")).to_be_in_viewport(ratio=0.5)
    left, right = step.bounding_box(), told.bounding_box()
    assert left and right and right["x"] >= left["x"] + left["width"]
    step.get_by_label("Découper selon").select_option("changing-text")
    draw(desk, "#s0-box", 0.7, 0.055, 0.95, 0.08)
    expect(told).to_contain_text("3 documents", timeout=PATIENCE)
    expect(told).to_be_in_viewport(ratio=1)
    expect(desk.locator(".preview-now")).to_be_hidden()


def test_by_keyboard_alone(live_site: LiveSite, desk: Page, house: House, sample: Path) -> None:
    enter(live_site, desk, house.bruno)
    desk.locator("#sample-file").set_input_files(sample)
    expect(desk.locator("[data-draw-sheet] img")).to_be_visible()
    for slug in ("seal", "split"):
        desk.locator(f"#add-{slug}").focus()
        desk.keyboard.press("Enter")
        expect(desk.locator(f'.step-card input[value="{slug}"]')).to_have_count(1)
    heads = desk.locator(".step-card h2")
    expect(heads).to_have_text(["Découper", "Apposer le cachet"])
    key = desk.locator('.step-card:has(input[value="seal"])').get_attribute("id").removeprefix("step-")  # type: ignore[union-attr]
    desk.locator(f"#up-{key}").focus()
    desk.keyboard.press("Enter")
    expect(heads).to_have_text(["Apposer le cachet", "Découper"])
    assert desk.evaluate("document.activeElement.id") == f"up-{key}", "the focus stays on the button that moves"
    expect(desk.locator(".step-problems .notice").first).to_be_visible()
    desk.locator(f"#down-{key}").focus()
    desk.keyboard.press("Enter")
    expect(heads).to_have_text(["Découper", "Apposer le cachet"])
    box = desk.locator(".step-card", has_text="Découper").locator("[data-box]").first
    box.get_by_role("button", name="Dessiner sur la page").focus()
    desk.keyboard.press("Enter")
    left = box.locator('[data-side="left"]')
    expect(left).to_have_value("30")
    assert desk.evaluate("document.activeElement.className").startswith("draw-box")
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("Shift+ArrowDown")
    expect(left).to_have_value("30.5")
    expect(box.locator('[data-side="bottom"]')).to_have_value("16.5")
    desk.keyboard.press("Delete")
    expect(left).to_have_value("")


def test_on_a_phone(
    live_site: LiveSite, phone: Page, house: House, sample: Path, assert_accessible: Check, shot: Check
) -> None:
    enter(live_site, phone, house.alice, "new")
    assert_accessible(phone)
    shot(phone, "recipe-starts-phone")
    phone.get_by_role("link", name="Factures imprimées en lot").tap()
    expect(phone.locator(".step-card").first).to_be_visible()
    phone.wait_for_load_state("networkidle")
    phone.locator("#sample-file").set_input_files(sample)
    expect(phone.locator("#preview")).to_contain_text("lues sur", timeout=PATIENCE)
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    assert_accessible(phone)
    phone.locator("#about").scroll_into_view_if_needed()
    line = phone.locator(".preview-now")
    expect(line).to_contain_text("lues sur")
    expect(line).to_be_in_viewport(ratio=1)
    is_on_top = "line => { const at = line.getBoundingClientRect(); return line.contains(document.elementFromPoint("
    is_on_top += "at.x + at.width / 2, at.bottom - 4)); }"
    assert line.evaluate(is_on_top), "no bar covers it"
    expect(phone.locator(".preview-sum")).not_to_be_in_viewport()
    line.tap()
    expect(phone.locator(".preview-sum")).to_be_in_viewport(ratio=1)
    phone.locator("#steps").scroll_into_view_if_needed()
    shot(phone, "recipe-editor-phone")
    phone.goto(f"{live_site.url}/office/settings/recipes/")
    assert_accessible(phone)


def test_without_script(live_site: LiveSite, open_page: Any, house: House) -> None:
    page = open_page(java_script_enabled=False)
    enter(live_site, page, house.alice)
    page.locator("#add-seal").click()
    expect(page.locator(".step-card h2")).to_have_text(["Apposer le cachet"])
    page.locator("#name").fill("Sans script")
    page.get_by_role("button", name="Enregistrer la recette").last.click()
    assert Recipe.objects.get().name == "Sans script"
