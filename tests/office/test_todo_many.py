"""« À traiter », many rows at once: each as if alone, the others left with their reason, nothing done twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pli.capture.api import Capture, CaptureState
from pli.delivery.api import Delivery, DeliveryState
from pli.journal.api import Event
from pli.kit.clock import SYSTEM_CLOCK
from pli.kit.ids import new_id
from pli.kit.ticking import MOST_AT_ONCE
from pli.notifications.api import Message, MessageState
from pli.office.todo.ticks import TickKind, read_ticks, write_tick
from pli.parties.api import StaffActor
from pli.processing.api import PieceState, Run, RunPiece, RunState
from pli.processing.models import Recipe, RunReading
from pli.signing.api import Ceremony, CeremonyState, Signer, SignerState
from tests.support.people import House, enter, make_house
from tests.support.queue import RunJobs
from tests.support.races import at_once
from tests.support.runs import make_recipe
from tests.support.stopped import fail_deliveries, fail_seals, make_source, park_files, park_pieces, park_runs

pytestmark = pytest.mark.django_db
LIST = "/office/todo/"
NO_LONGER = "n’attendait plus"


def files(rows: Iterable[Capture]) -> list[str]:
    return [write_tick(TickKind.FILE, one.id, one.ended_at) for one in rows]


def scans(rows: Iterable[Capture]) -> list[str]:
    return [write_tick(TickKind.SCAN, one.id, None) for one in rows]


def runs(rows: Iterable[Run]) -> list[str]:
    return [write_tick(TickKind.RUN, one.id, one.ended_at) for one in rows]


def pieces(run: Run) -> list[str]:
    return [write_tick(TickKind.PIECES, run.id, run.ended_at)]


def deliveries(rows: Iterable[Delivery]) -> list[str]:
    return [write_tick(TickKind.DELIVERY, one.id, one.ended_at) for one in rows]


def seals(rows: Iterable[Ceremony]) -> list[str]:
    return [write_tick(TickKind.SEAL, one.id, None) for one in rows]


def send(actor: StaffActor, act: str, ticks: list[str], **more: str) -> str:
    """What the next page says once the form was sent."""
    answer = enter(actor).post(reverse("todo:many"), {"act": act, "selected": ticks, **more}, follow=True)
    assert answer.status_code == 200
    return " ".join(str(one) for one in answer.context["messages"])


def states(rows: Iterable[Any]) -> list[str]:
    """The states of these rows as they are now, in their order."""
    found = list(rows)
    return [type(one).objects.get(id=one.id).state for one in found]


def test_thirty_five_files_go_again_with_one_form(house: House) -> None:
    parked = park_files(house.chloe, 35)
    assert enter(house.chloe).get(LIST).content.decode().count("data-select-row") == 35
    said = send(house.chloe, "retry", files(parked))
    assert said == "35 éléments réessayés."
    assert set(states(parked)) == {CaptureState.RECEIVED}
    first = Capture.objects.get(id=parked[0].id)
    assert first.problem_code == "" and first.problem == {} and first.ended_at is None and first.prepared_id is None
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT args->>'capture_id') FROM procrastinate_jobs WHERE status = 'todo'")
        assert cursor.fetchone()[0] == 35


def test_the_same_form_sent_twice_does_nothing_twice(house: House) -> None:
    parked = park_files(house.chloe, 3)
    ticks = files(parked)
    send(house.chloe, "retry", ticks)
    again = send(house.chloe, "retry", ticks)
    assert "Aucun élément réessayé, 3 laissés" in again and NO_LONGER in again and "scan-001.pdf" in again
    # They have stopped anew: the old form is not about that stop.
    Capture.objects.filter(id__in=[one.id for one in parked]).update(
        state=CaptureState.PARKED, ended_at=SYSTEM_CLOCK.now()
    )
    assert "3 laissés" in send(house.chloe, "aside", ticks)
    assert set(states(parked)) == {CaptureState.PARKED}
    assert not Event.objects.filter(name="capture.capture-dismissed").exists()
    shown = [write_tick(TickKind.FILE, one.id, one.ended_at) for one in Capture.objects.all()]
    assert send(house.chloe, "aside", shown) == "3 éléments écartés."


def test_files_are_set_aside_and_told_to_the_journal(house: House) -> None:
    parked = park_files(house.chloe, 3)
    assert send(house.chloe, "aside", files(parked[:2])) == "2 éléments écartés."
    assert states(parked) == ["DISMISSED", "DISMISSED", "PARKED"]
    told = Event.objects.filter(name="capture.capture-dismissed")
    assert {event.subject_id for event in told} == {one.id for one in parked[:2]}
    assert {event.actor for event in told} == {house.chloe.reference}


def test_scans_to_confirm_are_set_aside_but_not_tried_again(house: House) -> None:
    source = make_source(house)
    waiting = park_files(house.bruno, 3, state=CaptureState.WAITING, source=source)
    said = send(house.chloe, "retry", scans(waiting[:1]))
    assert "Aucun élément réessayé, 1 laissé" in said and "scan-000.pdf" in said and "n’existe pas pour cela" in said
    assert send(house.chloe, "aside", scans(waiting[:2])) == "2 éléments écartés."
    assert states(waiting) == ["DISMISSED", "DISMISSED", "WAITING"]
    assert NO_LONGER in send(house.chloe, "aside", scans(waiting[:1]))


def test_stopped_runs_go_with_their_recipe_or_all_with_another(house: House, run_jobs: RunJobs) -> None:
    recipe, gone = make_recipe(house), make_recipe(house, name="Éteinte")
    Recipe.objects.filter(id=gone.id).update(is_active=False)
    stopped, stranded = park_runs(house.chloe, recipe, 3), park_runs(house.chloe, gone, 5, prefix="perdu")
    RunReading.objects.create(run=stopped[0], first=1, last=1, marks=[], packed=b"")
    said = send(house.chloe, "retry", runs([*stopped, *stranded]))
    assert "3 éléments réessayés, 5 laissés" in said
    assert "« perdu-000.pdf »" in said.replace("\u00a0", " ") and "et 2 autres" in said and "n’existe plus" in said
    assert set(states(stopped)) == {RunState.READING} and set(states(stranded)) == {RunState.PARKED}
    assert not RunReading.objects.exists() and Run.objects.get(id=stopped[1].id).recipe_revision == recipe.revision
    assert Event.objects.filter(name="processing.run-retried").count() == 3
    assert send(house.chloe, "retry", runs(stranded), recipe=str(recipe.id)) == "5 éléments réessayés."
    assert Run.objects.filter(recipe=recipe).count() == 8
    run_jobs()
    assert set(states([*stopped, *stranded])) == {RunState.DONE}


def test_a_recipe_of_another_house_changes_nothing(house: House) -> None:
    stopped, parked = park_runs(house.chloe, make_recipe(house), 2), park_files(house.chloe, 2)
    foreign = make_recipe(make_house("autre"))
    sent = {"act": "retry", "selected": [*files(parked), *runs(stopped)], "recipe": str(foreign.id)}
    assert enter(house.chloe).post(reverse("todo:many"), sent).status_code == 404
    assert set(states([*stopped, *parked])) == {"PARKED"}


def test_stopped_runs_are_set_aside(house: House) -> None:
    stopped = park_runs(house.chloe, make_recipe(house), 3)
    assert send(house.chloe, "aside", runs(stopped)) == "3 éléments écartés."
    assert set(states(stopped)) == {RunState.CANCELLED}
    assert Event.objects.filter(name="processing.run-cancelled", data={"left": 0}).count() == 3


def test_the_pieces_of_a_run_are_made_again_but_for_those_of_nobody(house: House) -> None:
    run = park_pieces(house.chloe, make_recipe(house), 6, orphans=2)
    shown = enter(house.chloe).get(LIST).content.decode()
    assert pieces(run)[0] in shown and "factures.pdf : 6 documents à traiter" in shown
    said = send(house.chloe, "retry", pieces(run))
    assert "4 éléments réessayés, 2 laissés" in said and "n’appartiennent à aucun document" in said
    assert states([run]) == [RunState.MAKING]
    assert list(run.pieces.order_by("position").values_list("state", flat=True)) == ["WAITING"] * 4 + ["PARKED"] * 2
    assert Event.objects.filter(name="processing.piece-retried").count() == 4
    assert send(house.chloe, "aside", pieces(run)) == "2 éléments écartés."
    assert "1 laissé" in send(house.chloe, "aside", pieces(run))


def test_pieces_that_stopped_after_the_page_was_shown_are_not_touched(house: House) -> None:
    run = park_pieces(house.chloe, make_recipe(house), 3)
    RunPiece.objects.filter(run=run, position=3).update(ended_at=SYSTEM_CLOCK.now())
    assert send(house.chloe, "aside", pieces(run)) == "2 éléments écartés."
    assert RunPiece.objects.get(run=run, position=3).state == PieceState.PARKED


def test_pieces_whose_reading_is_forgotten_are_left(house: House) -> None:
    recipe = make_recipe(house)
    old, young = park_pieces(house.chloe, recipe, 3, file_name="vieux.pdf"), park_pieces(house.chloe, recipe, 2)
    RunReading.objects.filter(run=old).delete()
    said = send(house.chloe, "retry", [*pieces(old), *pieces(young)])
    assert "2 éléments réessayés, 3 laissés" in said and "vieux.pdf" in said and "trop ancien" in said
    assert set(old.pieces.values_list("state", flat=True)) == {"PARKED"}


def test_failed_deliveries_leave_again_or_are_settled_otherwise(house: House, run_jobs: RunJobs) -> None:
    failed = fail_deliveries(house, 4)
    Message.objects.filter(id=failed[0].message_id).update(state=MessageState.CANCELLED)
    said = send(house.chloe, "retry", deliveries(failed[:3]))
    assert "2 éléments réessayés, 1 laissé" in said and "ne peut pas être relancé" in said
    assert states(failed) == ["FAILED", "HANDED", "HANDED", "FAILED"]
    assert Event.objects.filter(name="delivery.delivery-retried").count() == 2
    run_jobs()
    assert states(failed) == ["FAILED", "DELIVERED", "DELIVERED", "FAILED"]
    assert send(house.chloe, "aside", deliveries([failed[0], failed[3]])) == "2 éléments écartés."
    assert states(failed)[3] == DeliveryState.ABANDONED


def test_failed_sealings_are_tried_again_and_never_set_aside(house: House) -> None:
    failed = fail_seals(house, 3)
    Signer.objects.filter(ceremony=failed[0]).update(state=SignerState.SIGNED)
    Signer.objects.filter(ceremony__in=failed[1:]).update(state=SignerState.INVITED)
    said = send(house.chloe, "aside", seals(failed[:1]))
    assert "Aucun élément écarté, 1 laissé" in said and "n’existe pas pour cela" in said
    assert send(house.chloe, "retry", seals(failed)) == "3 éléments réessayés."
    assert states(failed) == [CeremonyState.SEALING, CeremonyState.IN_PROGRESS, CeremonyState.IN_PROGRESS]
    assert "3 laissés" in send(house.chloe, "retry", seals(failed))


def test_rows_of_all_kinds_go_with_one_form(house: House) -> None:
    recipe = make_recipe(house)
    ticks = [
        *files(park_files(house.chloe, 2)),
        *runs(park_runs(house.chloe, recipe, 2)),
        *pieces(park_pieces(house.chloe, recipe, 2)),
        *deliveries(fail_deliveries(house, 2)),
        *seals(fail_seals(house, 2)),
        *scans(park_files(house.bruno, 1, state=CaptureState.WAITING, source=make_source(house))),
    ]
    shown = enter(house.chloe).get(LIST).content.decode()
    assert all(f'value="{tick}"' in shown for tick in ticks)
    assert "10 éléments réessayés, 1 laissé" in send(house.chloe, "retry", ticks)


def test_what_is_not_ones_own_is_left_and_never_named(house: House) -> None:
    other = make_house("autre")
    recipe = make_recipe(house)
    parked, stopped = park_files(house.alice, 2), park_runs(house.alice, recipe, 2)
    run, failed, unsealed = park_pieces(house.alice, recipe, 2), fail_deliveries(house, 2), fail_seals(house, 2)
    scan = park_files(house.alice, 1, state=CaptureState.WAITING, source=make_source(house))
    theirs = [*files(parked), *runs(stopped), *pieces(run), *deliveries(failed), *seals(unsealed), *scans(scan)]
    before = states([*parked, *stopped, *failed, *unsealed, *scan])
    for act in ("retry", "aside"):
        said = send(other.alice, act, theirs)
        assert "10 laissés" in said and "vous n’y avez pas accès" in said
        assert not any(name in said for name in ("scan-", "lot-", "factures", "contrat", unsealed[0].title))
        # A member's colleague's files are not hers either; the team's scans, sendings and requests are.
        mine = send(house.chloe, act, [*files(parked), *runs(stopped), *pieces(run)])
        assert "5 laissés" in mine and "scan-" not in mine
        assert enter(house.denis).post(reverse("todo:many"), {"act": act, "selected": theirs}).status_code == 403
    assert states([*parked, *stopped, *failed, *unsealed, *scan]) == before
    assert "data-select-row" not in enter(house.denis).get(LIST).content.decode()


def test_so_many_and_no_more(house: House) -> None:
    parked = park_files(house.chloe, MOST_AT_ONCE + 3)
    said = send(house.chloe, "aside", files(parked))
    assert f"{MOST_AT_ONCE} éléments écartés, 3 laissés" in said and f"{MOST_AT_ONCE} à la fois" in said
    assert Capture.objects.filter(state=CaptureState.PARKED).count() == 3


def test_the_pieces_of_a_run_count_one_by_one(house: House) -> None:
    run, parked = park_pieces(house.chloe, make_recipe(house), MOST_AT_ONCE), park_files(house.chloe, 5)
    said = send(house.chloe, "aside", [*pieces(run), *files(parked)])
    assert f"{MOST_AT_ONCE} éléments écartés, 5 laissés" in said and "factures.pdf" in said
    assert set(states(parked)) == {CaptureState.DISMISSED}
    assert list(run.pieces.filter(state=PieceState.PARKED).order_by("position").values_list("position", flat=True)) == [
        *range(MOST_AT_ONCE - 4, MOST_AT_ONCE + 1)
    ]


def test_a_form_that_says_nothing_does_nothing(house: House) -> None:
    parked = park_files(house.chloe, 1)
    rubbish = ["", "file", "file:1:2", f"file:{new_id()}:x", f"cat:{new_id()}:", f"file:{new_id()}:{10**40}:1"]
    assert "Cochez d’abord" in send(house.chloe, "retry", rubbish[:5])
    for act in ("", "delete"):
        assert "Cochez d’abord" in send(house.chloe, act, files(parked))
    assert states(parked) == [CaptureState.PARKED]
    # A box sent twice is one row; an instant beyond all time is no instant of a row.
    assert len(read_ticks([*files(parked), *files(parked)])) == 1
    assert "1 laissé" in send(house.chloe, "retry", [f"file:{parked[0].id}:{10**40}"])


KINDS: dict[str, Callable[[House, int], list[str]]] = {
    "files": lambda house, count: files(park_files(house.chloe, count)),
    "runs": lambda house, count: runs(park_runs(house.chloe, Recipe.objects.get(), count)),
    "deliveries": lambda house, count: deliveries(fail_deliveries(house, count)),
    "seals": lambda house, count: seals(fail_seals(house, count)),
    "pieces": lambda house, count: [
        tick for _ in range(count) for tick in pieces(park_pieces(house.chloe, Recipe.objects.get(), 2))
    ],
    "scans": lambda house, count: scans(
        park_files(house.bruno, count, state=CaptureState.WAITING, source=make_source(house, str(new_id())))
    ),
}


@pytest.mark.parametrize("act", ["retry", "aside"])
@pytest.mark.parametrize("kind", KINDS)
def test_thirty_rows_ask_the_database_as_much_as_three(house: House, kind: str, act: str) -> None:
    make_recipe(house)
    desk, asked = enter(house.chloe), []
    # The first form pays what is asked once in a process's life.
    for count in (1, 3, 30):
        ticks = KINDS[kind](house, count)
        with CaptureQueriesContext(connection) as seen:
            desk.post(reverse("todo:many"), {"act": act, "selected": ticks})
        asked.append([query["sql"] for query in seen.captured_queries])
    told = "\n".join(sql[:160] for sql in asked[2])
    assert len(asked[2]) <= len(asked[1]) + 1, f"{len(asked[1])} for 3, {len(asked[2])} for 30\n{told}"
    assert len(asked[2]) <= 40, told


@pytest.mark.django_db(transaction=True)
def test_two_people_at_the_same_instant_do_each_row_once() -> None:
    house = make_house()
    recipe = make_recipe(house)
    parked, stopped = park_files(house.chloe, 6), park_runs(house.chloe, recipe, 6)
    run = park_pieces(house.chloe, recipe, 6)
    ticks = [*files(parked), *runs(stopped), *pieces(run)]
    clients = [enter(house.chloe), enter(house.alice)]
    sent = [{"act": "retry", "selected": ticks}, {"act": "aside", "selected": list(reversed(ticks))}]
    answers = at_once(
        lambda: clients[0].post(reverse("todo:many"), sent[0]), lambda: clients[1].post(reverse("todo:many"), sent[1])
    )
    assert [answer.status_code for answer in answers] == [302, 302]
    told = [len(set(states(rows))) for rows in (parked, stopped, run.pieces.all())]
    assert told == [1, 1, 1]
    retried, dismissed = ("processing.piece-retried", "processing.piece-dismissed")
    assert Event.objects.filter(name__in=[retried, dismissed]).count() == 6
    assert Event.objects.filter(name__in=["processing.run-retried", "processing.run-cancelled"]).count() == 6
