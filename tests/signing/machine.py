"""A ceremony taken through anything, in any order: what people, the clock, the sweep and broken services may do."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar
from unittest.mock import patch
from uuid import UUID

from django.conf import settings
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pli.documents.api import Document, existing_blob_path
from pli.journal.api import events_about
from pli.kit.clock import FrozenClock
from pli.kit.errors import PliError
from pli.notifications.api import Message, messages_about
from pli.signing.api import (
    CEREMONY,
    SIGNER,
    Ceremony,
    CeremonyState,
    EvidenceRecord,
    OnRefusal,
    SealedRevision,
    Signer,
    SignerRequest,
    SignerRole,
    SignerSession,
    SignerState,
    check_code,
    enter,
    open_link,
    refuse,
    reinvite_signer,
    remind_signer,
    seal_ceremony,
    send_code,
    sign,
    trust_store,
    withdraw_ceremony,
)
from pli.signing.closing import due_expiries, expire_ceremony
from pli.signing.invitations import due_reminders
from pli.signing.resuming import stuck_ceremonies
from pli.trust.api import verify_pdf
from tests.support.ceremonies import answer_of, ask, last_code, last_link
from tests.support.people import House

PEOPLE = (SignerRequest("Julie Martin", "julie@client.example"), SignerRequest("Paul Durand", "paul@client.example"))
# Where a worker may be cut down while it seals: between two of its transactions, or inside one.
CUTS = (
    "_seal_one",
    "_keep_revision",
    "store_file",
    "draw_mark",
    "invite_next",
    "_close_one",
    "make_evidence",
    "_complete",
)
WAITS = (1, 61, 299, 301, 3601, 13 * 3600, 86_400, 4 * 86_400)
TSA_DOWN = "http://127.0.0.1:1/"


class WorkerKilled(BaseException):
    """What stands in for kill -9 inside a job: nothing of Pli's catches it."""


@dataclass
class Visit:
    """One link a person followed on one device, and the codes that came."""

    email: str
    token: str
    device: str
    codes: list[str]

    def session(self) -> SignerSession:
        return enter(self.token, self.device)


