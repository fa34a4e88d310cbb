"""Reading, signing and placing on the page: by finger, by mouse and by keyboard."""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.support.browser import LiveSite

pytestmark = [pytest.mark.urls("tests.screens.urls"), pytest.mark.django_db(transaction=True)]
LOOK = os.environ.get("PLI_LOOK", "")
A4 = (595.28, 841.89)


@pytest.fixture
def reading(live_site: LiveSite, phone: Page) -> Iterator[Page]:
    """A signer's phone on the page to sign."""
    phone.goto(f"{live_site.url}/office/style/signing")
    yield phone


def field(page: Page, name: str) -> str:
    return page.locator(f"input[name={name}]").input_value()


def draw(page: Page) -> None:
    page.get_by_role("button", name="Signer", exact=True).click()
    box = page.locator(".sign-canvas").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 60, steps=8)
    page.mouse.move(box["x"] + 220, box["y"] + 120, steps=8)
    page.mouse.up()
    page.get_by_role("button", name="Utiliser cette signature").click()


def test_a_drawn_signature_is_black_on_white_and_trimmed(reading: Page) -> None:
    draw(reading)
    assert field(reading, "signature_kind") == "drawn"
    head, _, data = field(reading, "signature_png").partition(",")
    assert head == "data:image/png;base64"
    picture = Image.open(io.BytesIO(base64.b64decode(data))).convert("RGBA")
    assert picture.getpixel((0, 0)) == (255, 255, 255, 255)
    darkest = min(picture.convert("L").getdata())
    assert darkest < 100
    assert picture.width > picture.height


def test_nothing_drawn_cannot_be_used_and_undo_takes_the_last_stroke(reading: Page) -> None:
    reading.get_by_role("button", name="Signer", exact=True).click()
    use = reading.get_by_role("button", name="Utiliser cette signature")
    expect(use).to_be_disabled()
    box = reading.locator(".sign-canvas").bounding_box()
    assert box is not None
    reading.mouse.move(box["x"] + 60, box["y"] + 100)
    reading.mouse.down()
    reading.mouse.move(box["x"] + 160, box["y"] + 60, steps=8)
    reading.mouse.up()
    expect(use).to_be_enabled()
    reading.get_by_role("button", name="Annuler le dernier trait").click()
    expect(use).to_be_disabled()


def test_turning_the_phone_keeps_the_strokes(reading: Page) -> None:
    reading.get_by_role("button", name="Signer", exact=True).click()
    box = reading.locator(".sign-canvas").bounding_box()
    assert box is not None
    reading.mouse.move(box["x"] + 60, box["y"] + 100)
    reading.mouse.down()
    reading.mouse.move(box["x"] + 160, box["y"] + 60, steps=8)
    reading.mouse.up()
    reading.set_viewport_size({"width": 844, "height": 390})
    wide = reading.locator(".sign-canvas").bounding_box()
    assert wide is not None and wide["width"] > 700
    expect(reading.get_by_role("button", name="Utiliser cette signature")).to_be_in_viewport(ratio=1)
    if LOOK:
        reading.screenshot(path=Path(LOOK) / "landscape.png", caret="initial")
    expect(reading.get_by_role("button", name="Utiliser cette signature")).to_be_enabled()


def test_signing_by_keyboard_alone(live_site: LiveSite, desk: Page) -> None:
    desk.goto(f"{live_site.url}/office/style/signing")
    desk.get_by_role("button", name="Signer", exact=True).focus()
    desk.keyboard.press("Enter")
    tab = desk.get_by_role("tab", name="Dessiner")
    tab.focus()
    desk.keyboard.press("ArrowRight")
    expect(desk.get_by_role("tab", name="Écrire")).to_be_focused()
    desk.get_by_label("Votre nom").fill("Julie Martin")
    desk.get_by_role("button", name="Utiliser cette signature").press("Enter")
    assert field(desk, "signature_kind") == "typed"
    assert field(desk, "signature_text") == "Julie Martin"
    assert field(desk, "signature_png") == ""
    desk.get_by_role("button", name="Placer ma signature").press("Enter")
    mark = desk.locator(".mark-box")
    expect(mark).to_be_focused()
    before = float(field(desk, "mark_x1"))
    desk.keyboard.press("ArrowLeft")
    assert float(field(desk, "mark_x1")) == pytest.approx(before - 4)
    desk.keyboard.press("Shift+ArrowLeft")
    assert float(field(desk, "mark_x1")) == pytest.approx(before - 28)
    width = float(field(desk, "mark_x2")) - float(field(desk, "mark_x1"))
    desk.keyboard.press("+")
    assert float(field(desk, "mark_x2")) - float(field(desk, "mark_x1")) == pytest.approx(width + 8)
    desk.keyboard.press("PageDown")
    assert field(desk, "mark_page") == "2"
    expect(mark).to_be_focused()
    assert "page 2" in (mark.get_attribute("aria-label") or "")
    desk.keyboard.press("Delete")
    assert field(desk, "mark_page") == ""
    expect(desk.get_by_role("button", name="Placer ma signature")).to_be_visible()


