"""A signer's wait: from the tap on « read » to the first page painted, on a phone-sized Chromium slowed down 4 times.

A real server (``pli web``, granian) over a real database. Three waits: ``cold``, a phone that never came and a page
nobody has drawn yet; ``warm``, the same phone but the page is in the cache; ``again``, the phone has the style sheets
and scripts from an earlier page of the same journey (the way every signer takes: link, code, then reading). The floor
is a bare page with one JPEG of the same bytes from a static server, in the same browser.
"""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from benches.harness import measured, percentile, report
from benches.support.installation import installation

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True,
    "locale": "fr-FR",
}  # fmt: skip
SLOWED = 4
# Notes when each image was painted, by the browser's own clock since the navigation began.
WATCH = """
window.paints = [];
new PerformanceObserver(list => { for (const one of list.getEntries())
  if (one.element && one.element.tagName === 'IMG')
    window.paints.push({url: one.url, at: one.renderTime || one.startTime}); })
  .observe({type: 'largest-contentful-paint', buffered: true});
"""


@dataclass(frozen=True)
class Wait:
    """One visit: milliseconds to the first page image, and what had been fetched by then."""

    milliseconds: float
    requests: int
    kilobytes: float
    elements: int
    answered: float


def visit(context: BrowserContext, url: str, image: str) -> Wait:
    """Open ``url`` in a new tab and wait for the picture whose address holds ``image``."""
    page = context.new_page()
    try:
        context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        page.add_init_script(WATCH)
        page.goto(url, wait_until="commit")
        deadline = time.monotonic() + 60
        # Asked again and again: a function left in the page would meet its content policy.
        while not page.evaluate("image => window.paints.some(one => one.url.includes(image))", image):
            if time.monotonic() > deadline:
                raise TimeoutError(url)
            time.sleep(0.1)
        return _read(page, image)
    finally:
        page.close()


def _read(page: Page, image: str) -> Wait:
    told = page.evaluate(
        """image => {
            const at = window.paints.find(one => one.url.includes(image)).at;
            const fetched = performance.getEntriesByType('resource').filter(one => one.responseEnd <= at);
            const [own] = performance.getEntriesByType('navigation');
            return {at, count: 1 + fetched.length, elements: document.querySelectorAll('*').length,
                    answered: own.responseEnd,
                    bytes: fetched.reduce((sum, one) => sum + one.transferSize, own.transferSize)};
        }""",
        image,
    )
    return Wait(told["at"], told["count"], told["bytes"] / 1000, told["elements"], told["answered"])


@contextmanager
def web(home: Path) -> Iterator[str]:
    """``pli web`` on a free port, its address."""
    from pli.project.postgres import free_port

    port = free_port()
    environment = {**os.environ, "PLI_PORT": str(port), "PLI_BASE_URL": f"http://localhost:{port}"}
    with (home / "web.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "pli.project.cli", "web"], env=environment, stdout=log, stderr=log
        )
    try:
        address = f"http://localhost:{port}"
        deadline = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(f"{address}/verify/", timeout=5).read()  # noqa: S310 - our own server
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait(20)


@contextmanager
def static_site(folder: Path) -> Iterator[str]:
    """Files of ``folder`` over HTTP, nothing else."""
    handler = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        return


@dataclass(frozen=True)
class Signer:
    """Who reads: the link's token, the cookie that says the code was typed here, the paper's bytes."""

    token: str
    cookie: dict[str, str]
    sha256: str

    def address(self, site: str) -> str:
        """The reading page."""
        return f"{site}/s/{self.token}/read"


def verified_signer(pages: int) -> Signer:
    """Someone who was asked to sign a document of ``pages`` pages and has typed the code."""
    from pli.signing.api import check_code, device_cookie, enter, open_link, send_code
    from tests.pdf.samples import simple_contract
    from tests.support.ceremonies import JULIE, ask, file_contract, last_code, last_link
    from tests.support.people import make_house
    from tests.support.queue import run_jobs_here

    house = make_house()
    ceremony = ask(house, documents=[file_contract(house, simple_contract(pages))])
    run_jobs_here()
    token = last_link(house, JULIE.email)
    _signer, device = open_link(token)
    session = enter(token, device)
    send_code(session)
    run_jobs_here()
    check_code(session, last_code(house, JULIE.email))
    cookie = {"name": device_cookie(token), "value": device, "path": "/s/", "domain": "localhost"}
    return Signer(token, cookie, ceremony.papers.get().source_sha256)