def undone_at_the_end() -> transaction.Atomic:
    """A transaction around one run of a machine, which durable blocks take for the test's own."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    block.__enter__()
    return block


class CeremonyMachine(RuleBasedStateMachine):
    """``house``, ``papers`` and ``run_jobs`` are set by the test that runs it."""

    house: ClassVar[House]
    papers: ClassVar[list[Document]]
    run_jobs: ClassVar[Callable[[], int]]

    def __init__(self) -> None:
        super().__init__()
        self.undo = undone_at_the_end()
        self.clock = FrozenClock(datetime.now(UTC))
        self.links: dict[str, list[str]] = {person.email: [] for person in PEOPLE}
        self.visits: list[Visit] = []
        self.answers: dict[UUID, int] = {}
        self.secrets: set[str] = set()
        self.seen_states: dict[UUID, str] = {}
        settings.PLI_TSA_URL = ""

    def teardown(self) -> None:
        try:
            if hasattr(self, "ceremony"):
                self._end_well()
        finally:
            settings.PLI_TSA_URL = ""
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    @initialize(
        is_in_order=st.booleans(),
        count=st.integers(1, 2),
        level=st.sampled_from(["B-B", "B-T", "B-LT"]),
        on_refusal=st.sampled_from(OnRefusal.values),
        role=st.sampled_from(SignerRole.values),
    )
    def begin(self, is_in_order: bool, count: int, level: str, on_refusal: str, role: str) -> None:
        """The second of two may only approve; a refusal may let the other go on."""
        people = [PEOPLE[0], replace(PEOPLE[1], role=role)][:count]
        self.ceremony = ask(
            self.house, *people, documents=self.papers, is_in_order=is_in_order, level=level, clock=self.clock,
            on_refusal=on_refusal,
        )  # fmt: skip
        self.source = existing_blob_path(self.ceremony.papers.get().source_sha256).read_bytes()
        self._collect()

    # People

    @rule(who=st.integers(0, 1), former=st.booleans())
    def open(self, who: int, former: bool) -> None:
        """Somebody opens a link, the last or a former one, on a device of their own."""
        known = self.links[PEOPLE[who].email]
        if not known:
            return
        token = known[0] if former else known[-1]
        before = self._signer(PEOPLE[who].email)
        with suppress(PliError):
            _, device = open_link(token, clock=self.clock)
            assert token == known[-1], "a former link is dead"
            assert before.state in (SignerState.INVITED, SignerState.OPENED, SignerState.VERIFIED)
            self.visits.append(Visit(before.email, token, device, []))

    @rule(index=st.integers(0, 9))
    def ask_code(self, index: int) -> None:
        visit = self._visit(index)
        if visit is None:
            return
        sent = False
        with suppress(PliError):
            send_code(visit.session(), clock=self.clock)
            sent = True
        self._collect()
        if sent:
            visit.codes.append(last_code(self.house, visit.email))
            self.secrets.add(visit.codes[-1])

    @rule(index=st.integers(0, 9), which=st.sampled_from(["last", "last", "last", "former", "wrong"]))
    def type_code(self, index: int, which: str) -> None:
        visit = self._visit(index)
        if visit is None:
            return
        code = {"last": visit.codes[-1:], "former": visit.codes[:1], "wrong": []}[which]
        typed = code[0] if code else ("000000" if "000000" not in visit.codes else "111111")
        before = self._signer(visit.email)
        try:
            check_code(visit.session(), typed, clock=self.clock)
        except PliError:
            after = self._signer(visit.email)
            assert after.state == before.state
            assert after.wrong_tries in (before.wrong_tries, before.wrong_tries + 1)
        else:
            assert typed == visit.codes[-1]
            assert before.wrong_tries < 5

    @rule(index=st.integers(0, 9), times=st.integers(1, 2))
    def sign(self, index: int, times: int) -> None:
        """Press « Signer », perhaps twice."""
        visit = self._visit(index)
        for _ in range(times if visit else 0):
            assert visit
            signer = self._signer(visit.email)
            may = self._may_sign(visit, signer)
            try:
                sign(visit.session(), answer_of(signer), clock=self.clock)
            except PliError as error:
                assert not may, f"refused a right signature: {error!r}"
            else:
                assert may, "accepted a signature without its code, its device or its time"
                self.answers[signer.id] = self.answers.get(signer.id, 0) + 1

    @rule(index=st.integers(0, 9))
    def refuse(self, index: int) -> None:
        visit = self._visit(index)
        if visit is None:
            return
        with suppress(PliError):
            signer = refuse(visit.session(), "Le prix a changé.", clock=self.clock)
            self.answers[signer.id] = self.answers.get(signer.id, 0) + 1
        self._collect()

    # The sender

    @rule()
    def withdraw(self) -> None:
        with suppress(PliError):
            withdraw_ceremony(self.house.chloe, self.ceremony.id, "Erreur de montant.", clock=self.clock)
        self._collect()

    @rule(who=st.integers(0, 1), corrected=st.booleans())
    def resend(self, who: int, corrected: bool) -> None:
        signer = self._signer(PEOPLE[who].email, missing_ok=True)
        if signer is None:
            return
        email = PEOPLE[who].email.upper() if corrected else ""
        with suppress(PliError):
            reinvite_signer(self.house.chloe, signer.id, email=email, clock=self.clock)
        self._collect()

    @rule(who=st.integers(0, 1))
    def remind(self, who: int) -> None:
        signer = self._signer(PEOPLE[who].email, missing_ok=True)
        if signer:
            remind_signer(signer.id, by="reminder", clock=self.clock)
            self._collect()

    # Time, workers, services

    @rule(seconds=st.sampled_from(WAITS))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds=seconds)

    @rule()
    def sweep(self) -> None:
        """What runs every minute."""
        for ceremony_id in due_expiries(self.clock):
            expire_ceremony(ceremony_id, clock=self.clock)
        for signer_id in due_reminders(self.clock):
            remind_signer(signer_id, by="reminder", clock=self.clock)
        for ceremony_id in stuck_ceremonies(self.clock):
            seal_ceremony(ceremony_id, clock=self.clock)
        self._collect()

    @rule()
    def work(self) -> None:
        seal_ceremony(self.ceremony.id, clock=self.clock)
        self._collect()

    @rule(cut=st.sampled_from(CUTS), after=st.booleans())
    def work_and_die(self, cut: str, after: bool) -> None:
        """A worker killed just before, or just after, one of its steps."""
        from pli.signing import sealing

        real = getattr(sealing, cut)

        def deadly(*arguments: object, **named: object) -> None:
            if after:
                real(*arguments, **named)
            raise WorkerKilled

        with patch.object(sealing, cut, deadly), suppress(WorkerKilled):
            seal_ceremony(self.ceremony.id, clock=self.clock)
        self._collect()

    @rule(is_down=st.booleans())
    def timestamps(self, is_down: bool) -> None:
        settings.PLI_TSA_URL = TSA_DOWN if is_down else ""

    # What always holds

    @invariant()
    def moves_are_in_the_tables(self) -> None:
        if not hasattr(self, "ceremony"):
            return
        for one, table in [(self._ceremony(), CEREMONY), *((signer, SIGNER) for signer in self._signers())]:
            former = self.seen_states.get(one.id, one.state)
            assert one.state in _reachable(table.moves, former), f"{former} → {one.state}"
            self.seen_states[one.id] = one.state

    @invariant()
    def answers_are_counted_once(self) -> None:
        if not hasattr(self, "ceremony"):
            return
        signers = self._signers()
        for signer in signers:
            has_answered = signer.state in (SignerState.SIGNED, SignerState.REFUSED)
            assert self.answers.get(signer.id, 0) == int(has_answered), signer
        state = self._ceremony().state
        if all(signer.state == SignerState.SIGNED for signer in signers):
            assert state not in (CeremonyState.IN_PROGRESS, CeremonyState.EXPIRED, CeremonyState.REFUSED)
        if all(signer.state in (SignerState.SIGNED, SignerState.REFUSED) for signer in signers):
            assert state != CeremonyState.IN_PROGRESS, "all have answered"
        if state in (CeremonyState.SEALING, CeremonyState.COMPLETED):
            assert _signatures(signers)
            assert all(signer.state in SIGNER.final for signer in signers)
            is_strict = self.ceremony.on_refusal == OnRefusal.STOP
            assert not is_strict or all(signer.state == SignerState.SIGNED for signer in signers)

    @invariant()
    def nothing_is_sealed_lower_than_asked(self) -> None:
        if hasattr(self, "ceremony"):
            rows = SealedRevision.objects.filter(paper__ceremony=self.ceremony).order_by("number")
            assert all(row.facts["level"] == self.ceremony.level for row in rows)
            assert [row.number for row in rows] == list(range(1, len(rows) + 1))

    def _end_well(self) -> None:
        """The services come back, the workers run: nothing is stuck, everything is proved, no secret was told."""
        settings.PLI_TSA_URL = ""
        for _ in range(2):
            seal_ceremony(self.ceremony.id, clock=self.clock)
        self._collect()
        self.moves_are_in_the_tables()
        ceremony = self._ceremony()
        answered = [s for s in self._signers() if s.state in (SignerState.SIGNED, SignerState.REFUSED)]
        has_no_stop = ceremony.on_refusal == OnRefusal.GO_ON or all(s.state == SignerState.SIGNED for s in answered)
        if len(answered) == len(self._signers()) and has_no_stop and _signatures(answered):
            assert ceremony.state == CeremonyState.COMPLETED
        if ceremony.state in CEREMONY.final:
            proved = EvidenceRecord.objects.filter(signer__ceremony=ceremony).values_list("signer_id", flat=True)
            assert sorted(proved) == sorted(signer.id for signer in answered)
        paper = ceremony.papers.get()
        final = existing_blob_path(paper.current_sha256)
        assert final.read_bytes().startswith(self.source)
        if ceremony.state == CeremonyState.COMPLETED:
            verdict = verify_pdf(final, roots=trust_store().roots())
            assert verdict.verdict == "TOTAL_PASSED", verdict.reason
            closings = SealedRevision.objects.filter(paper=paper, signer=None).count()
            assert len(verdict.signatures) == len(_signatures(answered)) + closings
            assert [one.is_locking for one in verdict.signatures][-1]
        self._no_secret_was_told()

    def _no_secret_was_told(self) -> None:
        keys = list(Message.objects.values_list("dedupe_key", flat=True))
        assert len(keys) == len(set(keys))
        told = [str(row.data) for row in events_about(("ceremony", self.ceremony.id))]
        for signer in self._signers():
            told += [str(one) for one in messages_about(("signer", signer.id))]
        told += [json.dumps(row, default=str) for row in Message.objects.values()]
        told += [
            existing_blob_path(row.json_sha256).read_text()
            for row in EvidenceRecord.objects.filter(signer__ceremony=self.ceremony)
        ]
        text = "\n".join(told)
        for secret in self.secrets:
            if len(secret) > 6:
                assert secret not in text
            else:
                assert f'"{secret}"' not in text
                assert f" {secret} " not in text

    # Small change

    def _collect(self) -> None:
        """Let the messages go out, and take the links from the mailboxes."""
        self.run_jobs()
        for person in PEOPLE:
            with suppress(AssertionError):
                link = last_link(self.house, person.email)
                if link not in self.links[person.email] and link not in self.secrets:
                    self.links[person.email].append(link)
                    self.secrets.add(link)

    def _visit(self, index: int) -> Visit | None:
        return self.visits[index % len(self.visits)] if self.visits else None

    def _ceremony(self) -> Ceremony:
        return Ceremony.objects.get(id=self.ceremony.id)

    def _signers(self) -> list[Signer]:
        return list(Signer.objects.filter(ceremony=self.ceremony).select_related("ceremony").order_by("position"))

    def _signer(self, email: str, *, missing_ok: bool = False) -> Signer:
        found = [signer for signer in self._signers() if signer.email == email]
        return found[0] if found or not missing_ok else None  # type: ignore[return-value]

    def _may_sign(self, visit: Visit, signer: Signer) -> bool:
        now = self.clock.now()
        is_here = False
        with suppress(PliError):
            is_here = visit.session().signer_id == signer.id
        return bool(
            is_here
            and visit.token == self.links[visit.email][-1]
            and signer.state == SignerState.VERIFIED
            and signer.verified_until
            and now <= signer.verified_until
            and signer.ceremony.state == CeremonyState.IN_PROGRESS
            and now <= signer.ceremony.expires_at
        )


def _signatures(signers: list[Signer]) -> list[Signer]:
    """Those whose signature stands in the file, or will."""
    return [one for one in signers if one.role == SignerRole.SIGNER and one.state == SignerState.SIGNED]


def _reachable(moves: object, state: str) -> set[str]:
    """Every state the table leads to from ``state``, which is one of them."""
    found = {state}
    while True:
        more = {target for (source, _), target in moves.items() if source in found}  # type: ignore[attr-defined]
        if more <= found:
            return found
        found |= more
