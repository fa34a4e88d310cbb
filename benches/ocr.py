"""Optical recognition of French scans, as a run does it (drawn, straightened, read, in the sandbox), beside bare calls.

The floor is Tesseract alone, by as many processes at once, on the same pictures, already drawn and level: what no
caller of it can beat.
``--documents`` is the number of pages.
"""

from __future__ import annotations

import io
import json
import multiprocessing
import os
import shutil
import statistics
import subprocess
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import tesserocr
from PIL import Image

from benches.harness import arguments, report
from benches.support.processors import cpu_of_sandbox
from benches.support.scans import accuracy, letters, scanned
from pli.kit.sandbox import JobLimits, run_isolated
from pli.kit.sandbox_client import current_server
from pli.pdf.pictures import draw_grey
from pli.pdf.rasterise import opened_document
from pli.pdf.recognition import LANGUAGE_DATA, OCR_DPI, straighten
from pli.processing.wire import read_reading, unpack_lines

PAGES_A_JOB = 4
WORKERS = 2
STEPS = [{"slug": "ocr", "options": {}}]
LIMITS = JobLimits(wall_seconds=300, cpu_seconds=300)


def read(source: bytes, first: int, last: int) -> list[str]:
    """The text of pages ``first`` to ``last``, by the run's own first stage."""
    told: bytes = run_isolated(
        "pli.processing.jobs:read",
        {"first": first, "last": last, "steps": STEPS, "barcodes": False},
        inputs={"source": source},
        limits=LIMITS,
    )
    length = int.from_bytes(told[:4], "big")
    json.loads(told[4 : 4 + length])
    return [read_reading(line).text for line in unpack_lines(told[4 + length :])]


def run(source: bytes, count: int) -> tuple[list[str], float, float]:
    """Every page by two workers; the texts, the seconds on the wall, and the CPU seconds of the sandbox."""
    read(source, 1, 1)  # The fork servers start, and load what they need.
    ranges = [(first, min(first + PAGES_A_JOB - 1, count)) for first in range(1, count + 1, PAGES_A_JOB)]
    _wait_for_children()
    cpu, start = cpu_of_sandbox(), time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        parts = list(pool.map(lambda pages: read(source, *pages), ranges))
    seconds = time.perf_counter() - start
    _wait_for_children()
    return [text for part in parts for text in part], seconds, cpu_of_sandbox() - cpu


def _wait_for_children() -> None:
    """The time a job took is counted once its process is gone."""
    server = current_server().process_id()
    children = Path(f"/proc/{server}/task/{server}/children")
    while children.read_text().strip():
        time.sleep(0.01)


def drawn(source: bytes, count: int) -> list[Image.Image]:
    """The first ``count`` pages as Tesseract is given them: drawn and level."""
    with tempfile.TemporaryFile() as file:
        file.write(source)
        file.flush()
        with opened_document(file) as document:
            return [
                Image.fromarray(straighten(draw_grey(document, number, dpi=OCR_DPI))[0])
                for number in range(1, count + 1)
            ]


def bare(pictures: list[Image.Image]) -> tuple[float, float]:
    """Tesseract alone on one thread, after a first page: CPU seconds a page, and when it began (monotonic)."""
    with tesserocr.PyTessBaseAPI(path=f"{LANGUAGE_DATA}/", lang="fra", oem=tesserocr.OEM.LSTM_ONLY) as api:
        _recognise(api, pictures[0])
        began, cpu = time.monotonic(), time.process_time()
        for picture in pictures:
            _recognise(api, picture)
        return (time.process_time() - cpu) / len(pictures), began


def _recognise(api: tesserocr.PyTessBaseAPI, picture: Image.Image) -> None:
    api.SetImage(picture)
    api.SetSourceResolution(OCR_DPI)
    api.GetUTF8Text()


def bare_at_once(pictures: list[Image.Image]) -> tuple[float, float]:
    """As :func:`bare`, by as many processes at once as there are workers, each the same pages: CPU seconds a page,
    pages a second. Two that run at once share caches and memory: each is slower than alone."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
        waiting = [pool.submit(bare, pictures) for _ in range(WORKERS)]
        told = [one.result() for one in waiting]
        over = time.monotonic()
    seconds = over - min(began for _, began in told)
    return statistics.mean(cpu for cpu, _ in told), len(pictures) * WORKERS / seconds


def command_line(pictures: list[Image.Image]) -> dict[str, float]:
    """What the program ``tesseract`` takes a page, with its threads free, where the machine has it."""
    program = shutil.which("tesseract")
    if program is None:
        return {}
    start, cpu = time.perf_counter(), os.times()
    for picture in pictures:
        written = io.BytesIO()
        picture.save(written, "PNG")
        with tempfile.TemporaryDirectory() as folder:
            page = Path(folder) / "page.png"
            page.write_bytes(written.getvalue())
            command = [
                program,
                str(page),
                "-",
                "--tessdata-dir",
                str(LANGUAGE_DATA),
                "-l",
                "fra",
                "--dpi",
                str(OCR_DPI),
            ]
            subprocess.run(command, capture_output=True, check=True)
    after = os.times()
    spent = after.children_user + after.children_system - cpu.children_user - cpu.children_system
    return {
        "command_line_seconds": (time.perf_counter() - start) / len(pictures),
        "command_line_cpu_seconds": spent / len(pictures),
    }


def main() -> None:
    count = max(4, arguments(__doc__ or "", documents=24).documents)
    texts = letters(count)
    source = scanned(texts)
    found, seconds, cpu = run(source, count)
    scores = [accuracy(truth, text) for truth, text in zip(texts, found, strict=True)]
    sample = min(count, 6)
    pictures = drawn(source, sample)
    floor_seconds, floor_pages = bare_at_once(pictures)
    figures = {
        "pages_per_second": count / seconds,
        "characters_right": statistics.mean(scores),
        "worst_page": min(scores),
        "characters_per_page": statistics.mean(len(text) for text in texts),
        "cpu_seconds_per_page": cpu / count,
        "pages": count,
        "workers": WORKERS,
    }
    floor = {
        "tesseract_cpu_seconds_per_page": floor_seconds,
        "pages_per_second": floor_pages,
        **command_line(pictures[:3]),
    }
    # By CPU time: on a machine that is busy with other things the wall says little.
    report("ocr", figures=figures, floor=floor, ratio=floor_seconds * count / cpu)


if __name__ == "__main__":
    main()
