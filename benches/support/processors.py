"""CPU time of processes other than ours, read from /proc."""

from __future__ import annotations

import os
from pathlib import Path

from pli.kit.sandbox_client import current_server

_TICK = os.sysconf("SC_CLK_TCK")


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and of its ended children (to the kernel's tick, 10 ms: measure many calls)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICK


def cpu_of_sandbox() -> float:
    """CPU seconds of the sandbox's server and of its ended children."""
    return cpu_of(current_server().process_id())


def memory_of(pid: int) -> dict[str, float]:
    """Megabytes a process holds: resident, and its fair share of what it shares (PSS)."""
    found = {}
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, rest = line.partition(":")
        if name in ("Rss", "Pss"):
            found[name.lower()] = int(rest.split()[0]) / 1024
    return found
