"""One run, anything in any order: jobs one by one, cancelled, resumed, pieces sent again, completed, set aside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, ClassVar
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from pli.documents.api import Document
from pli.kit.transitions import UnableToMove
from pli.processing.api import (
    NothingLeft,
    PieceState,
    Recipe,
    Run,
    RunPiece,
    RunState,
    cancel_run,
    complete_piece,
    dismiss_piece,
    resume_rest,
    retry_piece,
)
from tests.signing.machine_base import undone_at_the_end
from tests.support.people import House, make_house
from tests.support.queue import run_jobs_here
from tests.support.runs import INDEX, NUMBER_ZONE, make_recipe, start_invoices

# Only the second invoice's number is one to it: the pages of the others belong to nobody.
ORPHANS = {"slug": "split", "options": {"by": "changing-text", "box": NUMBER_ZONE, "pattern": r"F2026-00002"}}
OPEN = {PieceState.WAITING, PieceState.TO_INDEX, PieceState.PARKED}


class OneRun(RuleBasedStateMachine):
    """Three invoices on six pages. ``house`` and ``recipes`` are set by the test."""

    house: ClassVar[House]
    recipes: ClassVar[list[Recipe]]

    def __init__(self) -> None:
        super().__init__()
        self.undo = undone_at_the_end()
        self.documents: dict[UUID, Any] = {}

    @initialize(recipe=st.integers(0, 2))
    def start(self, recipe: int) -> None:
        self.id = start_invoices(self.house.chloe, self.recipes[recipe]).id

    @property
    def run(self) -> Run:
        return Run.objects.get(id=self.id)

    @property
    def pieces(self) -> list[RunPiece]:
        return list(RunPiece.objects.filter(run=self.id).order_by("position"))

    @rule(count=st.integers(1, 3))
    def work(self, count: int) -> None:
        run_jobs_here(at_most=count)

    @rule()
    def cancel(self) -> None:
        state = self.run.state
        is_over = state == RunState.DONE and not any(piece.state in OPEN for piece in self.pieces)
        may = state != RunState.CANCELLED and not is_over
        self.attempt(lambda: cancel_run(self.house.chloe, self.id), may=may)

    @rule()
    def resume(self) -> None:
        run, gave_up = self.run, {piece.id for piece in self.pieces if piece.state == PieceState.CANCELLED}
        if run.state == RunState.CANCELLED and run.split_at and not gave_up:
            with pytest.raises(NothingLeft):
                resume_rest(self.house.bruno, self.id)
            return
        self.attempt(lambda: resume_rest(self.house.bruno, self.id), may=run.state == RunState.CANCELLED)
        for piece in self.pieces:
            if piece.id in gave_up:
                assert piece.state == (PieceState.PARKED if piece.is_orphan else PieceState.WAITING)

    @rule(pick=st.integers(0, 2))
    def send_again(self, pick: int) -> None:
        states = {PieceState.PARKED, PieceState.DISMISSED}
        self.on_piece(pick, lambda piece: retry_piece(self.house.chloe, piece), states, wakes=True)

    @rule(pick=st.integers(0, 2))
    def complete(self, pick: int) -> None:
        def say(piece: UUID) -> object:
            return complete_piece(self.house.chloe, piece, facts={}, party_id=self.house.dupont.id)

        self.on_piece(pick, say, {PieceState.PARKED, PieceState.TO_INDEX}, wakes=True)

    @rule(pick=st.integers(0, 2))
    def set_aside(self, pick: int) -> None:
        states = {PieceState.PARKED, PieceState.TO_INDEX}
        self.on_piece(pick, lambda piece: dismiss_piece(self.house.chloe, piece), states)

    def on_piece(self, pick: int, act: Callable[[UUID], object], states: set[Any], *, wakes: bool = False) -> None:
        """Act on a piece; ``wakes``: its run goes on, which a cancelled one does not for one piece."""
        if not (pieces := self.pieces):
            return
        piece = pieces[pick % len(pieces)]
        is_stopped = wakes and self.run.state == RunState.CANCELLED
        self.attempt(lambda: act(piece.id), may=piece.state in states and not is_stopped)

    def attempt(self, act: Callable[[], object], *, may: bool) -> None:
        before = self.seen()
        if may:
            act()
            assert self.seen() != before
            return
        with pytest.raises(UnableToMove):
            act()
        assert self.seen() == before

    def seen(self) -> list[Any]:
        return [self.run.state, *[(piece.state, piece.document_id) for piece in self.pieces]]

    @rule()
    def to_the_end(self) -> None:
        """Whatever was queued, cancelled and queued again: nothing is left that nobody works on."""
        run_jobs_here()
        assert self.run.state in (RunState.DONE, RunState.CANCELLED)

    @invariant()
    def nothing_is_lost_or_doubled(self) -> None:
        run, pieces = self.run, self.pieces
        assert run.pages_read == sum(last - first + 1 for first, last in run.readings.values_list("first", "last"))
        assert sorted(self.pages_of(pieces)) == ([1, 2, 3, 4, 5, 6] if run.split_at else [])
        now = {piece.id: piece.document_id for piece in pieces if piece.document_id}
        assert set(now) == {piece.id for piece in pieces if piece.state == PieceState.DONE}
        assert self.documents.items() <= now.items()
        self.documents = now
        made = Document.objects.filter(organisation=self.house.organisation)
        assert set(made.values_list("id", flat=True)) == set(now.values())
        self.states_agree(run, {PieceState(piece.state) for piece in pieces})

    def states_agree(self, run: Run, states: set[PieceState]) -> None:
        if run.state == RunState.CANCELLED:
            assert not states & OPEN and run.ended_at
        else:
            assert PieceState.CANCELLED not in states
        assert (run.state == RunState.MAKING) == (PieceState.WAITING in states)
        assert (run.state == RunState.READING) <= (not states)

    @staticmethod
    def pages_of(pieces: list[RunPiece]) -> Iterator[int]:
        for piece in pieces:
            yield from piece.pages

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)


@pytest.mark.django_db
def test_a_run_in_any_order(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, size in (("PAGES", 3), ("MOST_PAGES", 3), ("CHUNK", 1), ("LARGEST_CHUNK", 1)):
        monkeypatch.setattr(f"pli.processing.queueing.{name}", size)
    OneRun.house = make_house()
    OneRun.recipes = [
        make_recipe(OneRun.house, name="Sûre"),
        make_recipe(OneRun.house, name="Qui demande", needs_party=True),
        make_recipe(OneRun.house, name="Perdue", steps=(ORPHANS, INDEX), needs_party=True),
    ]
    run_state_machine_as_test(
        OneRun,
        settings=settings(
            max_examples=10, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
