"""Many at once: the rows a person ticked in a list, and what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from pli.kit.errors import NotFound, PliError

Row = TypeVar("Row")
MOST_AT_ONCE = 200


class NoLongerWaits(PliError):
    """The row was dealt with since it was shown, or it has stopped anew and nobody has read why yet."""

    code = "PLI-410"
    status = 409
    message = "Cela n’attendait plus : quelqu’un s’en est occupé, ou l’état a changé depuis l’affichage de la liste."


class NotOffered(PliError):
    """The act makes no sense for that row: a scan nobody has described yet can't be tried again."""

    code = "PLI-411"
    status = 409
    message = "Cette action n’existe pas pour cela."
    remedy = "Ouvrez-le pour voir ce qu’il attend."


class TooManyAtOnce(PliError):
    """More was ticked than is done in one go: what is over stays where it is."""

    code = "PLI-413"
    status = 413
    message = "Pli en prend %(most)s à la fois."
    kept = "Le reste est intact."
    remedy = "Cochez le reste pour continuer."

    def __init__(self) -> None:
        super().__init__(most=MOST_AT_ONCE)


@dataclass(frozen=True)
class Ticked:
    """A row as the person saw it. ``since``: when it stopped, which tells one stop from the next; so the same form sent
    twice acts once, even if what it restarted has stopped again meanwhile."""

    id: UUID
    since: datetime | None = None


@dataclass(frozen=True)
class Left:
    """What was not touched, and why: one row, or ``count`` of one file. ``name`` is empty when it is not the actor's to
    see."""

    name: str
    reason: PliError
    count: int = 1


@dataclass(frozen=True)
class Outcome:
    """How many were done, and those that were left."""

    done: int = 0
    left: tuple[Left, ...] = ()

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.done + other.done, self.left + other.left)


def sort_out(
    ticked: Iterable[Ticked],
    rows: Mapping[UUID, Row],
    *,
    name: Callable[[Row], str],
    waits: Callable[[Row, Ticked], bool],
    unseen: type[PliError] = NotFound,
) -> tuple[list[Row], tuple[Left, ...]]:
    """The rows that still wait as they did when they were ticked, each once, and the others with their reason.

    ``rows``: those among them that the actor sees; of any other nothing is said but ``unseen``.
    """
    taken: list[Row] = []
    left: list[Left] = []
    for one in {one.id: one for one in ticked}.values():
        row = rows.get(one.id)
        if row is None:
            left.append(Left("", unseen()))
        elif waits(row, one):
            taken.append(row)
        else:
            left.append(Left(name(row), NoLongerWaits()))
    return taken, tuple(left)
