"""What the set-up says, and how it stops."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


class Stop(Exception):
    """The set-up can't go on; the message is one plain line that says what to do."""


def say(line: str) -> None:
    """One calm line to the person who waits (standard error: standard output belongs to the command)."""
    sys.stderr.write(f"· {line}\n")
    sys.stderr.flush()


def run_quietly(command: list[str], *, cure: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> str:
    """Run ``command``; its output is shown only when it fails.

    :raises Stop: with ``cure``, when it fails or does not exist.
    """
    try:
        done = subprocess.run(
            command,
            env=env,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise Stop(f"{cure} ({error})") from error
    if done.returncode:
        sys.stderr.write(done.stdout[-2000:] + done.stderr[-4000:])
        raise Stop(cure)
    return done.stdout
