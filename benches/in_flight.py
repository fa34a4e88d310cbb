"""A thousand requests for signature in flight: answered, refused, reminded, left to expire in any order, with workers
running; then what must hold is checked, row by row, and the pages of the office are measured at a tenth and at the end.

``--documents`` is the number of requests. It fails when one is still pending whose signers have all answered, when a
message or a charge stands twice, or when a list asks more questions of the database for more requests.
"""

from __future__ import annotations

import logging
import random
import re
import time
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from typing import Any

from benches.harness import arguments, percentile, report
from benches.print_run import workers
from benches.support.installation import installation

WORKERS = 2
PAGES = ("/office/signatures/", "/office/")
SEED = 20261122


class Run:
    """The requests, and what each person is going to do."""

    def __init__(self, count: int) -> None:
        from tests.pdf.samples import simple_contract
        from tests.support.ceremonies import file_contract
        from tests.support.people import make_house

        self.count = count
        self.chance = random.Random(SEED)  # noqa: S311 - an order to repeat, no secret
        self.house = make_house()
        self.papers = [
            file_contract(self.house, simple_contract(2, title=f"Contrat {number}")) for number in range(min(20, count))
        ]
        self.plans: dict[str, str] = {}
        self.steps: Counter[str] = Counter()
        self.spent: list[float] = []

    def send(self, number: int) -> None:
        """One request of one to three people, in turn or all at once."""
        from pli.signing.api import OnRefusal, SignerRequest
        from tests.support.ceremonies import ask

        people = []
        for rank in range(self.chance.choice((1, 2, 2, 3))):
            email = f"s{number}-{rank}@client.example"
            self.plans[email] = self.chance.choices(("sign", "refuse", "nothing"), (80, 10, 10))[0]
            people.append(SignerRequest(f"Personne {number} {rank}", email))
        ask(
            self.house, *people, documents=[self.papers[number % len(self.papers)]], level="B-B",
            is_in_order=self.chance.random() < 0.5, on_refusal=self.chance.choice(OnRefusal.values),
        )  # fmt: skip

    def answer_all(self) -> None:
        """Whoever is asked does what they mean to do, drawn at random, until nobody is left who would."""
        from pli.signing.api import Signer, SignerState

        idle = 0
        while idle < 3:
            asked = Signer.objects.filter(state=SignerState.INVITED, ceremony__state="IN_PROGRESS")
            due = [one for one in asked.only("id", "email") if self.plans[one.email] != "nothing"]
            self.chance.shuffle(due)
            for one in due:
                self._act(one.id, one.email)
            idle = 0 if due else idle + 1
            if not due:
                wait_for_workers()

    def _act(self, signer_id: Any, email: str) -> None:
        from pli.kit.errors import PliError
        from pli.signing.api import check_code, enter, open_link, refuse, remind_signer, send_code

        if self.chance.random() < 0.1:
            self.steps["remind"] += bool(remind_signer(signer_id, by="reminder"))
        try:
            token = _mailed(self.house, email, r"/s/([A-Za-z0-9_-]{43})")
            _signer, device = open_link(token)
            session = enter(token, device)
            if self.plans[email] == "refuse":
                refuse(session, "Trop cher.")
                self.steps["refuse"] += 1
                return
            send_code(session)
            check_code(session, _mailed(self.house, email, r"(?m)^\s*(\d{6})\s*$"))
            self._sign(session)
        except PliError as error:
            # Somebody else's refusal ended the request meanwhile, as it may.
            self.steps[f"too late: {error.code}"] += 1

    def _sign(self, session: Any) -> None:
        from pli.signing.api import Signer, sign
        from tests.support.ceremonies import answer_of

        start = time.perf_counter()
        sign(session, answer_of(Signer.objects.get(id=session.signer_id), typed="Signature"))
        self.steps["sign"] += 1
        self.spent.append(time.perf_counter() - start)

    def expire_the_rest(self) -> None:
        """The last day passes for those who said nothing."""
        from pli.kit.clock import SYSTEM_CLOCK, FrozenClock
        from pli.signing.closing import due_expiries, expire_ceremony

        late = FrozenClock(SYSTEM_CLOCK.now() + timedelta(days=40))
        for ceremony_id in due_expiries(late):
            self.steps["expire"] += bool(expire_ceremony(ceremony_id, clock=late))


def _mailed(house: Any, address: str, pattern: str) -> str:
    """What stands in the last message to an address that matches; waits for the worker to have put it there."""
    from pli.notifications.api import Message, local_message

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for message in Message.objects.filter(to_address=address).order_by("-created_at", "-id")[:4]:
            found = re.search(pattern, local_message(house.alice, message.id).text) if message.sent_at else None
            if found:
                return found.group(1)
        time.sleep(0.02)
    raise TimeoutError(address)


