"""What a source could not take lately: the last one, and the last few."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from pli.capture.models import Capture, InputSource, SourceProblem
from pli.documents.api import clean_file_name
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PliError, write_problem

KEPT = 20
"""Problems of a source that are remembered; the oldest are forgotten first."""


@transaction.atomic
def note_problem(source_id: UUID, error: PliError, *, file_name: str = "", clock: Clock = SYSTEM_CLOCK) -> None:
    """Keep why a source could not take something: its page and « À traiter » show it."""
    problem = write_problem(error)
    # Whoever notes another problem of this source waits here for its turn.
    InputSource.objects.filter(id=source_id).update(problem_code=error.code, problem=problem, problem_at=clock.now())
    name = clean_file_name(file_name) if file_name else ""
    _remember(source_id, None, name, error.code, problem, clock)


@transaction.atomic
def note_parked(capture: Capture, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Remember that what came from a source was parked: « À traiter » shows it itself, with its reason."""
    if capture.source_id is None:
        return
    InputSource.objects.select_for_update(no_key=True).get(id=capture.source_id)
    _remember(capture.source_id, capture, capture.file_name, capture.problem_code, capture.problem, clock)


def forget_problem(source_id: UUID) -> None:
    """It answers again."""
    InputSource.objects.filter(id=source_id).exclude(problem_code="").update(
        problem_code="", problem={}, problem_at=None
    )


def last_problems(source: InputSource) -> list[SourceProblem]:
    """The newest first, of a source the caller has found for its actor; each with what was parked."""
    found = SourceProblem.objects.filter(source=source).select_related("capture")
    return list(found.order_by("-last_at", "-id")[:KEPT])


def _remember(
    source_id: UUID, capture: Capture | None, name: str, code: str, problem: Mapping[str, Any], clock: Clock
) -> None:
    """A server that is away is asked every minute: its silence is one row, however long it lasts."""
    now, mine = clock.now(), SourceProblem.objects.filter(source=source_id)
    same = mine.filter(capture=capture, file_name=name, problem_code=code, problem=problem)
    if same.update(times=F("times") + 1, last_at=now):
        return
    SourceProblem.objects.create(
        source_id=source_id, capture=capture, file_name=name, problem_code=code, problem=problem,
        first_at=now, last_at=now,
    )  # fmt: skip
    mine.exclude(id__in=list(mine.order_by("-last_at", "-id").values_list("id", flat=True)[:KEPT])).delete()
