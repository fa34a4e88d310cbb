"""A print run whose workers are killed: a few times here, a hundred by `./bench killed-run`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.template import write_tables

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.faults
@pytest.mark.timeout(400)
def test_a_killed_run_loses_and_doubles_nothing(tmp_path: Path) -> None:
    options = ["--documents", "120", "--kills", "4", "--tables", str(write_tables(tmp_path / "tables.sql"))]
    command = [sys.executable, "-W", "ignore", "-m", "benches.killed_run", *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    figures = json.loads(done.stdout.splitlines()[-1])["figures"]
    assert figures["kills"] == 4
    assert figures["longest_pause_s"] <= 60