def test_a_tap_puts_the_mark_where_it_falls_and_a_drag_keeps_it_on_the_page(reading: Page) -> None:
    draw(reading)
    reading.get_by_role("button", name="Placer ma signature").tap()
    sheet = reading.locator("[data-page='1'] [data-sheet]").bounding_box()
    assert sheet is not None
    x, y = sheet["x"] + sheet["width"] * 0.5, sheet["y"] + sheet["height"] * 0.4
    reading.touchscreen.tap(x, y)
    assert field(reading, "mark_page") == "1"
    x1, x2 = float(field(reading, "mark_x1")), float(field(reading, "mark_x2"))
    y1, y2 = float(field(reading, "mark_y1")), float(field(reading, "mark_y2"))
    assert (x1 + x2) / 2 == pytest.approx(A4[0] * 0.5, abs=3)
    assert (y1 + y2) / 2 == pytest.approx(A4[1] * 0.6, abs=3), "the origin is the lower left corner"
    expect(reading.get_by_role("button", name="Terminer")).to_be_visible()
    if LOOK:
        reading.screenshot(path=Path(LOOK) / "placed.png", caret="initial")
    mark = reading.locator(".mark-box").bounding_box()
    assert mark is not None
    reading.mouse.move(mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2)
    reading.mouse.down()
    reading.mouse.move(mark["x"] - 500, mark["y"], steps=5)
    reading.mouse.up()
    assert float(field(reading, "mark_x1")) == 0


def test_pages_keep_their_space_when_their_picture_never_comes(live_site: LiveSite, desk: Page) -> None:
    desk.route("**/*.png", lambda route: route.abort())
    desk.goto(f"{live_site.url}/office/style/signing")
    for number in (1, 2, 3):
        page = desk.locator(f"[data-page='{number}']")
        page.scroll_into_view_if_needed()
        expect(page.locator("img")).to_have_js_property("complete", True)
        expect(page.locator("img")).to_have_js_property("naturalWidth", 0)
        sheet = page.locator("[data-sheet]").bounding_box()
        assert sheet is not None
        assert sheet["height"] / sheet["width"] == pytest.approx(A4[1] / A4[0], abs=0.01)


def test_the_page_in_sight_is_said_and_the_text_can_be_read(reading: Page) -> None:
    expect(reading.locator("[data-current]")).to_have_text("Page 1 sur 3")
    reading.locator("[data-page='3']").scroll_into_view_if_needed()
    reading.locator("[data-page='3'] summary").click()
    expect(reading.locator("[data-current]")).to_have_text("Page 3 sur 3")
    expect(reading.locator("[data-page='3'] pre")).to_contain_text("escalier en chêne")


def test_what_a_thumb_touches_is_large_enough(reading: Page) -> None:
    small = reading.evaluate(
        """() => [...document.querySelectorAll('button, summary, .btn')].filter(e => e.checkVisibility())
        .map(e => [e.textContent.trim(), e.getBoundingClientRect()])
        .filter(([, box]) => box.height < 44 || box.width < 44)
        .map(([text, box]) => `${text}: ${box.width} x ${box.height}`)"""
    )
    assert small == []


def test_a_heavy_photograph_travels_light(reading: Page, tmp_path: Path) -> None:
    photograph = tmp_path / "signature.jpg"
    Image.effect_noise((2400, 3600), 90).convert("RGB").save(photograph, quality=95)
    reading.get_by_role("button", name="Signer", exact=True).click()
    reading.get_by_role("tab", name="Image").click()
    reading.locator("input[type=file]").set_input_files(photograph)
    use = reading.get_by_role("button", name="Utiliser cette signature")
    expect(use).to_be_enabled()
    use.click()
    expect(reading.locator("input[name=signature_kind]")).to_have_value("image")
    data = field(reading, "signature_png")
    assert len(data) < 1_500_000
    picture = Image.open(io.BytesIO(base64.b64decode(data.partition(",")[2])))
    assert abs(picture.height / picture.width - 1.5) < 0.02
