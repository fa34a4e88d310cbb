"""« Reprendre le reste »: a cancelled run goes on where it stood; nothing is doubled, nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from functools import partial
from typing import Any

import pikepdf
import pytest
from django.conf import settings

from pli.documents.api import Document, rendition_path, renditions_for
from pli.journal.api import Event
from pli.kit.clock import SYSTEM_CLOCK, FrozenClock
from pli.kit.errors import NotAllowed, NotFound
from pli.kit.transitions import UnableToMove
from pli.office.runs.words import spell_time_left
from pli.processing import runner
from pli.processing.api import (
    NothingLeft,
    ReadingsForgotten,
    Recipe,
    Run,
    RunPiece,
    RunState,
    cancel_run,
    dismiss_piece,
    resume_rest,
    retry_piece,
    retry_run,
    run_progress,
)
from tests.support.people import House, make_house
from tests.support.processes import database_url
from tests.support.queue import RunJobs
from tests.support.races import at_once
from tests.support.runs import INDEX, NUMBER_ZONE, SPLIT, make_recipe, start_invoices

pytestmark = pytest.mark.django_db(transaction=True)
SEAL: dict[str, Any] = {"slug": "seal", "options": {}}
# Only the second invoice's number is one to it: the pages of the others belong to nobody.
ORPHANS = {"slug": "split", "options": {"by": "changing-text", "box": NUMBER_ZONE, "pattern": r"F2026-00002"}}


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A job for every two pages and for every piece, so that a run can stand anywhere."""
    for name, size in (("PAGES", 2), ("MOST_PAGES", 2), ("CHUNK", 1), ("LARGEST_CHUNK", 1)):
        monkeypatch.setattr(f"pli.processing.queueing.{name}", size)


def states(run: Run) -> list[str]:
    return list(run.pieces.order_by("position").values_list("state", flat=True))


def filed(run: Run) -> list[Any]:
    return list(run.pieces.order_by("position").values_list("document_id", flat=True))


def cut(house: House, *, steps: tuple[Any, ...] = (SPLIT, INDEX), **wishes: Any) -> Run:
    """Three invoices, read and cut; their jobs still wait in the queue."""
    run = start_invoices(house.chloe, make_recipe(house, steps=steps, **wishes))
    for first in (1, 3, 5):
        runner.read_range(run.id, first, first + 1)
    return run


def make_first(run: Run) -> None:
    runner.make_chunk(run.id, [run.pieces.get(position=1).id])


def test_what_was_given_up_is_made_and_nothing_else(house: House, run_jobs: RunJobs) -> None:
    run = cut(house)
    make_first(run)
    cancel_run(house.chloe, run.id)
    assert states(run) == ["DONE", "CANCELLED", "CANCELLED"]
    (kept, *_) = filed(run)
    assert resume_rest(house.bruno, run.id).state == RunState.MAKING
    run_jobs()
    run.refresh_from_db()
    assert (run.state, states(run)) == (RunState.DONE, ["DONE"] * 3)
    assert filed(run)[0] == kept and Document.objects.count() == 3
    told = Event.objects.get(name="processing.run-resumed")
    assert (told.data["pages"], told.data["pieces"], told.actor) == (0, 2, house.bruno.reference)


def test_a_run_that_ended_is_not_cancelled_any_more(house: House, run_jobs: RunJobs) -> None:
    """Somebody stops it in the second it ends: « cancelled » would be said of it for ever, with all of it filed."""
    run = cut(house)
    run_jobs()
    with pytest.raises(UnableToMove):
        cancel_run(house.chloe, run.id)
    run.refresh_from_db()
    assert (run.state, states(run)) == (RunState.DONE, ["DONE"] * 3)
    assert not Event.objects.filter(name="processing.run-cancelled").exists()


def test_a_file_whose_reading_was_stopped_is_read_on(house: House, run_jobs: RunJobs) -> None:
    run = start_invoices(house.chloe, make_recipe(house))
    runner.read_range(run.id, 1, 2)
    cancel_run(house.chloe, run.id)
    run_jobs()
    assert run.readings.count() == 1
    resumed = resume_rest(house.chloe, run.id)
    assert (resumed.state, resumed.pages_read) == (RunState.READING, 2)
    run_jobs()
    run.refresh_from_db()
    assert (run.state, run.pages_read, states(run)) == (RunState.DONE, 6, ["DONE"] * 3)
    assert Event.objects.get(name="processing.run-resumed").data["pages"] == 4


