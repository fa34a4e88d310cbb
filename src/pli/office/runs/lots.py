"""What became of a captured file that a recipe works on, in a line: for the pages that follow arrivals and prints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from pli.office.runs.words import say_run
from pli.parties.api import StaffActor
from pli.processing.api import PieceState, piece_counts, runs_of_captures


@dataclass(frozen=True)
class Lot:
    """A run in a line. Its ``repr`` tells two moments of it apart."""

    run_id: UUID
    state: str
    tone: str
    word: str
    page_count: int
    pages_read: int
    total: int
    done: int
    to_index: int
    parked: int

    @property
    def is_going(self) -> bool:
        return self.state in ("READING", "MAKING")


def lots_of(actor: StaffActor, capture_ids: Iterable[UUID]) -> dict[UUID, Lot]:
    """The runs of these captures, by capture, with the figures of their pieces: two questions."""
    runs = runs_of_captures(actor, capture_ids)
    counts = piece_counts([run.id for run in runs.values()]) if runs else {}
    lots = {}
    for capture_id, run in runs.items():
        mine = counts.get(run.id, {})
        tone, word = say_run(run, mine)
        lots[capture_id] = Lot(
            run_id=run.id,
            state=run.state,
            tone=tone,
            word=word,
            page_count=run.page_count,
            pages_read=run.pages_read,
            total=sum(mine.values()),
            done=mine.get(PieceState.DONE, 0),
            to_index=mine.get(PieceState.TO_INDEX, 0),
            parked=mine.get(PieceState.PARKED, 0),
        )
    return lots
