"""Runs pytest and closes with plain lines: what was skipped and why, then one line of counts."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

from bootstrap.debian import Need

# pytest's code for « no test was collected ».
_NO_TESTS = 5


def _count(report: Path) -> tuple[Counter[str], Counter[str]]:
    """Outcomes, and the reasons of what was skipped, from pytest's JUnit report (our own file, just written)."""
    outcomes: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for case in ET.parse(report).getroot().iter("testcase"):  # noqa: S314
        if case.find("failure") is not None or case.find("error") is not None:
            outcomes["failed"] += 1
        elif (skipped := case.find("skipped")) is not None:
            outcomes["skipped"] += 1
            reasons[skipped.get("message") or "no reason given"] += 1
        else:
            outcomes["passed"] += 1
    return outcomes, reasons


def run_pytest(arguments: list[str], root: Path, python: Path, environ: dict[str, str], missing: list[Need]) -> int:
    """Run the tests; the exit code is pytest's, and a run without any test is a failure."""
    report = root / "build" / "test-results.xml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.unlink(missing_ok=True)
    is_told = any(argument.startswith(("-n", "--numprocesses")) for argument in arguments)
    # A third would find no processor free: what waits for a browser waits for one that draws.
    parallel = [] if is_told else ["-n", "2", "--dist", "worksteal"]
    command = [str(python), "-m", "pytest", *parallel, f"--junitxml={report}", *arguments]
    # A terminal's or a caller's own Pli must not be what the tests talk to.
    own = ("PLI_", "DJANGO_", "PYTHONDONTWRITEBYTECODE")  # The last: pytest would rewrite every test at each start.
    environ = {name: value for name, value in environ.items() if not name.startswith(own)}
    status = subprocess.run(command, cwd=root, env=environ, check=False).returncode
    sys.stdout.write("\n")
    for need in missing:
        sys.stdout.write(f"missing on this machine: {need.package} ({need.without})\n")
    if not report.exists():
        sys.stdout.write("tests: 0 passed, 1 failed\n")
        return status or 1
    outcomes, reasons = _count(report)
    for reason, count in reasons.most_common():
        sys.stdout.write(f"skipped ×{count}: {reason}\n")
    if status == _NO_TESTS:
        sys.stdout.write("no test was found\n")
    sys.stdout.write(
        f"tests: {outcomes['passed']} passed, {outcomes['failed']} failed, {outcomes['skipped']} skipped\n"
    )
    return status
