"""A print run whose workers are killed with -9 again and again: nothing lost, nothing doubled, every seal valid.

`./bench killed-run --documents N --kills K` (100 kills for the figures of docs/reliability.md).
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benches.harness import report
from benches.print_run import CACHE, make_house, make_steps, send
from benches.support.installation import installation
from benches.support.print_run import cached_run, invoice

RESUMED_WITHIN = 60.0


class Crew:
    """Worker processes, replaced as the supervisor does when they die."""

    def __init__(self, count: int) -> None:
        self._running = [self._start() for _ in range(count)]

    def _start(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "pli.project.cli", "worker"]
        return subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)

    def kill(self, chance: random.Random) -> None:
        """One of them, at once, and another in its place."""
        at = chance.randrange(len(self._running))
        victim = self._running[at]
        victim.send_signal(signal.SIGKILL)
        victim.wait()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(victim.pid, signal.SIGKILL)
        self._running[at] = self._start()

    def end(self) -> None:
        for worker in self._running:
            worker.send_signal(signal.SIGTERM)
        for worker in self._running:
            worker.wait(60)


def kill_during(house: Any, path: Path, *, kills: int, seed: int) -> tuple[list[Any], float, int]:
    """Send the run, again and again, and kill workers meanwhile until the kills are used up.

    The moments of the kills do not wait for a run's start: a run that is over before the first of its moments
    would never be killed, however often it were sent.

    The runs, the longest time from a kill to the next piece filed, and how many were killed.
    """
    from pli.processing.api import RecipeWishes, run_of_capture, save_recipe

    # Repeatable, and nobody's secret.
    chance = random.Random(seed)  # noqa: S311
    recipe = save_recipe(house.alice, RecipeWishes(name="Factures", kind="invoice", steps=make_steps()))
    crew, done, longest, runs = Crew(2), 0, 0.0, []
    next_kill = time.monotonic() + chance.uniform(2, 5)
    try:
        while done < kills:
            capture = send(house, path, recipe, f"run-{len(runs)}")
            progress, since, killed_at = -1, time.monotonic(), 0.0
            while True:
                time.sleep(0.05)
                run = run_of_capture(house.alice, capture.id)
                ended = -1 if run is None else run.pages_read + run.pieces.exclude(state="WAITING").count()
                now = time.monotonic()
                if ended != progress:
                    if killed_at:
                        longest, killed_at = max(longest, now - killed_at), 0.0
                    progress, since = ended, now
                if run is not None and run.state not in ("READING", "MAKING"):
                    break
                if now - since > RESUMED_WITHIN * 3:
                    raise RuntimeError(f"stuck at {progress}: {run and run.state}")
                if done < kills and now >= next_kill:
                    crew.kill(chance)
                    done, killed_at = done + 1, now
                    # A worker needs seconds to start: killed faster than that, none would ever work.
                    since, next_kill = now, now + chance.uniform(1, 9)
            runs.append(run)
    finally:
        crew.end()
    return runs, longest, done


def judge(house: Any, runs: list[Any], count: int) -> dict[str, int]:
    """What was lost, doubled, broken or left behind.

    :raises RuntimeError: when anything was lost, doubled or broken.
    """
    from django.conf import settings

    from pli.documents.api import Blob, Document, existing_blob_path
    from pli.journal.api import Event
    from pli.signing.api import trust_store
    from pli.trust.api import verify_pdf

    roots, wrong = trust_store().roots(), []
    for run in runs:
        pieces = list(run.pieces.order_by("position"))
        if [piece.key for piece in pieces] != [invoice(rank).number for rank in range(1, count + 1)]:
            wrong.append("pieces lost or doubled")
        wrong += [f"{piece.state} {piece.problem}" for piece in pieces if piece.state != "DONE"]
    documents = Document.objects.filter(organisation_id=house.organisation.id)
    if documents.count() != count * len(runs) or len({p.document_id for r in runs for p in r.pieces.all()}) != (
        count * len(runs)
    ):
        wrong.append(f"{documents.count()} documents of {count * len(runs)}")
    if Event.objects.filter(name="documents.document-filed").count() != count * len(runs):
        wrong.append("events lost or doubled")
    files = [existing_blob_path(document.renditions.get().blob_id) for document in documents]
    # Each is judged in a process of its own: as many at once as there are processors.
    with ThreadPoolExecutor(os.cpu_count()) as judges:
        verdicts = list(judges.map(lambda file: verify_pdf(file, roots=roots), files))
    for document, verdict in zip(documents, verdicts, strict=True):
        if verdict.verdict != "TOTAL_PASSED" or len(verdict.signatures) != 1:
            wrong.append(f"seal of {document.title}: {verdict.verdict} {verdict.reason}")
    kept = [path for path in (Path(settings.PLI_HOME) / "blobs").rglob("*") if path.is_file()]
    wrong += [f"half-written {path.name}" for path in kept if _digest(path) != path.name]
    if wrong:
        raise RuntimeError("; ".join(wrong[:10]))
    known = set(Blob.objects.values_list("sha256", flat=True))
    return {"documents": documents.count(), "files_without_row": sum(path.name not in known for path in kept)}


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=300)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20261122)
    parser.add_argument("--tables", type=Path, help="a file of SQL that stands for the migrations")
    options = parser.parse_args()
    CACHE.mkdir(exist_ok=True)
    path = cached_run(CACHE, options.documents)
    with installation(options.tables):
        from django.db import connections

        house = make_house()
        runs, longest, kills = kill_during(house, path, kills=options.kills, seed=options.seed)
        found = judge(house, runs, options.documents)
        connections.close_all()
    figures = {"kills": kills, "runs": len(runs), "longest_pause_s": longest, **found, "lost": 0, "doubled": 0}
    report("killed-run", figures=figures, floor={"allowed_pause_s": RESUMED_WITHIN}, ratio=longest / RESUMED_WITHIN)


if __name__ == "__main__":
    main()
