"""``pli doctor``: the list of checks. A check is a function without argument that returns one Check or several.

A room adds its own by one line here, ``"package.module:function"``; it is imported only when the doctor runs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from importlib import import_module

from pli.kit.checks import Check, CheckState
from pli.project.speech import _

logger = logging.getLogger(__name__)

CHECKS: tuple[str, ...] = (
    "pli.project.checks:database",
    "pli.project.checks:queue",
    "pli.project.checks:disk",
    "pli.project.checks:home_rights",
    "pli.project.checks:base_url",
    "pli.project.checks:tls_certificate",
    "pli.project.checks:machine_clock",
    "pli.project.keys:check_keys",
    "pli.project.keys:check_timestamps",
    "pli.project.keys:check_sandbox",
    "pli.project.keys:check_messages",
)


def examine(names: Iterable[str] = CHECKS) -> list[Check]:
    """Run every check; one that breaks down is a finding too, and never stops the others."""
    found: list[Check] = []
    for name in names:
        module, _colon, function = name.partition(":")
        try:
            result = getattr(import_module(module), function)()
        except Exception:  # a broken check is a finding: said below, never the end of the examination
            logger.exception("check %s broke down", name)
            found.append(Check(function, CheckState.FAIL, _("Cette vérification n’a pas pu être menée.")))
            continue
        found += [result] if isinstance(result, Check) else list(result)
    return found