def phone(browser: Browser, signer: Signer | None = None) -> BrowserContext:
    """A browser that has never been anywhere."""
    context = browser.new_context(**PHONE)
    if signer:
        context.add_cookies([signer.cookie])  # type: ignore[list-item]
    return context


def rounds(times: int, one: Callable[[], Wait]) -> list[Wait]:
    """Repeated visits."""
    return [one() for _ in range(times)]


def fresh_visit(browser: Browser, signer: Signer, site: str, *, before: Callable[[], object]) -> Wait:
    """A phone that never came."""
    before()
    context = phone(browser, signer)
    try:
        return visit(context, signer.address(site), "/page/1")
    finally:
        context.close()


def bare_visit(browser: Browser, site: str) -> Wait:
    """The floor: one page, one picture."""
    context = phone(browser)
    try:
        return visit(context, f"{site}/index.html", "page.jpg")
    finally:
        context.close()


def server_milliseconds(signer: Signer) -> tuple[float, float]:
    """CPU of making the page, by Django alone, and its size in kB."""
    from django.test import Client

    client = Client(HTTP_HOST="localhost")
    client.cookies[signer.cookie["name"]] = signer.cookie["value"]
    spent = []
    for _ in range(6):
        with measured() as cost:
            answer = client.get(f"/s/{signer.token}/read")
        spent.append(cost.cpu * 1000)
    if answer.status_code != 200:
        raise RuntimeError(f"the reading page answered {answer.status_code}")
    return statistics.median(spent[1:]), len(answer.content) / 1000


def median(waits: list[Wait]) -> float:
    """The middle wait, in milliseconds."""
    return statistics.median(wait.milliseconds for wait in waits)


def figures_of(signer: Signer, home: Path, site: str, browser: Browser, times: int) -> dict[str, Any]:
    """All the waits of one signer."""
    cache = home / "cache" / "pages"
    fresh_visit(browser, signer, site, before=lambda: None)  # The server's own first request.
    cold = rounds(
        times,
        lambda: fresh_visit(browser, signer, site, before=lambda: shutil.rmtree(cache, ignore_errors=True)),
    )
    warm = rounds(times, lambda: fresh_visit(browser, signer, site, before=lambda: None))
    context = phone(browser, signer)
    visit(context, signer.address(site), "/page/1")
    again = rounds(times, lambda: visit(context, signer.address(site), "/page/1"))
    context.close()
    server, size = server_milliseconds(signer)
    return {
        "cold_ms": median(cold),
        "warm_ms": median(warm),
        "warm_p95_ms": percentile([wait.milliseconds for wait in warm], 0.95),
        "again_ms": median(again),
        "html_received_ms": statistics.median(wait.answered for wait in warm),
        "server_cpu_ms": server,
        "html_kb": size,
        "requests_before_first_page": warm[0].requests,
        "kb_before_first_page": warm[0].kilobytes,
        "elements": warm[0].elements,
    }


def main() -> None:
    import argparse

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    from tests.support.browser import find_chromium

    with installation() as home, tempfile.TemporaryDirectory() as folder:
        from pli.project.preparation import collect_static

        collect_static()
        signer = verified_signer(options.pages)
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright keeps a loop in this thread.
        with web(home) as site, sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=find_chromium(), args=["--no-sandbox", "--disable-dev-shm-usage"]
            )
            figures = figures_of(signer, home, site, browser, options.rounds)
            picture = max((home / "cache" / "pages").glob("??/*/1-*.jpg"), key=lambda path: path.stat().st_mtime)
            Path(folder, "page.jpg").write_bytes(picture.read_bytes())
            Path(folder, "index.html").write_text(
                "<!doctype html><html lang=fr><meta name=viewport content=width=device-width><title>.</title>"
                '<img src="page.jpg" alt="." width=390>'
            )
            with static_site(Path(folder)) as bare:
                floor = median(rounds(options.rounds, lambda: bare_visit(browser, bare)))
            browser.close()
        report(
            "signing-page",
            figures={"pages": options.pages, "picture_kb": picture.stat().st_size / 1000, **figures},
            floor={"bare_page_ms": floor},
            ratio=figures["warm_ms"] / floor,
        )


if __name__ == "__main__":
    main()
