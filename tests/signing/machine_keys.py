"""A ceremony whose first signer is of the team and may sign with a key of their own, at any moment and in any order."""

from __future__ import annotations

from contextlib import suppress

from cryptography.x509 import Certificate
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from pli.kit.errors import PliError
from pli.signing.api import (
    CeremonyState,
    OwnSignature,
    OwnSignatureState,
    Signer,
    SignerRequest,
    SignerState,
    refuse_own_signature,
    revoke_agent,
)
from pli.signing.own_key_models import OPEN_OWN_STATES
from pli.signing.revisions import awaiting_integration
from tests.agent.workstation import HeldKey, member
from tests.signing.machine import CeremonyMachine
from tests.signing.machine_base import WorkerKilled
from tests.signing.machine_people import ANY

ACCEPTED = (OwnSignatureState.GIVEN, OwnSignatureState.SIGNED)


class OwnKeyMachine(CeremonyMachine):
    """All of the other machine's rules, and those of the workstation."""

    def first_person(self) -> SignerRequest:
        self.key = HeldKey(self.house.bruno, "Bruno")
        self.is_revoked = False
        self.given: list[OwnSignature] = []
        return member(self.house.bruno)

    def other_roots(self) -> list[Certificate]:
        return [self.key.certificate]

    @rule(index=ANY)
    def give_to_the_workstation(self, index: int) -> None:
        """« Signer avec ma clé » on the page, once more or for the first time: what was given before is over."""
        visit = self.visit(index)
        if visit is None:
            return
        signer = self.signer_of(visit)
        may = self.may_answer(visit, signer) and bool(signer.member_id) and not self.is_revoked
        try:
            rows = self.key.ask(visit.session(), clock=self.clock)
        except PliError as error:
            assert not may, f"refused a right try: {error!r}"
        else:
            assert may, "gave a paper to sign without a code, a device or a key of theirs"
            self.given += rows

    @rule(index=ANY)
    def open_ask_type_and_give(self, index: int) -> None:
        """The usual way in one go."""
        self.open_ask_and_type(index)
        self.give_to_the_workstation(len(self.visits) - 1)

    @rule(back=ANY, dies=st.booleans(), times=st.integers(1, 2))
    def sign_at_the_workstation(self, back: int, dies: bool, times: int) -> None:
        """With what it was given last or before; perhaps twice; perhaps the web process dies before its commit."""
        rows = self._known()
        for _ in range(times if rows else 0):
            row = OwnSignature.objects.get(id=rows[-1 - back % len(rows)].id)
            may, before = self._must_take(row), [(one.id, one.state) for one in self.all_signers()]
            try:
                with transaction.atomic():
                    self.key.sign(row, clock=self.clock)
                    assert may, "took a value that came late, from elsewhere, or over another version"
                    if dies:
                        raise WorkerKilled
            except WorkerKilled:
                assert [(one.id, one.state) for one in self.all_signers()] == before
            except PliError as error:
                assert not may, f"refused a right value: {error!r}"
                assert [(one.id, one.state) for one in self.all_signers()] == before
            else:
                assert row.signer_id
                self.answers[row.signer_id] = self.answers.get(row.signer_id, 0) + 1
        self.collect()

    @rule(back=ANY)
    def refuse_at_the_workstation(self, back: int) -> None:
        """No there is no answer to the request: the signer may still sign, otherwise or anew."""
        rows, before = self._known(), [(one.id, one.state) for one in self.all_signers()]
        if rows:
            with suppress(PliError):
                refuse_own_signature(self.key.agent, rows[-1 - back % len(rows)].id, clock=self.clock)
        assert [(one.id, one.state) for one in self.all_signers()] == before

    @rule()
    def lose_the_workstation(self) -> None:
        with suppress(PliError):
            revoke_agent(self.house.bruno, self.key.agent.id, clock=self.clock)
            self.is_revoked = True

    @invariant()
    def a_key_has_one_answer(self) -> None:
        """At most one try is open; a value is accepted with its signer's answer, never beside another."""
        if not hasattr(self, "ceremony"):
            return
        rows = list(OwnSignature.objects.filter(signer__ceremony=self.ceremony).select_related("signer"))
        assert len([row for row in rows if row.state in OPEN_OWN_STATES]) <= 1
        accepted = [row.signer for row in rows if row.state in ACCEPTED]
        assert len(accepted) <= 1
        with_key = Signer.objects.filter(ceremony=self.ceremony, key_agent__isnull=False)
        assert [one.id for one in accepted if one] == [one.id for one in with_key]
        assert all(one.state == SignerState.SIGNED for one in with_key)

    def end_well(self) -> None:
        super().end_well()
        left = OwnSignature.objects.filter(signer__ceremony=self.ceremony, state=OwnSignatureState.GIVEN)
        assert not left.exists(), "accepted, and never put in"

    def _known(self) -> list[OwnSignature]:
        """All it was ever given, what was asked again after another's signature included."""
        return list(OwnSignature.objects.filter(signer__ceremony=self.ceremony).order_by("asked_at", "id"))

    def _must_take(self, row: OwnSignature) -> bool:
        signer, paper, now = row.signer, row.paper, self.clock.now()
        assert signer and paper
        is_open = signer.state == SignerState.VERIFIED and signer.link_version == row.link_version
        is_going = self.now().state == CeremonyState.IN_PROGRESS and now <= self.ceremony.expires_at
        is_current = row.source_sha256 == paper.current_sha256 and not awaiting_integration(self.ceremony.id).exists()
        is_waiting = row.state == OwnSignatureState.WAITING and now < row.expires_at
        return is_open and is_going and is_current and is_waiting
