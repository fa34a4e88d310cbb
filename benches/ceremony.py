"""What a signer's signature costs the server: the ceremony's own path, part by part, beside pyHanko on the same work.

The path is the one of production: the mark is drawn, the revision written in the sandbox and sealed at B-T, the file
stored durably, the rows and the event written to PostgreSQL. Only the request before it (link, code, answer) is left
out, and the evidence record, which follows once per signer, is told apart.
"""

from __future__ import annotations

import logging
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

from benches.harness import arguments, percentile, report
from benches.support.installation import installation
from benches.support.processors import cpu_of, cpu_of_sandbox
from benches.support.rivals import pyhanko_signature

# What a part is called here, and the function of pli.signing's sealing rooms that does it.
PARTS = {"mark": "_mark", "seal": "seal_revision", "store": "store_file", "rows": "keep_revision"}
PAGES = 6


class Parts:
    """CPU seconds by part: ours by the clock of this process, the sandbox's and PostgreSQL's by the kernel's tick."""

    def __init__(self, backend: int) -> None:
        self.ours: dict[str, list[float]] = defaultdict(list)
        self.wall: list[float] = []
        self._backend = backend
        self._beside = (0.0, 0.0)

    def watch(self, *modules: Any) -> None:
        """Time the functions of ``modules`` that make up the path, without changing what they do."""
        for part, name in PARTS.items():
            module = next(module for module in modules if hasattr(module, name))
            setattr(module, name, self._timed(part, getattr(module, name)))

    def _timed(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*words: Any, **named: Any) -> Any:
            start = time.process_time()
            try:
                return function(*words, **named)
            finally:
                self.ours[part].append(time.process_time() - start)

        return timed

    def whole(self, work: Callable[[], object], part: str = "all") -> None:
        """One run of the whole path."""
        wall, start = time.perf_counter(), time.process_time()
        work()
        self.ours[part].append(time.process_time() - start)
        self.wall.append(time.perf_counter() - wall)

    def start_beside(self) -> None:
        """From here on the sandbox's and PostgreSQL's time count."""
        self._beside = cpu_of_sandbox(), cpu_of(self._backend)

    def beside(self, count: int) -> tuple[float, float]:
        """Milliseconds per run of the sandbox and of PostgreSQL since ``start_beside``."""
        sandbox, database = cpu_of_sandbox(), cpu_of(self._backend)
        return (sandbox - self._beside[0]) / count * 1000, (database - self._beside[1]) / count * 1000

    def milliseconds(self, part: str) -> float:
        """The median of our own process's part."""
        return statistics.median(self.ours[part]) * 1000


def signed_ceremonies(count: int) -> list[UUID]:
    """Requests whose only signer has just drawn and placed a signature: nothing is sealed yet."""
    from pli.signing.api import Signer, sign
    from tests.pdf.samples import simple_contract
    from tests.support.ceremonies import JULIE, answer_of, ask, file_contract, reach
    from tests.support.people import make_house
    from tests.support.queue import run_jobs_here

    house = make_house()
    found = []
    for number in range(count):
        contract = file_contract(house, simple_contract(PAGES, title=f"Contrat {number}"))
        ceremony = ask(house, documents=[contract])
        session = reach(house, JULIE.email, run_jobs_here)
        signer = Signer.objects.get(id=session.signer_id)
        sign(session, answer_of(signer, typed="Julie Martin" if number % 2 else ""))
        _forget_sealing_jobs()
        found.append(ceremony.id)
    return found


