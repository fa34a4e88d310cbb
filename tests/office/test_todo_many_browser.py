"""« À traiter », many rows at once, as a person does it: by hand, by the keyboard, on a phone."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from pli.capture.api import Capture, CaptureState
from pli.parties.api import Account
from pli.processing.api import Run, RunState
from pli.processing.models import Recipe
from tests.support.browser import LiveSite
from tests.support.people import House
from tests.support.runs import make_recipe
from tests.support.stopped import fail_deliveries, park_files, park_pieces, park_runs

pytestmark = pytest.mark.django_db
LIST = "/office/todo/"


def _fill_the_list(house: House) -> None:
    recipe = make_recipe(house)
    park_files(house.chloe, 12)
    park_runs(house.chloe, recipe, 2)
    park_pieces(house.chloe, recipe, 35)
    fail_deliveries(house, 1)


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_rows_are_ticked_by_hand_by_keyboard_and_in_ranges(
    house: House, live_site: LiveSite, desk: Page, assert_accessible: Callable[..., None], shot: Callable[..., None]
) -> None:
    _fill_the_list(house)
    live_site.log_in(desk, Account.objects.get(id=house.chloe.account_id))
    desk.goto(live_site.url + LIST)
    boxes, bar = desk.locator("[data-select-row]"), desk.locator("#selection")
    expect(boxes).to_have_count(16)
    expect(bar).to_be_hidden()
    whole = desk.get_by_role("checkbox", name="Tout cocher")
    whole.check()
    expect(bar.get_by_role("status")).to_have_text("16 sélectionné(s)")
    boxes.first.uncheck()
    expect(whole).to_have_js_property("indeterminate", value=True)
    bar.get_by_role("button", name="Tout désélectionner").click()
    expect(bar).to_be_hidden()
    # A range by shift-click, one more by Space on its box, and one by j, then Space on its row.
    desk.get_by_role("checkbox", name="scan-003.pdf").click()
    desk.get_by_role("checkbox", name="scan-006.pdf").click(modifiers=["Shift"])
    desk.get_by_role("checkbox", name="scan-001.pdf").press("Space")
    desk.locator("body").press("j")
    desk.keyboard.press(" ")
    expect(boxes.first).to_be_checked()
    expect(bar.get_by_role("status")).to_have_text("6 sélectionné(s)")
    assert_accessible(desk)
    desk.evaluate("scrollTo(0, 0)")
    shot(desk, "todo-many-desk")
    # Setting aside asks first, with the names; going back changes nothing.
    bar.get_by_role("button", name="Écarter").click()
    asked = desk.get_by_role("dialog", name="Écarter ce qui est coché ?")
    expect(asked).to_contain_text("scan-003.pdf")
    expect(asked).to_contain_text("et 1 de plus")
    expect(asked).to_contain_text("leurs octets restent conservés")
    expect(asked.get_by_text("réglés autrement")).to_be_hidden()
    assert_accessible(desk)
    shot(desk, "todo-aside-desk")
    asked.get_by_role("button", name="Revenir").click()
    boxes.first.uncheck()
    # Files alone are tried again without a question.
    bar.get_by_role("button", name="Réessayer").click()
    expect(desk.locator("#toasts")).to_contain_text("5 éléments réessayés.")
    expect(boxes).to_have_count(11)
    assert Capture.objects.filter(state=CaptureState.RECEIVED).count() == 5


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_on_a_phone_everything_goes_again_after_one_question(
    house: House, live_site: LiveSite, phone: Page, assert_accessible: Callable[..., None], shot: Callable[..., None]
) -> None:
    _fill_the_list(house)
    Recipe.objects.update(is_active=False)
    other = make_recipe(house, name="Factures du copieur")
    live_site.log_in(phone, Account.objects.get(id=house.chloe.account_id))
    phone.goto(live_site.url + LIST)
    phone.get_by_text("Tout cocher").tap()
    bar = phone.locator("#selection")
    expect(bar.get_by_role("status")).to_have_text("16 sélectionné(s)")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert_accessible(phone)
    shot(phone, "todo-many-phone")
    bar.get_by_role("button", name="Réessayer").tap()
    asked = phone.get_by_role("dialog", name="Réessayer ce qui est coché ?")
    expect(asked).to_contain_text("un message parti ne se reprend pas")
    asked.get_by_label("Recette des traitements arrêtés").select_option(label=other.name)
    assert_accessible(phone)
    shot(phone, "todo-retry-phone")
    asked.get_by_role("button", name="Réessayer").tap()
    expect(phone.locator("#toasts")).to_contain_text("50 éléments réessayés.")
    expect(phone.locator("[data-select-row]")).to_have_count(0)
    assert Run.objects.filter(state=RunState.READING, recipe=other).count() == 2
