"""Walking through screens: a desk in French, a phone in English, and by the keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from playwright.sync_api import Locator, Page

from pli.parties.api import Account
from tests.support.browser import DESK, PHONE, LiveSite, OpenPage
from tests.support.people import House

MOST_TABS = 90
_OUTLINE_IF_THERE = """one => one === document.activeElement
  ? getComputedStyle(one).outlineStyle + getComputedStyle(one).boxShadow : null"""


def desk_and_phone(live_site: LiveSite, open_page: OpenPage, house: House) -> Iterator[Page]:
    """A desk in French, a phone in English."""
    alice, bruno = (Account.objects.get(id=one.account_id) for one in (house.alice, house.bruno))
    Account.objects.filter(id=bruno.id).update(language="en")
    for account, locale, size in ((alice, "fr-FR", DESK), (bruno, "en-GB", PHONE)):
        page = open_page(viewport=size, locale=locale, has_touch=size == PHONE)
        live_site.log_in(page, account)
        yield page


def look(page: Page, address: str, assert_accessible: Callable[..., None]) -> None:
    """A screen has its heading, fits the width, folded parts included, and axe finds nothing."""
    page.goto(address, wait_until="domcontentloaded")
    assert page.locator("h1").first.is_visible(), address
    # What is folded away is looked at too.
    page.evaluate("document.querySelectorAll('main details:not([data-menu])').forEach(one => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{address} is too wide"
    try:
        assert_accessible(page)
    except AssertionError as found:
        raise AssertionError(f"{address}, {page.viewport_size}: {found}") from None


def tab_to(page: Page, wanted: Locator) -> Locator:
    """Reach a control as a keyboard does: by Tab, seen where it is."""
    there = wanted.element_handle()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        outline = there.evaluate(_OUTLINE_IF_THERE)
        if outline is not None:
            assert outline != "nonenone", f"{wanted}: one does not see where one is"
            return wanted
    raise AssertionError(f"{wanted} is reached by no Tab")


def press(page: Page, wanted: Locator, key: str = "Enter") -> None:
    """Reach a control by Tab and press a key there."""
    tab_to(page, wanted)
    page.keyboard.press(key)


def write(page: Page, wanted: Locator, text: str) -> None:
    """Reach a field by Tab and type, in place of what stands there."""
    tab_to(page, wanted)
    page.keyboard.press("Control+a")
    page.keyboard.type(text)


def choose(page: Page, wanted: Locator, label: str) -> None:
    """Reach a closed list by Tab and type what is wanted of it."""
    tab_to(page, wanted)
    page.keyboard.type(label)
    chosen = wanted.evaluate("one => one.selectedOptions[0].label")
    assert chosen.startswith(label), f"{label} typed, {chosen} chosen"