def _forget_sealing_jobs() -> None:
    """Or the jobs run for the next request would seal this one."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE task_name = 'signing.seal'")


def measure(ids: list[UUID]) -> dict[str, float]:
    """Seal each ceremony, then make its evidence record; milliseconds of CPU per signature."""
    from django.db import connection

    from pli.kit.clock import SYSTEM_CLOCK
    from pli.signing import revision_requests, sealing
    from pli.signing.api import Ceremony
    from pli.signing.evidence import make_evidence

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        parts = Parts(int(cursor.fetchone()[0]))

    def seal(identity: UUID) -> None:
        ceremony = Ceremony.objects.select_related("organisation").get(id=identity)
        for signer in ceremony.signers.order_by("position"):
            for paper in ceremony.papers.order_by("position"):
                sealing._seal_one(ceremony, paper, signer, SYSTEM_CLOCK)

    def prove(identity: UUID) -> None:
        make_evidence(Ceremony.objects.get(id=identity).signers.get(), clock=SYSTEM_CLOCK)

    seal(ids[0])  # Fonts, keys, the sandbox: what the first signature of a process pays.
    prove(ids[0])
    parts.watch(sealing, revision_requests)
    parts.start_beside()
    for identity in ids[1:]:
        parts.whole(lambda identity=identity: seal(identity))  # type: ignore[misc]
    sandbox, database = parts.beside(len(ids) - 1)
    figures = {f"{part}_ms": parts.milliseconds(part) for part in PARTS}
    ours, wall = parts.milliseconds("all"), list(parts.wall)
    parts.start_beside()
    for identity in ids[1:]:
        parts.whole(lambda identity=identity: prove(identity), "evidence")  # type: ignore[misc]
    evidence = parts.milliseconds("evidence") + parts.beside(len(ids) - 1)[0]
    return {
        "signature_ms": ours + sandbox,
        **figures,
        "other_queries_ms": ours - sum(figures.values()),
        "sandbox_ms": sandbox,
        "postgres_ms": database,
        "wall_p50_ms": statistics.median(wall) * 1000,
        "wall_p95_ms": percentile(wall, 0.95) * 1000,
        "evidence_record_ms": evidence,
    }


def median_milliseconds(work: Callable[[], object], count: int) -> float:
    """Median CPU of one call, after one that does not count."""
    work()
    spent = []
    for _ in range(count):
        start = time.process_time()
        work()
        spent.append(time.process_time() - start)
    return statistics.median(spent) * 1000


def rivals(ids: list[UUID], folder: Path) -> dict[str, float]:
    """pyHanko alone, in memory, on the same contract, mark, key and timestamp authority; the mark already drawn."""
    from pli.documents.api import existing_blob_path
    from pli.signing.api import Ceremony
    from pli.signing.keys import seal_of, timestamps_of
    from pli.signing.models import Placement
    from pli.signing.revision_requests import _mark

    ceremony = Ceremony.objects.select_related("organisation").get(id=ids[0])
    paper, signer = ceremony.papers.get(), ceremony.signers.get()
    mark = folder / "mark.pdf"
    mark.write_bytes(_mark(ceremony, signer, Placement.objects.get(signer=signer), ceremony.created_at, (), None))
    contract = existing_blob_path(paper.source_sha256).read_bytes()
    seal, service = seal_of(ceremony.organisation), timestamps_of(ceremony.organisation)
    kept = pyhanko_signature(contract, seal, keeps_key=True, timestamps=service, mark=mark)
    stock = pyhanko_signature(contract, seal, keeps_key=False, timestamps=service, mark=mark)
    return {
        "pyhanko_key_kept_ms": median_milliseconds(kept, len(ids)),
        "pyhanko_stock_ms": median_milliseconds(stock, 5),
        "rsa_3072_ms": median_milliseconds(lambda: [seal.sign(b"x" * 200) for _ in range(20)], 5) / 20,
    }


def main() -> None:
    options = arguments(__doc__ or "", documents=30)
    logging.disable(logging.WARNING)
    with installation(), tempfile.TemporaryDirectory() as folder:
        ids = signed_ceremonies(max(3, options.documents) + 1)
        figures = measure(ids)
        floor = rivals(ids, Path(folder))
        figures["stock_pyhanko_over_pli"] = floor["pyhanko_stock_ms"] / figures["signature_ms"]
        report("ceremony", figures=figures, floor=floor, ratio=figures["signature_ms"] / floor["pyhanko_key_kept_ms"])
        with suppress(ImportError):
            from django.db import connections

            connections.close_all()


if __name__ == "__main__":
    main()
