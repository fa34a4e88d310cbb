"""The frames and the components: right, readable, usable by keyboard, at three widths, light and dark."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from pli.office import navigation
from pli.parties.api import Account, Member, Organisation, Role
from tests.screens.urls import SAMPLE_PLACES
from tests.support.browser import LiveSite, OpenPage

pytestmark = [pytest.mark.urls("tests.screens.urls"), pytest.mark.django_db(transaction=True)]
FRAMES = ["", "/empty", "/entrance", "/portal", "/signing", "/public", "/refusal"]
SIZES = {"desk": (1440, 900), "tablet": (820, 1180), "phone": (390, 844)}
LOOK = os.environ.get("PLI_LOOK", "")


@pytest.fixture(autouse=True)
def places(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every place of the office open."""
    monkeypatch.setattr(navigation, "_opened", {slug: (name, None) for slug, name in SAMPLE_PLACES.items()})
    monkeypatch.setattr(navigation, "_search", ["style:empty"])


@pytest.fixture
def alice(transactional_db: None) -> Account:
    account = Account.objects.create_user("alice@exemple.fr", "secret", name="Alice Moreau")
    for slug, name in (("duval", "Menuiserie Duval"), ("breizh", "Atelier Breizh")):
        organisation = Organisation.objects.create(slug=slug, name=name)
        Member.objects.create(organisation=organisation, account=account, role=Role.ADMIN)
    return account


@pytest.mark.parametrize(
    ("size", "scheme"),
    [("desk", "light"), ("desk", "dark"), ("tablet", "light"), ("phone", "light"), ("phone", "dark")],
)
def test_every_frame_is_accessible_and_never_scrolls_sideways(
    live_site: LiveSite,
    open_page: OpenPage,
    assert_accessible: Callable[..., None],
    alice: Account,
    size: str,
    scheme: str,
) -> None:
    width, height = SIZES[size]
    page = open_page(viewport={"width": width, "height": height}, color_scheme=scheme, has_touch=size == "phone")
    live_site.log_in(page, alice)
    for frame in FRAMES:
        answer = page.goto(f"{live_site.url}/office/style{frame}")
        assert answer is not None and answer.status == (404 if frame == "/refusal" else 200), frame
        page.evaluate("document.fonts.ready")
        if LOOK:
            name = f"{frame.strip('/') or 'show'}-{size}-{scheme}.png"
            page.screenshot(path=Path(LOOK) / name, full_page=frame not in {"/signing"}, caret="initial")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{frame} scrolls sideways"
        assert_accessible(page)
