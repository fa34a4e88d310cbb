"""A ceremony taken through anything, in any order: what people, the clock, the sweep and broken services may do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from unittest.mock import patch
from uuid import UUID

import pytest
from cryptography.x509 import Certificate
from django.conf import settings
from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from pli.documents.api import existing_blob_path
from pli.journal.api import events_about
from pli.kit.errors import PliError
from pli.notifications.api import Message, messages_about
from pli.signing.api import (
    ANSWERED_STATES,
    CEREMONY,
    SIGNER,
    CeremonyState,
    EvidenceRecord,
    OnRefusal,
    SealedRevision,
    Signer,
    SignerRole,
    SignerState,
    open_link,
    reinvite_signer,
    remind_signer,
    seal_ceremony,
    trust_store,
    withdraw_ceremony,
)
from pli.signing.closing import due_expiries, expire_ceremony
from pli.signing.errors import LinkUnknown
from pli.signing.in_person import due_in_person, end_in_person
from pli.signing.invitations import TWICE, due_reminders
from pli.signing.resuming import stuck_ceremonies
from pli.trust.api import verify_pdf
from tests.signing.machine_base import CORRECTED, WorkerKilled
from tests.signing.machine_people import PeopleRules

# Where a worker may be cut down while it seals: between two of its transactions, or inside one.
CUTS = (
    "_seal_one",
    "keep_revision",
    "store_file",
    "draw_mark",
    "invite_next",
    "_close_one",
    "make_evidence",
    "_complete",
)
WAITS = (1, 61, 299, 301, 3601, 13 * 3600, 86_400, 4 * 86_400)
TSA_DOWN = "http://127.0.0.1:1/"
# Signed, or somebody else in one's place: nobody is against.
DONE = (SignerState.SIGNED, SignerState.DELEGATED)


@contextmanager
def held_by_another_worker(ceremony_id: UUID) -> Iterator[None]:
    """As another process has it that is sealing this ceremony."""
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 2))", [f"seal:{ceremony_id}"])
        yield
    finally:
        other.close()


class CeremonyMachine(PeopleRules):
    """People's rules, and those of the sender, of time, of workers and services; and what always holds."""

    # The sender

    @rule()
    def withdraw(self) -> None:
        with suppress(PliError):
            withdraw_ceremony(self.house.chloe, self.ceremony.id, "Erreur de montant.", clock=self.clock)
        self.collect()

    @rule(who=st.integers(0, 9), corrected=st.booleans())
    def resend(self, who: int, corrected: bool) -> None:
        """To the same address or to a corrected one; every former link is dead from then on. A button pressed twice
        sends one: the link of a moment ago is then the last."""
        signer = self.some_signer(who)
        former = list(self.links[signer.id])
        email = CORRECTED[(signer.position - 1) % 2].upper() if corrected else ""
        sent, self.resent[signer.id] = self.resent.get(signer.id), (corrected, self.clock.now())
        is_twice = sent is not None and sent[0] == corrected and self.clock.now() - sent[1] < TWICE
        with suppress(PliError):
            reinvite_signer(self.house.chloe, signer.id, email=email, clock=self.clock)
            self.collect()
            made = len(self.links[signer.id]) - len(former)
            assert made == 1 or (made == 0 and is_twice)
            for token in self.links[signer.id][:-1]:
                with pytest.raises(LinkUnknown):
                    open_link(token, clock=self.clock)

    @rule(who=st.integers(0, 9))
    def remind(self, who: int) -> None:
        remind_signer(self.some_signer(who).id, by="reminder", clock=self.clock)
        self.collect()

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
        for signer_id in due_in_person(self.clock):
            end_in_person(signer_id, clock=self.clock)
        for ceremony_id in stuck_ceremonies(self.clock):
            seal_ceremony(ceremony_id, clock=self.clock)
        self.collect()

    @rule()
    def work(self) -> None:
        seal_ceremony(self.ceremony.id, clock=self.clock)
        self.collect()

    @rule(cut=st.sampled_from(CUTS), after=st.booleans())
    def work_and_die(self, cut: str, after: bool) -> None:
        """A worker killed just before, or just after, one of its steps."""
        from pli.signing import revision_requests, sealing

        room = sealing if hasattr(sealing, cut) else revision_requests
        real = getattr(room, cut)

        def deadly(*arguments: object, **named: object) -> None:
            if after:
                real(*arguments, **named)
            raise WorkerKilled

        with patch.object(room, cut, deadly), suppress(WorkerKilled):
            seal_ceremony(self.ceremony.id, clock=self.clock)
        self.collect()

    @rule()
    def work_beside_another(self) -> None:
        """A second worker finds the ceremony taken: it changes nothing."""
        with suppress(PliError), held_by_another_worker(self.ceremony.id):
            before = (self.now().state, SealedRevision.objects.count(), EvidenceRecord.objects.count())
            seal_ceremony(self.ceremony.id, clock=self.clock)
            assert (self.now().state, SealedRevision.objects.count(), EvidenceRecord.objects.count()) == before

    @rule(is_down=st.booleans())
    def timestamps(self, is_down: bool) -> None:
        settings.PLI_TSA_URL = TSA_DOWN if is_down else ""

    # What always holds

    @invariant()
    def moves_are_in_the_tables(self) -> None:
        if not hasattr(self, "ceremony"):
            return
        for one, table in [(self.now(), CEREMONY), *((signer, SIGNER) for signer in self.all_signers())]:
            former = self.seen_states.get(one.id, one.state)
            assert one.state in _reachable(table.moves, former), f"{former} → {one.state}"
            self.seen_states[one.id] = one.state

    @invariant()
    def answers_are_counted_once(self) -> None:
        if not hasattr(self, "ceremony"):
            return
        signers = self.all_signers()
        for signer in signers:
            has_answered = signer.state in (SignerState.SIGNED, SignerState.REFUSED)
            assert self.answers.get(signer.id, 0) == int(has_answered), signer
        state = self.now().state
        if all(signer.state in DONE for signer in signers):
            assert state not in (CeremonyState.IN_PROGRESS, CeremonyState.EXPIRED, CeremonyState.REFUSED)
        if all(signer.state in ANSWERED_STATES for signer in signers):
            assert state != CeremonyState.IN_PROGRESS, "all have answered"
        if state in (CeremonyState.SEALING, CeremonyState.COMPLETED):
            assert _signatures(signers)
            assert all(signer.state in SIGNER.final for signer in signers)
            is_strict = self.ceremony.on_refusal == OnRefusal.STOP
            assert not is_strict or all(signer.state in DONE for signer in signers)

    @invariant()
    def nothing_is_sealed_lower_than_asked(self) -> None:
        if hasattr(self, "ceremony"):
            rows = SealedRevision.objects.filter(paper__ceremony=self.ceremony).order_by("number")
            assert all(row.facts["level"] == self.ceremony.level for row in rows)
            assert [row.number for row in rows] == list(range(1, len(rows) + 1))

    def end_well(self) -> None:
        """The services come back, the workers run: nothing is stuck, everything is proved, no secret was told."""
        settings.PLI_TSA_URL = ""
        for _ in range(2):
            seal_ceremony(self.ceremony.id, clock=self.clock)
        self.collect()
        self.moves_are_in_the_tables()
        ceremony = self.now()
        answered = [s for s in self.all_signers() if s.state in ANSWERED_STATES]
        has_no_stop = ceremony.on_refusal == OnRefusal.GO_ON or all(s.state in DONE for s in answered)
        if len(answered) == len(self.all_signers()) and has_no_stop and _signatures(answered):
            assert ceremony.state == CeremonyState.COMPLETED
        if ceremony.state in CEREMONY.final:
            proved = EvidenceRecord.objects.filter(signer__ceremony=ceremony).values_list("signer_id", flat=True)
            assert sorted(proved) == sorted(signer.id for signer in answered)
        paper = ceremony.papers.get()
        final = existing_blob_path(paper.current_sha256)
        assert final.read_bytes().startswith(self.source)
        if ceremony.state == CeremonyState.COMPLETED:
            verdict = verify_pdf(final, roots=[*trust_store().roots(), *self.other_roots()])
            assert verdict.verdict == "TOTAL_PASSED", verdict.reason
            closings = SealedRevision.objects.filter(paper=paper, signer=None).count()
            assert len(verdict.signatures) == len(_signatures(answered)) + closings
            assert [one.is_locking for one in verdict.signatures][-1]
        self._no_secret_was_told()

    def other_roots(self) -> list[Certificate]:
        """Whose certificates are trusted beside the house's own."""
        return []

    def _no_secret_was_told(self) -> None:
        keys = list(Message.objects.values_list("dedupe_key", flat=True))
        assert len(keys) == len(set(keys))
        told = [str(row.data) for row in events_about(("ceremony", self.ceremony.id))]
        for signer in self.all_signers():
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
