"""What a machine over ceremonies stands on: the people, their mailboxes and devices, and how it is undone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import ClassVar
from unittest.mock import patch
from uuid import UUID

from django.conf import settings
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize

from pli.documents.api import Document, existing_blob_path
from pli.kit.clock import FrozenClock, SystemClock
from pli.kit.errors import PliError
from pli.signing.api import (
    Ceremony,
    CeremonyState,
    Delegate,
    OnRefusal,
    Signer,
    SignerRequest,
    SignerRole,
    SignerSession,
    SignerState,
    enter,
)
from tests.support.ceremonies import ask, last_link
from tests.support.people import House

PEOPLE = (SignerRequest("Julie Martin", "julie@client.example"), SignerRequest("Paul Durand", "paul@client.example"))
# Whom each may name in their place, and the address each moves to once corrected.
DELEGATES = (Delegate("Léa Roy", "lea@client.example"), Delegate("Marc Petit", "marc@client.example"))
CORRECTED = ("julie.martin@client.example", "paul.durand@client.example")


class WorkerKilled(BaseException):
    """What stands in for kill -9 inside a job or a request: nothing of Pli's catches it."""


@dataclass
class Visit:
    """One link a person followed on one device, and the codes that came."""

    signer_id: UUID
    token: str
    device: str
    clock: FrozenClock
    codes: list[str] = field(default_factory=list)

    def session(self) -> SignerSession:
        return enter(self.token, self.device, clock=self.clock)


def undone_at_the_end() -> transaction.Atomic:
    """A transaction around one run of a machine, which durable blocks take for the test's own."""
    block = transaction.atomic()
    block._from_testcase = True  # type: ignore[attr-defined]
    block.__enter__()
    return block


class MachineBase(RuleBasedStateMachine):
    """``house``, ``papers`` and ``run_jobs`` are set by the test that runs it."""

    house: ClassVar[House]
    papers: ClassVar[list[Document]]
    run_jobs: ClassVar[Callable[[], int]]

    def __init__(self) -> None:
        super().__init__()
        self.undo = undone_at_the_end()
        self.clock = FrozenClock(datetime.now(UTC))
        # Every link a signer was given, in any way; only the last one lives.
        self.links: dict[UUID, list[str]] = defaultdict(list)
        # What the sender last did of a link sent again: to a corrected address or not, and when.
        self.resent: dict[UUID, tuple[bool, datetime]] = {}
        self.visits: list[Visit] = []
        self.answers: dict[UUID, int] = {}
        self.secrets: set[str] = set()
        self.seen_states: dict[UUID, str] = {}
        settings.PLI_TSA_URL = ""

    def teardown(self) -> None:
        try:
            if hasattr(self, "ceremony"):
                self.end_well()
        finally:
            settings.PLI_TSA_URL = ""
            transaction.set_rollback(True)
            self.undo.__exit__(None, None, None)

    def end_well(self) -> None:
        """What must hold once everything has come to rest."""
        raise NotImplementedError

    @initialize(
        is_in_order=st.booleans(),
        count=st.integers(1, 2),
        level=st.sampled_from(["B-B", "B-T", "B-LT"]),
        on_refusal=st.sampled_from(OnRefusal.values),
        role=st.sampled_from(SignerRole.values),
        may_delegate=st.booleans(),
    )
    def begin(self, is_in_order: bool, count: int, level: str, on_refusal: str, role: str, may_delegate: bool) -> None:
        """The second of two may only approve; a refusal may let the other go on; others may be named."""
        people = [self.first_person(), replace(PEOPLE[1], role=role)][:count]
        self.ceremony = ask(
            self.house, *people, documents=self.papers, is_in_order=is_in_order, level=level, clock=self.clock,
            on_refusal=on_refusal, may_delegate=may_delegate,
        )  # fmt: skip
        self.source = existing_blob_path(self.ceremony.papers.get().source_sha256).read_bytes()
        self.collect()

    def first_person(self) -> SignerRequest:
        """Who is asked first, and always signs."""
        return PEOPLE[0]

    def collect(self) -> None:
        """Let the messages go out, at the machine's own hour, and take the links from the mailboxes."""
        with patch.object(SystemClock, "now", lambda _clock: self.clock.now()):
            self.run_jobs()
        for signer in self.all_signers():
            with suppress(AssertionError):
                link = last_link(self.house, signer.email)
                if link not in self.secrets:
                    self.keep_link(signer.id, link)

    def keep_link(self, signer_id: UUID, token: str) -> None:
        """From here on this is the signer's link, and a secret nobody may be told."""
        self.links[signer_id].append(token)
        self.secrets.add(token)

    def visit(self, index: int) -> Visit | None:
        return self.visits[index % len(self.visits)] if self.visits else None

    def now(self) -> Ceremony:
        return Ceremony.objects.get(id=self.ceremony.id)

    def all_signers(self) -> list[Signer]:
        return list(Signer.objects.filter(ceremony=self.ceremony).select_related("ceremony").order_by("position"))

    def some_signer(self, who: int) -> Signer:
        found = self.all_signers()
        return found[who % len(found)]

    def signer_of(self, visit: Visit) -> Signer:
        return Signer.objects.select_related("ceremony").get(id=visit.signer_id)

    def may_answer(self, visit: Visit, signer: Signer) -> bool:
        """Whether a right answer from this device must be taken now."""
        now = self.clock.now()
        is_here = False
        with suppress(PliError):
            is_here = visit.session().signer_id == signer.id
        return bool(
            is_here
            and visit.token == self.links[signer.id][-1]
            and signer.state == SignerState.VERIFIED
            and signer.verified_until
            and now <= signer.verified_until
            and signer.ceremony.state == CeremonyState.IN_PROGRESS
            and now <= signer.ceremony.expires_at
        )
