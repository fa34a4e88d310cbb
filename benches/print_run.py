"""A print run through the whole product: captured, read, cut, indexed, PDF/A-1b, sealed RSA-3072, stored, committed.

Invoices of two pages with embedded fonts and a logo, as an ERP prints them, from the moment their bytes arrive to all
of them findable documents. The workers are those `./run` starts; the database flushes as in production. The floor is
the least each document costs: one bare RSA-3072 signature, its text extracted, its bytes hashed, on all processors.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from benches.harness import arguments, percentile, report
from benches.support.installation import installation
from benches.support.print_run import DATE_ZONE, NUMBER_ZONE, cached_run, invoice
from benches.support.processors import cpu_of

CACHE = Path(tempfile.gettempdir()) / "pli-bench-runs"
PAGES = ("/office/documents/", "/office/documents/?q=F2026-00007", "/office/")
WARM = 200
"""Documents of the run before: every worker has then begun, as in a house that has been at work since morning."""


def make_steps() -> list[dict[str, Any]]:
    """The recipe, with the steps that are installed."""
    from pli.processing.api import STEPS

    rules = [
        {"field": "number", "how": "zone", "box": NUMBER_ZONE, "page": 1},
        {"field": "date", "how": "zone", "box": DATE_ZONE, "page": 1},
        {"field": "total", "how": "anchor", "anchor": "Total TTC", "side": "right", "page": -1},
    ]
    split = {"by": "changing-text", "box": NUMBER_ZONE, "pattern": r"F\d{4}-\d+"}
    wanted: list[dict[str, Any]] = [
        {"slug": "split", "options": split},
        {"slug": "index", "options": {"rules": rules}},
        {"slug": "pdfa", "options": {"part": "1b"}},
        {"slug": "seal", "options": {}},
    ]
    return [step for step in wanted if step["slug"] in STEPS.all()]


@contextlib.contextmanager
def workers(count: int) -> Iterator[list[int]]:
    """``count`` worker processes, as the supervisor starts them."""
    command = [sys.executable, "-m", "pli.project.cli", "worker"]
    started = [subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL) for _ in range(count)]
    try:
        yield [process.pid for process in started]
    finally:
        for process in started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
        for process in started:
            process.wait(30)


def descendants(pid: int) -> list[int]:
    """A process and all below it."""
    found, waiting = [], [pid]
    while waiting:
        current = waiting.pop()
        found.append(current)
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{current}/task").iterdir():
                waiting += [int(child) for child in (task / "children").read_text().split()]
    return found


class Watch(threading.Thread):
    """While a run goes on: the peak memory of every process; and with ``client`` how long pages take to a person who
    asks for one each second. What that costs is not the run's: it is told apart, of a run of its own."""

    def __init__(self, pids: list[int], client: Any = None) -> None:
        super().__init__(daemon=True)
        self.pids, self.client = pids, client
        self.peak_megabytes, self.waits = 0.0, []
        self._over = threading.Event()

    def run(self) -> None:
        turn = 0
        while not self._over.wait(1):
            for pid in self.pids:
                for process in descendants(pid):
                    self.peak_megabytes = max(self.peak_megabytes, peak_of(process))
            if self.client is None:
                continue
            turn += 1
            began = time.perf_counter()
            if self.client.get(PAGES[turn % len(PAGES)]).status_code == 200:
                self.waits.append((time.perf_counter() - began) * 1000)

    def stop(self) -> None:
        self._over.set()
        self.join()