def test_a_file_read_whole_but_not_cut_yet_is_cut(house: House, run_jobs: RunJobs, monkeypatch: Any) -> None:
    run = start_invoices(house.chloe, make_recipe(house))
    with monkeypatch.context() as patched:
        patched.setattr("pli.processing.runner.cut_run", lambda *_, **__: None)
        for first in (1, 3, 5):
            runner.read_range(run.id, first, first + 1)
    cancel_run(house.chloe, run.id)
    run_jobs()
    resume_rest(house.chloe, run.id)
    run_jobs()
    assert states(run) == ["DONE"] * 3


def test_ranges_that_would_be_others_today_are_read_anew(
    house: House, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = start_invoices(house.chloe, make_recipe(house))
    runner.read_range(run.id, 3, 4)
    cancel_run(house.chloe, run.id)
    monkeypatch.setattr("pli.processing.queueing.MOST_PAGES", 4)
    monkeypatch.setattr("pli.processing.queueing.PAGES", 4)
    assert resume_rest(house.chloe, run.id).pages_read == 0
    run_jobs()
    run.refresh_from_db()
    assert (run.pages_read, states(run)) == (6, ["DONE"] * 3)


def test_what_waited_for_a_person_waits_again(house: House, run_jobs: RunJobs) -> None:
    run = cut(house, steps=(ORPHANS, INDEX), needs_party=True)
    run_jobs()
    before = [(piece.state, piece.problem_code) for piece in run.pieces.order_by("position")]
    assert before == [("PARKED", "PRO-013"), ("TO_INDEX", "PRO-014"), ("PARKED", "PRO-013")]
    cancel_run(house.chloe, run.id)
    resume_rest(house.chloe, run.id)
    run_jobs()
    assert [(piece.state, piece.problem_code) for piece in run.pieces.order_by("position")] == before
    assert not Document.objects.exists()


def test_a_run_with_nothing_to_make_is_over_at_once(house: House) -> None:
    run = cut(house, steps=(ORPHANS, INDEX))
    RunPiece.objects.filter(run=run, is_orphan=False).update(state="DISMISSED")
    cancel_run(house.chloe, run.id)
    resumed = resume_rest(house.chloe, run.id)
    assert resumed.state == RunState.DONE and resumed.ended_at is not None
    assert states(run) == ["PARKED", "DISMISSED", "PARKED"]


def test_whom_it_is_refused(house: House) -> None:
    run = start_invoices(house.alice, make_recipe(house))
    cancel_run(house.alice, run.id)
    refusals = ((house.chloe, NotFound), (house.denis, NotAllowed), (make_house("autre").alice, NotFound))
    for actor, refusal in refusals:
        with pytest.raises(refusal):
            resume_rest(actor, run.id)
    assert resume_rest(house.bruno, run.id).state == RunState.READING


def test_what_cannot_be_resumed(house: House, run_jobs: RunJobs) -> None:
    run = start_invoices(house.chloe, make_recipe(house))
    with pytest.raises(UnableToMove):
        resume_rest(house.chloe, run.id)
    cancel_run(house.chloe, run.id)
    resume_rest(house.chloe, run.id)
    with pytest.raises(UnableToMove):
        resume_rest(house.chloe, run.id)
    run_jobs()
    with pytest.raises(UnableToMove):
        resume_rest(house.chloe, run.id)
    assert Document.objects.count() == 3


def test_a_parked_file_that_was_cancelled_is_replayed_instead(house: House) -> None:
    recipe = make_recipe(house)
    recipe.is_active = False
    recipe.save()
    run = start_invoices(house.chloe, recipe)
    assert run.problem_code or Run.objects.get(id=run.id).problem_code
    cancel_run(house.chloe, run.id)
    with pytest.raises(NothingLeft):
        resume_rest(house.chloe, run.id)


def test_a_month_later_there_is_nothing_to_make_it_from(house: House, run_jobs: RunJobs) -> None:
    run = cut(house, steps=(ORPHANS, INDEX))
    aside = run.pieces.get(position=1)
    dismiss_piece(house.chloe, aside.id)
    cancel_run(house.chloe, run.id)
    runner.sweep_runs(clock=FrozenClock(SYSTEM_CLOCK.now() + timedelta(days=31)))
    with pytest.raises(ReadingsForgotten):
        resume_rest(house.chloe, run.id)
    # The same of pages that were set aside in a run that is over.
    Run.objects.filter(id=run.id).update(state=RunState.DONE)
    with pytest.raises(ReadingsForgotten):
        retry_piece(house.chloe, aside.id)
    assert states(run) == ["DISMISSED", "CANCELLED", "CANCELLED"]


def test_a_file_whose_reading_was_forgotten_is_read_again(house: House, run_jobs: RunJobs) -> None:
    run = start_invoices(house.chloe, make_recipe(house))
    runner.read_range(run.id, 1, 2)
    cancel_run(house.chloe, run.id)
    runner.sweep_runs(clock=FrozenClock(SYSTEM_CLOCK.now() + timedelta(days=31)))
    assert resume_rest(house.chloe, run.id).pages_read == 0
    run_jobs()
    run.refresh_from_db()
    assert (run.pages_read, states(run)) == (6, ["DONE"] * 3)


def test_two_people_at_once(house: House, run_jobs: RunJobs) -> None:
    run = cut(house)
    make_first(run)
    cancel_run(house.chloe, run.id)
    told = at_once(*(partial(resume_rest, actor, run.id) for actor in (house.chloe, house.bruno, house.alice)))
    assert sorted(type(one).__name__ for one in told) == ["Run", "UnableToMove", "UnableToMove"]
    run_jobs()
    assert states(run) == ["DONE"] * 3 and Document.objects.count() == 3


def test_one_cancels_while_another_resumes(house: House, run_jobs: RunJobs) -> None:
    run = cut(house)
    make_first(run)
    cancel_run(house.chloe, run.id)
    resumed, cancelled = at_once(partial(resume_rest, house.chloe, run.id), partial(cancel_run, house.bruno, run.id))
    assert isinstance(resumed, Run) and isinstance(cancelled, Run | UnableToMove)
    run_jobs()
    run.refresh_from_db()
    ended = (RunState.CANCELLED, ["DONE", "CANCELLED", "CANCELLED"]), (RunState.DONE, ["DONE"] * 3)
    assert (run.state, states(run)) == ended[isinstance(cancelled, UnableToMove)]


# Everything is written, the queue's jobs too, and nothing is committed yet.
_DIES = """
import os, signal, sys
from uuid import UUID
import django
django.setup()
from pli.parties.api import Role, StaffActor
from pli.processing import resuming
resuming.finish_run = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
organisation, account, member, run = map(UUID, sys.argv[1:])
resuming.resume_rest(StaffActor(organisation, account, member, Role.MEMBER), run)
"""


def test_killed_in_between_nothing_has_moved(house: House, run_jobs: RunJobs) -> None:
    run = cut(house)
    make_first(run)
    cancel_run(house.chloe, run.id)
    run_jobs()
    chloe = house.chloe
    told = map(str, (chloe.organisation_id, chloe.account_id, chloe.member_id, run.id))
    more = {"PLI_DATABASE_URL": database_url(), "PLI_HOME": str(settings.PLI_HOME)}
    environment = {**os.environ, **more, "DJANGO_SETTINGS_MODULE": "pli.project.settings"}
    died = subprocess.run([sys.executable, "-c", _DIES, *told], env=environment, check=False, timeout=60)
    assert died.returncode == -signal.SIGKILL
    run.refresh_from_db()
    assert (run.state, states(run)) == (RunState.CANCELLED, ["DONE", "CANCELLED", "CANCELLED"])
    assert run_jobs() == 0 and not Event.objects.filter(name="processing.run-resumed").exists()
    resume_rest(house.chloe, run.id)
    run_jobs()
    assert states(run) == ["DONE"] * 3


def test_a_file_cut_while_it_was_being_cancelled_gives_its_pieces_up(
    house: House, run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The one who cancels asks for the run just when the last page is read: it is cut before they get it."""
    from pli.processing import runs

    run, lock = start_invoices(house.chloe, make_recipe(house)), runs.lock_run

    def read_first(*wanted: Any) -> Run:
        for first in (1, 3, 5):
            runner.read_range(run.id, first, first + 1)
        return lock(*wanted)

    monkeypatch.setattr(runs, "lock_run", read_first)
    cancel_run(house.chloe, run.id)
    monkeypatch.setattr(runs, "lock_run", lock)
    assert states(run) == ["CANCELLED"] * 3
    resume_rest(house.chloe, run.id)
    run_jobs()
    assert states(run) == ["DONE"] * 3


def test_a_seal_claims_the_day_the_rest_was_taken_up(house: House, run_jobs: RunJobs) -> None:
    run = cut(house, steps=(SPLIT, INDEX, SEAL))
    cancel_run(house.chloe, run.id)
    Run.objects.filter(id=run.id).update(split_at=SYSTEM_CLOCK.now() - timedelta(days=9))
    resumed = resume_rest(house.chloe, run.id)
    run_jobs()
    assert resumed.resumed_at is not None
    (rendition,) = renditions_for(house.alice, filed(run)[0])
    with pikepdf.open(rendition_path(rendition)) as pdf:
        claimed = str(pdf.Root.AcroForm.Fields[0].V.M)
    assert claimed.startswith(f"D:{resumed.resumed_at:%Y%m%d}")


def test_the_speed_is_that_of_the_work_since(house: House, run_jobs: RunJobs) -> None:
    run = cut(house)
    make_first(run)
    cancel_run(house.chloe, run.id)
    Run.objects.filter(id=run.id).update(split_at=SYSTEM_CLOCK.now() - timedelta(days=9))
    run.pieces.filter(state="DONE").update(ended_at=SYSTEM_CLOCK.now() - timedelta(days=9))
    resumed = resume_rest(house.chloe, run.id)
    run_jobs()
    assert resumed.resumed_at is not None
    ten_later = FrozenClock(resumed.resumed_at + timedelta(seconds=10))
    Run.objects.filter(id=run.id).update(ended_at=None)
    progress = run_progress(Run.objects.get(id=run.id), clock=ten_later)
    assert (progress.ended, progress.per_second) == (3, 0.2)


def test_the_time_left_to_read_is_counted_from_when_the_reading_was_taken_up(house: House) -> None:
    run = start_invoices(house.chloe, make_recipe(house))
    Run.objects.filter(id=run.id).update(started_at=SYSTEM_CLOCK.now() - timedelta(days=9))
    runner.read_range(run.id, 1, 2)
    cancel_run(house.chloe, run.id)
    clock = FrozenClock(SYSTEM_CLOCK.now())
    resumed = resume_rest(house.chloe, run.id, clock=clock)
    assert (resumed.pages_before, resumed.pages_read, resumed.reading_since) == (2, 2, clock.now())
    clock.advance(seconds=120)
    # Nobody can tell until something is read: what was there before says nothing of how fast it goes now.
    assert spell_time_left(run_progress(Run.objects.get(id=run.id), clock=clock)) == ""
    runner.read_range(run.id, 3, 4)
    progress = run_progress(Run.objects.get(id=run.id), clock=clock)
    assert progress.pages_per_second == pytest.approx(2 / 120)
    assert spell_time_left(progress) == "environ 2 minutes"


def test_the_time_left_of_a_file_that_is_tried_again_does_not_count_how_long_it_had_stopped(house: House) -> None:
    recipe = make_recipe(house)
    Recipe.objects.filter(id=recipe.id).update(is_active=False)
    run = start_invoices(house.chloe, recipe)
    Run.objects.filter(id=run.id).update(started_at=SYSTEM_CLOCK.now() - timedelta(days=9))
    Recipe.objects.filter(id=recipe.id).update(is_active=True)
    clock = FrozenClock(SYSTEM_CLOCK.now())
    assert retry_run(house.chloe, run.id, recipe_id=recipe.id, clock=clock).state == RunState.READING
    runner.read_range(run.id, 1, 2)
    clock.advance(seconds=90)
    assert spell_time_left(run_progress(Run.objects.get(id=run.id), clock=clock)) == "environ 3 minutes"
