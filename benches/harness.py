"""What every bench shares: repeated runs, CPU time, a floor measured in the same run, one JSON object as last line.

The last line holds ``name``, ``figures`` (what Pli does), ``floor`` (the least this machine could do it for, measured
in the same run) and ``ratio`` (figure ÷ floor, what is compared from one machine to another), besides ``machine``.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass
class Cost:
    """What a piece of work took: seconds on the wall, seconds of CPU of this process and its ended children, MB."""

    wall: float = 0.0
    cpu: float = 0.0
    peak_megabytes: float = 0.0


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


@contextmanager
def serving(command: str, knock: Callable[[], AbstractContextManager[object]]) -> Iterator[subprocess.Popen[bytes]]:
    """``pli COMMAND`` in a process group of its own, from when ``knock`` no longer raises OSError to the end."""
    process = subprocess.Popen([sys.executable, "-m", "pli.project.cli", command], start_new_session=True)
    try:
        for _ in range(600):
            with suppress(OSError), knock():
                break
            time.sleep(0.1)
        yield process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(15)


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure the block; the cost is filled when it ends (peak memory is the process's since its start)."""
    cost = Cost()
    cpu, wall = _cpu(), time.perf_counter()
    yield cost
    cost.wall, cost.cpu = time.perf_counter() - wall, _cpu() - cpu
    cost.peak_megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def median_cost(work: Callable[[], object], *, runs: int = 5, warm_up: int = 1) -> Cost:
    """The median of ``runs`` runs, after ``warm_up`` that don't count (caches, imports, connections)."""
    for _ in range(warm_up):
        work()
    costs = []
    for _ in range(runs):
        with measured() as cost:
            work()
        costs.append(cost)
    return Cost(
        wall=statistics.median(cost.wall for cost in costs),
        cpu=statistics.median(cost.cpu for cost in costs),
        peak_megabytes=max(cost.peak_megabytes for cost in costs),
    )


def percentile(values: list[float], share: float) -> float:
    """The value below which ``share`` (0 to 1) of ``values`` lie, by the nearest-rank rule."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def machine() -> dict[str, Any]:
    """What the figures were measured on."""
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return {
        "cpus": len(os.sched_getaffinity(0)),
        "model": model,
        "memory_gb": round(pages / 1e9, 1),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 2),
    }


def arguments(description: str, *, documents: int, **more: int) -> argparse.Namespace:
    """The options every bench takes: ``--documents N`` shrinks or grows it; ``more`` are numbers of one bench alone."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--documents", type=int, default=documents, metavar="N")
    for name, value in more.items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value, metavar="N")
    return parser.parse_args()


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, dict):
        return {name: _rounded(inner) for name, inner in value.items()}
    return value


def report(name: str, *, figures: dict[str, Any], floor: dict[str, Any], ratio: float) -> None:
    """Print the one line that scripts read; call it last."""
    line = {"name": name, "figures": figures, "floor": floor, "ratio": ratio, "machine": machine()}
    sys.stdout.write(json.dumps(_rounded(line), ensure_ascii=False) + "\n")
    sys.stdout.flush()
