"""The norm's own schematron, as XSLT 2 by Saxon, in a process of its own. Slow (seconds): for checks on demand, not for
runs; it needs what the sandbox refuses (more address space than a job has, ``/proc``)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Literal

Profile = Literal["en16931", "basic", "extended", "ubl"]
_SECONDS = 120


class SchematronFailed(RuntimeError):
    """The check itself did not come to an end: nothing is known of the invoice."""


def check_schematron(xml: bytes, profile: Profile = "en16931") -> list[str]:
    """What the schematron finds wrong, as « [BR-CO-15]-… »; empty when the invoice keeps every rule.

    :raises SchematronFailed: Saxon did not answer. Silence is never taken for a pass.
    """
    command = [sys.executable, "-I", "-X", "utf8", "-m", "pli.processing.invoices.schematron_process", profile]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and module
            command, input=xml, capture_output=True, timeout=_SECONDS, check=False, env={}, cwd=os.sep
        )
        told = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        raise SchematronFailed(profile) from None
    if done.returncode != 0 or "broken" not in told:
        raise SchematronFailed(str(told)[:200])
    return [str(one) for one in told["broken"]]