def peak_of(pid: int) -> float:
    """Megabytes a process has held at most."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def cpu_seconds(home: Path, pids: list[int]) -> dict[str, float]:
    """CPU spent so far: by the workers themselves, by what they run in the sandbox, by the database."""
    database = int(next(home.parent.glob("postgres/**/postmaster.pid")).read_text().split()[0])
    below = [process for pid in pids for process in descendants(pid)[1:]]
    parts = {"worker": pids, "sandbox": below, "database": descendants(database)}
    totals = dict.fromkeys(parts, 0.0)
    for name, processes in parts.items():
        for process in processes:
            with contextlib.suppress(OSError):
                totals[name] += cpu_of(process)
    return totals


def floor_of(part: tuple[str, int, int]) -> float:
    """CPU-bound least of documents ``first`` to ``last`` of the run, in one process: seconds."""
    import hashlib

    import pypdfium2
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    path, first, last = part
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    document = pypdfium2.PdfDocument(path)
    sample = os.urandom(35_000)
    began = time.perf_counter()
    for rank in range(first, last):
        for page in (2 * rank, 2 * rank + 1):
            sheet = document[page]
            sheet.get_textpage().get_text_range()
            sheet.close()
        key.sign(hashlib.sha256(sample).digest(), padding.PKCS1v15(), hashes.SHA256())
    return time.perf_counter() - began


def floor_per_minute(path: Path, documents: int, processes: int) -> float:
    """Documents a minute of the floor, on all processors at once."""
    count = max(1, min(documents, 1000) // processes)
    parts = [(str(path), rank * count, (rank + 1) * count) for rank in range(processes)]
    with ProcessPoolExecutor(processes) as pool:
        seconds = max(pool.map(floor_of, parts))
    return count * processes / seconds * 60


def make_house(clients: int = 50) -> Any:
    """A company with the clients of the run."""
    from pli.parties.api import Party, PartyKind
    from tests.support.people import make_house as make

    house = make("banc")
    Party.objects.bulk_create(
        Party(
            organisation=house.organisation,
            kind=PartyKind.CLIENT,
            code=paper.client_code,
            name=paper.client_name,
        )
        for paper in (invoice(rank, clients=clients) for rank in range(clients, 2 * clients))
    )
    return house


def send(house: Any, path: Path, recipe: Any, key: str) -> Any:
    """The bytes arrive: stored, captured, acknowledged."""
    from pli.capture.api import Wishes, receive
    from pli.documents.api import store_file

    return receive(
        house.alice,
        channel="cli",
        stored=store_file(path),
        file_name=path.name,
        source_key=key,
        wishes=Wishes(kind="invoice", recipe_id=recipe.id),
    )[0]


def wait_for(house: Any, capture: Any, limit: float) -> Any:
    """The run of a capture, once it is over."""
    from pli.processing.api import run_of_capture

    until = time.monotonic() + limit
    while time.monotonic() < until:
        run = run_of_capture(house.alice, capture.id)
        if run is not None and run.state not in ("READING", "MAKING"):
            return run
        time.sleep(0.1)
    raise RuntimeError("the run did not end")


def check_documents(house: Any, run: Any, count: int) -> None:
    """Every invoice is a document, found by its number, under its client where the recipe says so.

    :raises RuntimeError: otherwise.
    """
    from pli.documents.api import DocumentFilter, search_documents
    from pli.processing.api import run_progress

    progress = run_progress(run)
    if progress.pieces["DONE"] != count:
        problems = run.pieces.exclude(state="DONE").values_list("problem_code", "problem")[:3]
        raise RuntimeError(f"{progress.pieces}: {list(problems)} {run.problem_code} {run.problem}")
    number = invoice(count).number
    found = search_documents(house.alice, DocumentFilter(text=number)).items
    if not any(document.facts.get("number", number) == number and number in document.title for document in found):
        raise RuntimeError(f"{number} is not found")


def timed(house: Any, watch: Watch, start: Callable[[], Any], documents: int) -> tuple[float, Any, Watch]:
    """Seconds from the arrival of the bytes to the last document, the run, and what was seen meanwhile."""
    watch.start()
    began = time.perf_counter()
    run = wait_for(house, start(), 60 + documents)
    seconds = time.perf_counter() - began
    watch.stop()
    return seconds, run, watch


def main() -> None:
    options = arguments(__doc__ or "", documents=1000)
    CACHE.mkdir(exist_ok=True)
    path = cached_run(CACHE, options.documents)
    warm, again = cached_run(CACHE, WARM), cached_run(CACHE, options.documents, first=options.documents + 1)
    processes = max(2, min(4, len(os.sched_getaffinity(0))))
    with installation() as home:
        from django.db import connections
        from django.test import Client

        from pli.parties.api import Account
        from pli.processing.api import RecipeWishes, save_recipe

        house = make_house()
        recipe = save_recipe(house.alice, RecipeWishes(name="Factures", kind="invoice", steps=make_steps()))
        client = Client(HTTP_HOST="localhost")
        client.force_login(Account.objects.get(id=house.alice.account_id))
        for page in PAGES:  # As of a server that has answered before.
            client.get(page)
        with workers(processes) as pids:
            check_documents(house, wait_for(house, send(house, warm, recipe, "warm"), 120), WARM)
            before = cpu_seconds(home, pids)
            seconds, run, watch = timed(house, Watch(pids), lambda: send(house, path, recipe, "run"), options.documents)
            after = cpu_seconds(home, pids)
            visited, second, visit = timed(
                house, Watch(pids, client), lambda: send(house, again, recipe, "visited"), options.documents
            )
        check_documents(house, run, options.documents)
        check_documents(house, second, options.documents)
        least = floor_per_minute(path, options.documents, len(os.sched_getaffinity(0)))
        connections.close_all()
    rate = options.documents / seconds * 60
    figures = {
        "documents_per_minute": rate,
        "documents": options.documents,
        "seconds": seconds,
        "seconds_to_cut": (run.split_at - run.started_at).total_seconds(),
        **{f"{name}_cpu_ms": (after[name] - before[name]) / options.documents * 1000 for name in after},
        "visited_documents_per_minute": options.documents / visited * 60,
        "pages_p95_ms": percentile(visit.waits, 0.95) if visit.waits else 0.0,
        "pages": len(visit.waits),
        "peak_megabytes": max(watch.peak_megabytes, visit.peak_megabytes),
        "steps": [step["slug"] for step in make_steps()],
    }
    report("print-run", figures=figures, floor={"documents_per_minute": least}, ratio=rate / least)


if __name__ == "__main__":
    main()
