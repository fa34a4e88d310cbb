"""What a seal costs: the mass path and the ceremony path beside the bare RSA-3072 signature and stock pyHanko."""

from __future__ import annotations

import io
import logging
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pikepdf
from reportlab.pdfgen import canvas

from benches.harness import arguments, report
from benches.support.processors import cpu_of_sandbox
from benches.support.rivals import pyhanko_signature
from pli.trust.api import LocalTimestamps, SealRequest, TrustStore, seal_bytes, seal_revision

ROUNDS = 5


def make_pdf(pages: int) -> bytes:
    out = io.BytesIO()
    pen = canvas.Canvas(out)
    for page in range(pages):
        for line in range(40):
            pen.drawString(60, 800 - line * 18, f"Article {page + 1}.{line} : le prestataire livre dans les délais")
        pen.showPage()
    pen.save()
    return out.getvalue()


def milliseconds(work: Callable[[], object], count: int, *, sandboxed: bool = False) -> float:
    """Median over rounds of the CPU milliseconds one call takes, the sandbox's included."""
    work()
    rounds = []
    for _ in range(ROUNDS):
        beside = cpu_of_sandbox() if sandboxed else 0.0
        start = time.process_time()
        for _ in range(count):
            work()
        spent = time.process_time() - start + (cpu_of_sandbox() - beside if sandboxed else 0.0)
        rounds.append(spent / count * 1000)
    return statistics.median(rounds)


def mass(document: bytes, request: SealRequest, count: int) -> float:
    """As milliseconds(), the opening of the documents left out: the mass path seals what was just made."""
    rounds = []
    for _ in range(ROUNDS):
        opened = [pikepdf.open(io.BytesIO(document)) for _ in range(count)]
        start = time.process_time()
        for item in opened:
            seal_bytes(item, request)
        rounds.append((time.process_time() - start) / count * 1000)
    return statistics.median(rounds)


def main() -> None:
    options = arguments(__doc__ or "", documents=60)
    logging.disable(logging.WARNING)
    count = max(5, options.documents // ROUNDS)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        store = TrustStore(home)
        seal = store.ensure_seal(uuid4(), name="Banc d’essai", siren="")
        timestamps = LocalTimestamps(store)
        invoice, contract = make_pdf(2), make_pdf(6)
        (home / "contract.pdf").write_bytes(contract)
        plain = SealRequest(
            identity=seal, timestamps=None, level="B-B", field_name="Cachet", signed_at=datetime.now(UTC)
        )
        dated = SealRequest(
            identity=seal, timestamps=timestamps, level="B-T", field_name="S", signed_at=datetime.now(UTC),
            mark_pdf=make_pdf(1), box=(100, 100, 300, 180),
        )  # fmt: skip
        bare = milliseconds(lambda: seal.sign(b"x" * 200), count * 10)
        figures = {
            "mass_ms": mass(invoice, plain, count * 4),
            "mass_timestamped_ms": mass(invoice, dated, count * 4),
            "ceremony_ms": milliseconds(
                lambda: seal_revision(home / "contract.pdf", home / "sealed.pdf", dated), count, sandboxed=True
            ),
            "pyhanko_stock_ms": milliseconds(pyhanko_signature(contract, seal, keeps_key=False), max(2, count // 6)),
            "pyhanko_key_kept_ms": milliseconds(pyhanko_signature(contract, seal, keeps_key=True), count),
        }
        figures["mass_per_second"] = 1000 / figures["mass_ms"]
        floor = {"rsa_3072_ms": bare, "rsa_3072_per_second": 1000 / bare}
        report("seal", figures=figures, floor=floor, ratio=figures["mass_ms"] / bare)


if __name__ == "__main__":
    main()
