"""The gateway's screens in a real browser, desk and phone, French and English: accessible, within the width."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from pli.gateway.api import MailMessage, TrackedSending, make_account
from pli.gateway.states import Report
from pli.parties.api import Account
from tests.matrix.gateway_world import tracked_places
from tests.support.browser import LiveSite, OpenPage
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LOOKS = (({"width": 1440, "height": 900}, "fr"), ({"width": 390, "height": 844}, "en"))


@pytest.fixture
def house() -> House:
    return make_house()


def _addresses(house: House, run_jobs: RunJobs) -> Iterator[str]:
    """Every screen that shows something of the gateway."""
    make_account(house.alice)
    places = tracked_places(house, run_jobs)
    mail = MailMessage.objects.get(tag="SUIVI")
    mail.recipients.update(report=Report.DELIVERED, reported_at=mail.received_at)
    number = TrackedSending.objects.get().number
    yield from ("/office/mail/", f"/office/mail/{mail.id}/", "/office/mail/settings/", "/office/settings/mail-gateway/")
    yield f"/t/{places['tracked:show']['token']}/"
    yield f"/m/{places['mobiles:ask']['token']}/"
    yield f"/verify/{number}"


def test_every_screen_is_accessible_and_fits(
    live_site: LiveSite, open_page: OpenPage, assert_accessible: Callable[..., None], house: House, run_jobs: RunJobs
) -> None:
    addresses = list(_addresses(house, run_jobs))
    for viewport, language in LOOKS:
        Account.objects.update(language=language)
        page = open_page(viewport=viewport, locale=language)
        live_site.log_in(page, Account.objects.get(id=house.alice.account_id))
        for address in addresses:
            answer = page.goto(live_site.url + address)
            assert answer is not None and answer.status == 200, address
            if address.startswith("/office"):  # outside, the organisation's language is spoken
                assert page.locator("html").get_attribute("lang") == language, address
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
            assert_accessible(page)
    _the_name_stays_on_its_line(live_site, open_page, house)
    _a_message_is_reached_by_keyboard(live_site, open_page, house)


def _the_name_stays_on_its_line(site: LiveSite, open_page: OpenPage, house: House) -> None:
    page: Any = open_page(viewport=LOOKS[0][0])
    site.log_in(page, Account.objects.get(id=house.alice.account_id))
    page.goto(f"{site.url}/office/mail/")
    places = page.locator("nav a:visible")
    mails, home = (places.filter(has_text=word).first.bounding_box() for word in ("My e-mails", "Home"))
    assert mails["height"] == home["height"]


def _a_message_is_reached_by_keyboard(site: LiveSite, open_page: OpenPage, house: House) -> None:
    page = open_page(viewport=LOOKS[0][0])
    site.log_in(page, Account.objects.get(id=house.alice.account_id))
    page.goto(f"{site.url}/office/mail/")
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.matches('tbody a')"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/office/mail/[0-9a-f-]{36}/$"))
