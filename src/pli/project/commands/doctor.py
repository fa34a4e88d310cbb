"""``pli doctor``: what is well, what is not, what to do."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from pli.kit.checks import CheckState
from pli.kit.errors import PliError
from pli.project.config import config
from pli.project.database import start_django, use_running_database
from pli.project.speech import _, complain, explain, write

_MARKS = {CheckState.OK: "✓", CheckState.WARN: "!", CheckState.FAIL: "✗"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """For scripts."""
    parser.add_argument("--json", action="store_true", help=_("réponse en JSON"))


def run(arguments: argparse.Namespace) -> int:
    """Examine the installation as it stands, running or not; 1 when something has failed."""
    try:
        use_running_database(config())
    except PliError as error:
        complain(explain(error))
    start_django()
    from pli.project.doctor import examine

    found = examine()
    failed = any(check.state is CheckState.FAIL for check in found)
    if arguments.json:
        write(json.dumps({"ok": not failed, "checks": [asdict(check) for check in found]}, ensure_ascii=False))
        return int(failed)
    for check in found:
        write(f"{_MARKS[check.state]} {check.name:<12} {check.sentence}")
        if check.cure and check.state is not CheckState.OK:
            write(f"  {'':<12} → {check.cure}")
    return int(failed)
