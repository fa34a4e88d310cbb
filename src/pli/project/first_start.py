"""What is done once in the life of an installation, after the migrations and before anything serves."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.project.home import write_atomically


@dataclass(frozen=True)
class Step:
    """One step: ``function`` is ``module:name``, called with PLI_HOME.

    It must bear being called again after a crash in its middle; it is never called again once it returned, except
    when ``is_repeated`` (made sure of at every start). ``only_demonstration``: only under ``./run``.
    """

    name: str
    function: str
    is_repeated: bool = False
    only_demonstration: bool = False

    def load(self) -> Callable[[Path], object]:
        """The function itself."""
        module, _, name = self.function.partition(":")
        loaded: Callable[[Path], object] = getattr(import_module(module), name)
        return loaded


# In this order. The demonstration comes last.
STEPS: tuple[Step, ...] = (
    Step("trust", "pli.project.keys:make_keys", is_repeated=True),
    Step("demonstration", "pli.project.demonstration:make_demonstration", only_demonstration=True),
    Step(
        "addresses",
        "pli.project.demonstration:refresh_addresses",
        is_repeated=True,
        only_demonstration=True,
    ),
)


def run_first_start(
    home: Path, *, demonstration: bool, steps: tuple[Step, ...] = STEPS, clock: Clock = SYSTEM_CLOCK
) -> list[str]:
    """Do the steps that are due; the names of those done now. Remembered in ``first_start.json``."""
    record = home / "first_start.json"
    done: dict[str, str] = json.loads(record.read_text()) if record.exists() else {}
    ran = []
    for step in steps:
        if (step.name in done and not step.is_repeated) or (step.only_demonstration and not demonstration):
            continue
        step.load()(home)
        ran.append(step.name)
        if step.name not in done:
            done[step.name] = clock.now().isoformat()
            write_atomically(record, json.dumps(done, indent=1))
    return ran
