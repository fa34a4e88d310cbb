"""Group commit: everybody is served once, and who comes together is served together."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from pli.kit.grouping import Group


def test_each_is_in_just_one_round_and_rounds_do_not_overlap() -> None:
    rounds: list[list[int]] = []
    at_work = threading.Lock()

    def work(batch: Sequence[int]) -> None:
        assert at_work.acquire(blocking=False)
        rounds.append(list(batch))
        at_work.release()

    group = Group(work, largest=4)
    barrier = threading.Barrier(20)

    def come(first: int) -> None:
        barrier.wait()
        for number in range(first, first + 10):
            group.join(number)
            assert any(number in batch for batch in rounds)

    threads = [threading.Thread(target=come, args=(1000 * rank,)) for rank in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    served = [number for batch in rounds for number in batch]
    assert sorted(served) == sorted(1000 * rank + number for rank in range(20) for number in range(10))
    assert max(map(len, rounds)) <= 4


def test_who_comes_meanwhile_is_served_in_one_round() -> None:
    rounds: list[list[str]] = []
    began, go_on = threading.Event(), threading.Event()

    def work(batch: Sequence[str]) -> None:
        rounds.append(list(batch))
        if batch[0] == "first":
            began.set()
            assert go_on.wait(30)

    group = Group(work)
    threads = [threading.Thread(target=group.join, args=(name,)) for name in ("first", "b", "c", "d")]
    threads[0].start()
    assert began.wait(30)
    for thread in threads[1:]:
        thread.start()
    while len(group._waiting) < 3:
        threading.Event().wait(0.001)
    go_on.set()
    for thread in threads:
        thread.join(30)
    assert rounds[0] == ["first"]
    assert sorted(rounds[1]) == ["b", "c", "d"]


def test_a_round_that_breaks_breaks_for_one_and_the_next_goes_on() -> None:
    seen: list[str] = []

    def work(batch: Sequence[str]) -> None:
        if "bad" in batch:
            raise ValueError("bad")
        seen.extend(batch)

    group = Group(work)
    with pytest.raises(ValueError, match="bad"):
        group.join("bad")
    group.join("good")
    assert seen == ["good"]
