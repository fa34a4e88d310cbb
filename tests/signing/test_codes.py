"""One-time codes alone: lifetimes to the second, single use, counters nothing resets, and tries made in parallel."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from pli.kit.clock import FrozenClock
from pli.kit.errors import PliError
from pli.notifications.api import Message
from pli.notifications.sending import deliver
from pli.signing.api import (
    CodeExpired,
    CodeWrong,
    DeviceUnknown,
    Signer,
    SignerRequest,
    SignerSession,
    TooManyCodes,
    TooManyTries,
    check_code,
    enter,
    open_link,
    reinvite_signer,
    send_code,
)
from pli.signing.models import CeremonyDocument
from tests.signing.machine_base import undone_at_the_end
from tests.support.ceremonies import JULIE, ask, last_code, last_link
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

WRONG = "999999"


@pytest.fixture
def house() -> House:
    return make_house()


def _arrive(house: House, run_jobs: RunJobs, clock: FrozenClock, person: SignerRequest = JULIE) -> SignerSession:
    ask(house, person, clock=clock)
    run_jobs()
    return _open(house, clock)


def _open(house: House, clock: FrozenClock) -> SignerSession:
    token = last_link(house, JULIE.email)
    _, device = open_link(token, clock=clock)
    return enter(token, device)


def _wrong(code: str) -> str:
    return WRONG if code != WRONG else "888888"


@pytest.mark.django_db
@pytest.mark.parametrize(("channel", "mobile", "seconds"), [("EMAIL", "", 300), ("SMS", "+33612345678", 600)])
def test_a_code_lives_exactly_as_long_as_promised(
    house: House, run_jobs: RunJobs, channel: str, mobile: str, seconds: int
) -> None:
    clock = FrozenClock(datetime.now(UTC))
    person = SignerRequest("Julie Martin", JULIE.email, mobile, code_channel=channel)
    session = _arrive(house, run_jobs, clock, person)
    send_code(session, clock=clock)
    run_jobs()
    code = last_code(house, mobile or JULIE.email)
    sent_at = clock.now()
    clock.at = sent_at + timedelta(seconds=seconds)
    with pytest.raises(CodeExpired):
        check_code(session, code, clock=clock)
    clock.at = sent_at + timedelta(seconds=seconds - 1)
    assert check_code(session, code, clock=clock).state == "VERIFIED"


@pytest.mark.django_db
def test_a_code_does_not_follow_to_another_device_nor_to_other_papers(house: House, run_jobs: RunJobs) -> None:
    clock = FrozenClock(datetime.now(UTC))
    first = _arrive(house, run_jobs, clock)
    send_code(first, clock=clock)
    run_jobs()
    code = last_code(house, JULIE.email)
    second = _open(house, clock)
    with pytest.raises(DeviceUnknown):
        check_code(first, code, clock=clock)
    with pytest.raises(CodeWrong):
        check_code(second, code, clock=clock)
    send_code(second, clock=clock)
    run_jobs()
    fresh = last_code(house, JULIE.email)
    signer = Signer.objects.get(id=second.signer_id)
    signer.shown = {str(CeremonyDocument.objects.get().id): "0" * 64}
    signer.save()
    with pytest.raises(CodeExpired):
        check_code(second, fresh, clock=clock)


@pytest.mark.django_db
def test_the_days_limits_outlive_new_links(house: House, run_jobs: RunJobs) -> None:
    clock = FrozenClock(datetime.now(UTC))
    session = _arrive(house, run_jobs, clock)
    for _ in range(5):
        send_code(session, clock=clock)
    with pytest.raises(TooManyCodes):
        send_code(session, clock=clock)
    reinvite_signer(house.chloe, session.signer_id, clock=clock)
    run_jobs()
    again = _open(house, clock)
    with pytest.raises(TooManyCodes):
        send_code(again, clock=clock)
    clock.advance(days=1)
    assert send_code(again, clock=clock)


class CodeMachine(RuleBasedStateMachine):
    """Codes sent and typed in any order, against a model that only counts."""

    house: ClassVar[House]

    def __init__(self) -> None:
        super().__init__()
        self.undo = undone_at_the_end()
        self.clock = FrozenClock(datetime.now(UTC).replace(hour=10))
        ask(self.house, clock=self.clock)
        self._deliver()
        self.session = _open(self.house, self.clock)
        self.wrong = 0
        self.wrong_today = Counter[object]()
        self.sent_today = Counter[object]()
        self.sent: list[tuple[str, datetime]] = []
        self.is_live = False

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)

    def _deliver(self) -> None:
        """What the queue would do, at this machine's own time of day."""
        for message in Message.objects.filter(state="WAITING"):
            deliver(message.id, clock=self.clock)

    @property
    def _day(self) -> object:
        return (self.clock.now() + timedelta(hours=1)).date()

    @rule()
    def send(self) -> None:
        try:
            send_code(self.session, clock=self.clock)
        except TooManyTries:
            assert self.wrong >= 5
        except TooManyCodes:
            assert self.sent_today[self._day] >= 5
        else:
            assert self.wrong < 5
            self.sent_today[self._day] += 1
            assert self.sent_today[self._day] <= 5
            self._deliver()
            self.sent.append((last_code(self.house, JULIE.email), self.clock.now()))
            self.is_live = True

    @rule(which=st.sampled_from(["last", "former", "wrong"]))
    def type(self, which: str) -> None:
        codes = [code for code, _ in self.sent]
        typed = {"last": codes[-1:], "former": codes[:1], "wrong": []}[which] or [_wrong(codes[-1] if codes else "")]
        is_last = bool(codes) and typed[0] == codes[-1]
        in_time = is_last and self.clock.now() < self.sent[-1][1] + timedelta(minutes=5)
        is_blocked = self.wrong >= 5 or self.wrong_today[self._day] >= 15
        try:
            check_code(self.session, typed[0], clock=self.clock)
        except TooManyTries:
            if not is_blocked:
                self._count()
                assert self.wrong >= 5
        except (CodeWrong, CodeExpired):
            assert not is_blocked
            assert not (in_time and self.is_live)
            self._count()
        else:
            assert in_time
            assert self.is_live
            assert not is_blocked
            self.is_live = False

    def _count(self) -> None:
        self.wrong += 1
        self.wrong_today[self._day] += 1

    @rule(seconds=st.sampled_from([1, 298, 299, 300, 86_400]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    @rule()
    def new_link(self) -> None:
        """A person of the organisation sends the link again: the tries of the link begin anew, not the day's."""
        reinvite_signer(self.house.chloe, self.session.signer_id, clock=self.clock)
        self._deliver()
        self.session = _open(self.house, self.clock)
        self.wrong, self.is_live, self.sent = 0, False, []

    @invariant()
    def the_count_is_kept(self) -> None:
        signer = Signer.objects.get(id=self.session.signer_id)
        assert signer.wrong_tries == self.wrong <= 5


@pytest.mark.django_db
def test_codes_in_any_order(house: House) -> None:
    class Machine(CodeMachine):
        pass

    Machine.house = house
    often = settings(
        max_examples=12,
        stateful_step_count=25,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Machine, settings=often)


@pytest.mark.django_db(transaction=True)
def test_tries_made_in_parallel_are_counted_one_by_one(run_jobs: RunJobs) -> None:
    house, clock = make_house(), FrozenClock(datetime.now(UTC))
    session = _arrive(house, run_jobs, clock)
    send_code(session, clock=clock)
    run_jobs()
    code = last_code(house, JULIE.email)
    barrier = threading.Barrier(8)
    heard: list[str] = []

    def try_wrong() -> None:
        barrier.wait()
        try:
            check_code(session, _wrong(code), clock=clock)
        except PliError as error:
            heard.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=try_wrong) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(heard) == {"SIG-010": 4, "SIG-012": 4}, (
        "five tries, the fifth of which blocks; the others are told so"
    )
    assert Signer.objects.get(id=session.signer_id).wrong_tries == 5
    with pytest.raises(TooManyTries):
        check_code(session, code, clock=clock)
