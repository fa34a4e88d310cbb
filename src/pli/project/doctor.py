"""``pli doctor``: the list of checks. A check is a function without argument that returns one Check or several.

A room adds its own by one line here, ``"package.module:function"``; it is imported only when the doctor runs.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from uuid import UUID

from django.db import connections
from django.utils import translation

from pli.kit.checks import Check, CheckState
from pli.project.keys import check_keys_of
from pli.project.speech import _, speaking

logger = logging.getLogger(__name__)

CHECKS: tuple[str, ...] = (
    "pli.project.checks:database",
    "pli.project.checks:queue",
    "pli.project.checks:disk",
    "pli.project.checks:home_rights",
    "pli.project.checks:base_url",
    "pli.project.checks:tls_certificate",
    "pli.project.checks:machine_clock",
    "pli.project.sources:check_files",
    "pli.project.sources:check_sources",
    "pli.project.mail:check_gateway",
    "pli.project.keys:check_keys",
    "pli.project.keys:check_timestamps",
    "pli.project.keys:check_sandbox",
    "pli.project.keys:check_messages",
    "pli.project.follow_up:check_outbox",
    "pli.project.follow_up:check_anchors",
    "pli.project.follow_up:check_ceremonies",
    "pli.project.follow_up:check_renewals",
    "pli.project.follow_up:check_captures",
)
OF_ALL = "pli.project.keys:check_keys"


def examine(names: Iterable[str] = CHECKS) -> list[Check]:
    """Run every check; one that breaks down is a finding too, and never stops the others."""
    return [check for name in names for check in _run(name)]


def examine_for(organisation_id: UUID, *, language: str, seconds: float = 3.0) -> list[Check]:
    """Every check for the screen of one organisation, in ``language``, at once and each for ``seconds`` at most.

    One that does not answer in time is a finding; it goes on in a thread of its own and its result is dropped.
    """
    runs: dict[str, Callable[[], list[Check]]] = {name: partial(_run, name) for name in CHECKS if name != OF_ALL}
    runs[OF_ALL] = partial(check_keys_of, organisation_id)
    answers = {name: _start(run, language) for name, run in runs.items()}
    end = time.monotonic() + seconds
    found: list[Check] = []
    for name, answer in answers.items():
        try:
            found += answer.get(timeout=max(0.0, end - time.monotonic()))
        except queue.Empty:
            found.append(_too_slow(name, seconds, language))
    return found


def _start(run: Callable[[], list[Check]], language: str) -> queue.SimpleQueue[list[Check]]:
    answer: queue.SimpleQueue[list[Check]] = queue.SimpleQueue()

    def work() -> None:
        try:
            with speaking(language), translation.override(language):
                answer.put(run())
        finally:
            connections.close_all()

    # A daemon: a check that hangs never holds up the end of the process.
    threading.Thread(target=work, name="doctor", daemon=True).start()
    return answer


def _too_slow(name: str, seconds: float, language: str) -> Check:
    with speaking(language):
        sentence = _("Cette vérification n’a pas répondu en %d secondes.") % seconds
        return Check(
            name.partition(":")[2], CheckState.WARN, sentence, _("Actualisez ; si cela dure, lancez « pli doctor ».")
        )


def _run(name: str) -> list[Check]:
    module, _colon, function = name.partition(":")
    try:
        result = getattr(import_module(module), function)()
    except Exception:  # a broken check is a finding: said below, never the end of the examination
        logger.exception("check %s broke down", name)
        return [Check(function, CheckState.FAIL, _("Cette vérification n’a pas pu être menée."))]
    return [result] if isinstance(result, Check) else list(result)
