"""``ipptool``'s own acceptance files are the judge (PWG, by way of CUPS)."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from tests.capture.ipp.client import Printer
from tests.capture.ipp.conftest import make_pdf

FILES = Path("/usr/share/cups/ipptool")
# Of a printer whose jobs are complete at once (PRINTER.md's counts); skipped ones are optional operations.
EXPECTED = {"ipp-1.1": (33, 33), "ipp-2.0": (34, 33), "ipp-everywhere": (35, 33)}

needs_ipptool = pytest.mark.skipif(
    not shutil.which("ipptool") or not (FILES / "ipp-everywhere.test").exists(),
    reason="no ipptool on this machine: install the package `cups-ipp-utils` to have the printer judged",
)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """The tests beside the documents they name, which Debian leaves out; the last one cut before its raster part."""
    folder = tmp_path / "suite"
    shutil.copytree(FILES, folder)
    for size, points in (("a4", (595.276, 841.89)), ("letter", (612.0, 792.0))):
        (folder / f"document-{size}.pdf").write_bytes(make_pdf("Document", size=points))
        (folder / f"document-{size}.ps").write_text("%!PS-Adobe-3.0\nshowpage\n")
    Image.new("RGB", (400, 300), "red").save(folder / "color.jpg")
    Image.new("L", (400, 300), 128).save(folder / "gray.jpg")
    everywhere = folder / "ipp-everywhere.test"
    everywhere.write_text(everywhere.read_text().partition("# Test printing all sample documents")[0])
    return folder


@needs_ipptool
@pytest.mark.parametrize("name", list(EXPECTED))
def test_ipptool_finds_no_fault(name: str, printer: Printer, suite: Path) -> None:
    done = subprocess.run(
        ["ipptool", "-I", "-V", "2.0", "-t", "-f", str(suite / "document-a4.pdf"), printer.uri, f"{name}.test"],
        cwd=suite, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    # The exit code is 0 even when an included file failed: only the lines count.
    outcomes = re.findall(r"\[(PASS|FAIL|SKIP)\]", done.stdout)
    assert outcomes.count("FAIL") == 0, done.stdout
    assert (outcomes.count("PASS"), outcomes.count("SKIP")) == EXPECTED[name], done.stdout