def wait_for_workers() -> None:
    """Until nothing that is due waits any more."""
    from django.db import connection

    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
                " AND (scheduled_at IS NULL OR scheduled_at <= now())"
            )
            row = cursor.fetchone()
        if not row or not row[0]:
            return
        time.sleep(0.05)


def check(run: Run) -> dict[str, int]:
    """What must hold once everything has come to rest. :raises AssertionError: naming what does not."""
    from django.db.models import Count

    from pli.billing.api import Entry, Usage
    from pli.notifications.api import Message
    from pli.signing.api import SIGNER, Ceremony, EvidenceRecord, SealedRevision, Signer, SignerState

    states = Counter(Ceremony.objects.values_list("state", flat=True))
    pending = Ceremony.objects.filter(state__in=["IN_PROGRESS", "SEALING", "SEAL_FAILED"])
    if pending.exists():
        raise AssertionError(f"still pending: {dict(states)}")
    twice = Message.objects.values("organisation_id", "dedupe_key").annotate(n=Count("id")).filter(n__gt=1)
    links = Message.objects.filter(template="signature.invitation").values("subject_id").annotate(n=Count("id"))
    charges = Entry.objects.exclude(usage=None).values("usage_id").annotate(n=Count("id")).filter(n__gt=1)
    counts = {
        "twice mailed": twice.count(),
        "twice invited": links.filter(n__gt=1).count(),
        "twice charged": charges.count(),
    }
    if any(counts.values()):
        raise AssertionError(str(counts))
    completed = Signer.objects.filter(ceremony__state="COMPLETED", state=SignerState.SIGNED)
    answered = Signer.objects.filter(state__in=[SignerState.SIGNED, SignerState.REFUSED])
    told = {
        "usages": (Usage.objects.count(), completed.count()),
        "revisions": (SealedRevision.objects.filter(paper__ceremony__state="COMPLETED").exclude(signer=None).count(),
                      completed.count()),
        "proofs": (EvidenceRecord.objects.count(), answered.count()),
        "people left open": (Signer.objects.exclude(state__in=SIGNER.final).count(), 0),
    }  # fmt: skip
    wrong = {name: pair for name, pair in told.items() if pair[0] != pair[1]}
    if wrong:
        raise AssertionError(str(wrong))
    return dict(states)


class Asked:
    """Counts the questions a connection is asked."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self, execute: Any, *given: Any) -> Any:
        self.count += 1
        return execute(*given)


def questions_and_times(run: Run) -> dict[str, tuple[int, float]]:
    """For each page: how many questions it asks of the database, and the 95th percentile of twenty answers in ms."""
    from django.db import connection
    from django.test import Client

    from pli.parties.api import Account

    browser = Client()
    browser.force_login(Account.objects.get(id=run.house.alice.account_id))
    found = {}
    for page in PAGES:
        browser.get(page)
        asked = Asked()
        with connection.execute_wrapper(asked):
            answer = browser.get(page)
        if answer.status_code != 200:
            raise AssertionError(f"{page}: {answer.status_code}")
        spent = []
        for _ in range(20):
            start = time.perf_counter()
            browser.get(page)
            spent.append((time.perf_counter() - start) * 1000)
        found[page] = (asked.count, percentile(spent, 0.95))
    return found


def main() -> None:
    options = arguments(__doc__ or "", documents=1000)
    logging.disable(logging.WARNING)
    with installation():
        run, start = Run(max(10, options.documents)), time.perf_counter()
        tenth = run.count // 10
        with workers(WORKERS):
            for number in range(tenth):
                run.send(number)
            wait_for_workers()
            before = questions_and_times(run)
            for number in range(tenth, run.count):
                run.send(number)
            sent = time.perf_counter() - start
            wait_for_workers()
            in_flight = questions_and_times(run)
            run.answer_all()
            run.expire_the_rest()
            wait_for_workers()
        states = check(run)
        grown = {page: (before[page][0], in_flight[page][0]) for page in PAGES if in_flight[page][0] > before[page][0]}
        if grown:
            raise AssertionError(f"more requests, more questions: {grown}")
        whole = time.perf_counter() - start
        figures = {
            "requests": run.count, **states, **run.steps, "sending_seconds": sent, "whole_seconds": whole,
            "signing_p95_ms": percentile(run.spent, 0.95) * 1000,
            **{f"{page} queries": in_flight[page][0] for page in PAGES},
            **{f"{page} p95_ms": in_flight[page][1] for page in PAGES},
        }  # fmt: skip
        floor = {f"{page} p95_ms at a tenth": before[page][1] for page in PAGES}
        report("in-flight", figures=figures, floor=floor, ratio=in_flight[PAGES[0]][1] / before[PAGES[0]][1])
        with suppress(ImportError):
            from django.db import connections

            connections.close_all()


if __name__ == "__main__":
    main()
