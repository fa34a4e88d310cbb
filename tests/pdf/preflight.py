"""PDFBox Preflight, a second opinion on PDF/A-1b by people who never saw our code."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from defusedxml import ElementTree as ET

_JARS = ("preflight", "pdfbox2", "fontbox2", "xmpbox", "javax.activation", "jaxb-api", "commons-logging")
_FOLDER = Path("/usr/share/java")


def require_preflight() -> None:
    """Skip the test where PDFBox is not installed."""
    missing = [name for name in _JARS if not (_FOLDER / f"{name}.jar").exists()]
    if shutil.which("java") is None or missing:
        pytest.skip(f"PDFBox Preflight is not on this machine (Debian: libpdfbox2-java); missing: {missing or 'java'}")


def preflight(files: Mapping[str, bytes], folder: Path) -> dict[str, list[str]]:
    """What Preflight says of each file: nothing when it is a valid PDF/A-1b. One Java machine for all."""
    paths = []
    for name, data in files.items():
        path = folder / f"{name}.pdf"
        path.write_bytes(data)
        paths.append(path)
    listed = folder / "files.txt"
    listed.write_text("\n".join(map(str, paths)) + "\n")
    subprocess.run(
        [
            "java", "-cp", ":".join(str(_FOLDER / f"{name}.jar") for name in _JARS),
            "org.apache.pdfbox.preflight.Validator_A1b", "xml", "group", str(listed),
        ],
        check=False, capture_output=True, timeout=200,
    )  # fmt: skip
    told: dict[str, list[str]] = {}
    for entry in ET.parse(f"{listed}.preflight.xml").getroot().iter("preflight"):
        problems = [f"{item.findtext('code')} {item.findtext('details')}" for item in entry.iter("error")]
        if entry.findtext("isValid") != "true" and not problems:
            problems = ["not valid, without a reason"]
        told[str(entry.get("name")).removesuffix(".pdf")] = problems
    return told
