"""A real browser over the real application: fixtures for every suite that looks at pages.

``live_site``   the WSGI application on a port of its own, over the test database (``.url``, ``.log_in(page, account)``)
``desk``        a page of 1440 × 900;  ``phone``  one of 390 × 844 with touch;  ``tablet`` 820 × 1180
``open_page``   a page with one's own wishes (colour scheme, locale, java_script_enabled…)
``assert_accessible(page)``  axe-core without findings (WCAG 2.2 AA and best practices)
``shot(page, name)``  a picture for the documentation, only when PLI_SHOTS=1

A test that asks for a page is marked ``browser``, and skipped with a plain reason where no Chromium is installed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs" / "screens"
HEAVIEST = 150_000
AXE_PLACES = ("tests/vendor/axe-core/axe.min.js",)
DESK = {"width": 1440, "height": 900}
TABLET = {"width": 820, "height": 1180}
PHONE = {"width": 390, "height": 844}
OpenPage = Callable[..., Page]


def find_chromium() -> str:
    """Where Chromium is: PLI_CHROMIUM, else the machine's own. Empty when there is none."""
    named = os.environ.get("PLI_CHROMIUM", "")
    return named or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome") or ""


def find_axe() -> Path | None:
    """axe-core as the asset hook unpacked it, or as PLI_AXE names it."""
    named = os.environ.get("PLI_AXE", "")
    places = [Path(named)] if named else [ROOT / place for place in AXE_PLACES]
    return next((place for place in places if place.is_file()), None)


class LiveSite:
    """The address of the application under test."""

    def __init__(self, url: str) -> None:
        self.url = url

    def log_in(self, page: Page, account: Any) -> None:
        """Give ``page`` a session of ``account``, as if they had just logged in."""
        from importlib import import_module

        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

        session = import_module(settings.SESSION_ENGINE).SessionStore()
        session[SESSION_KEY] = str(account.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = account.get_session_auth_hash()
        session.create()
        cookie = {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": self.url}
        page.context.add_cookies([cookie])  # type: ignore[list-item]


@pytest.fixture
def live_site(live_server: Any) -> LiveSite:
    """The real application on loopback, over the test database."""
    return LiveSite(live_server.url)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole run."""
    path = find_chromium()
    if not path:
        pytest.skip("no Chromium on this machine: install the package `chromium` to run the browser tests")
    # Playwright keeps an event loop in this thread; Django's guard against that would refuse every query of the test.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--font-render-hinting=none"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=path, args=arguments)
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Pages with their own wishes; an error of a script, a refusal of the content policy, or what htmx was told to find
    and did not, fails the test."""
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def open_one(**wishes: Any) -> Page:
        context = browser.new_context(
            **{"locale": "fr-FR", "timezone_id": "Europe/Paris", "viewport": DESK, "reduced_motion": "reduce", **wishes}
        )
        context.set_default_timeout(10_000)
        opened.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: _listen(said, complaints))
        return page

    yield open_one
    for context in opened:
        context.close()
    assert not complaints, complaints


def _listen(said: Any, complaints: list[str]) -> None:
    # What the test itself evaluates (axe-core) has no address; what a page of ours tries has one.
    if not said.location["url"]:
        return
    if any(words in said.text for words in ("Content Security Policy", "Permissions-Policy", "returned no matches")):
        complaints.append(f"{said.text} ({said.location})")


@pytest.fixture
def desk(open_page: OpenPage) -> Page:
    """A page on a desk."""
    return open_page(viewport=DESK)


@pytest.fixture
def tablet(open_page: OpenPage) -> Page:
    """A page on a tablet."""
    return open_page(viewport=TABLET)


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    """A page on a phone, with touch."""
    return open_page(viewport=PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)


@pytest.fixture
def assert_accessible() -> Callable[..., None]:
    """``assert_accessible(page)``: axe-core finds nothing; ``ignore`` names rules with a reason to be silent."""
    path = find_axe()
    if path is None:
        pytest.skip("axe-core is not unpacked: run the asset hook, or name axe.min.js in PLI_AXE")
    source = path.read_text()

    def check(page: Page, *, ignore: tuple[str, ...] = ()) -> None:
        # Evaluated over the debugging protocol, which the page's content policy does not concern.
        page.evaluate(source)
        rules = {rule: {"enabled": False} for rule in ignore}
        # What passed is counted, not described: naming every node of it is half of axe's work.
        found = page.evaluate(
            "rules => axe.run(document, {rules, resultTypes: ['violations']}).then(r => r.violations)", rules
        )
        told = [f"{one['id']}: {one['help']}\n{_places(one['nodes'][:4])}" for one in found]
        assert not told, "\n".join(told)

    return check


def _places(nodes: list[dict[str, Any]]) -> str:
    return "\n".join(f"    {node['target']}: {node['failureSummary']}" for node in nodes)


@pytest.fixture
def shot() -> Callable[..., Path | None]:
    """``shot(page, name)``: docs/screens/<name>.png, at most 150 kB, when PLI_SHOTS=1; else nothing."""

    def take(page: Page, name: str, *, full_page: bool = False) -> Path | None:
        if os.environ.get("PLI_SHOTS") != "1":
            return None
        page.evaluate("document.fonts.ready")
        PICTURES.mkdir(parents=True, exist_ok=True)
        return save_picture(page.screenshot(full_page=full_page, caret="initial"), PICTURES / f"{name}.png")

    return take


def save_picture(data: bytes, path: Path) -> Path:
    """Write a PNG of at most HEAVIEST bytes: fewer colours first, then fewer pixels."""
    import io

    from PIL import Image

    picture = Image.open(io.BytesIO(data)).convert("RGB")
    for colours, share in ((256, 1.0), (128, 1.0), (64, 1.0), (64, 0.75), (64, 0.5), (32, 0.4), (16, 0.25), (16, 0.15)):
        size = int(picture.width * share), int(picture.height * share)
        sized = picture if share == 1 else picture.resize(size)
        out = io.BytesIO()
        sized.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= HEAVIEST:
            break
    path.write_bytes(out.getvalue())
    return path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for a page is a browser test. These come last, unless one worker takes from another's share.

    Playwright keeps an event loop in its thread for the rest of the run: what runs one of its own does it apart
    (:func:`tests.support.processes.run_apart`)."""
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)


def wait_for_pictures(page: Page) -> None:
    """Until the pictures one sees are there (or failed).

    Not by ``wait_for_function``, which looks again by ``eval``: the content policy refuses that.
    """
    page.evaluate(
        """() => Promise.all([...document.images]
            .filter(one => one.getBoundingClientRect().top < innerHeight && !one.complete)
            .map(one => new Promise(done => ["load", "error"].forEach(name => one.addEventListener(name, done)))))"""
    )
