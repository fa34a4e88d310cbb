"""Where the page gets its checks: the floor above knows every room, and gives its examination at start."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from pli.kit.checks import Check


class Examiner(Protocol):
    """What ``pli.project.doctor.examine_for`` does."""

    def __call__(self, organisation_id: UUID, *, language: str) -> list[Check]:
        """Every check, in seconds at most, said in ``language``."""
        ...


_examiner: list[Examiner] = []


def use_examiner(examiner: Examiner) -> None:
    """Say, once at start, who examines the installation."""
    _examiner[:] = [examiner]


def run_checks(organisation_id: UUID, *, language: str) -> list[Check]:
    """What the examiner finds; nothing when none was given."""
    return _examiner[0](organisation_id, language=language) if _examiner else []
