"""What signers may do, in any order and from any device they ever had: the people's rules of the machine."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import rule

from pli.kit.errors import PliError
from pli.signing.api import (
    SignerState,
    check_code,
    claim_in_person,
    delegate,
    may_delegate,
    offer_hand_over,
    open_in_person,
    open_link,
    refuse,
    send_code,
    sign,
    take_over,
)
from pli.signing.errors import LinkUnknown
from tests.signing.machine_base import DELEGATES, MachineBase, Visit, WorkerKilled
from tests.support.ceremonies import answer_of, last_code

ANY = st.integers(0, 9)


class PeopleRules(MachineBase):
    """Rules only; what always holds is said where the machine is put together."""

    @rule(who=ANY, former=st.booleans())
    def open(self, who: int, former: bool) -> None:
        """Somebody opens a link, the last or a former one, on a device of their own."""
        before = self.some_signer(who)
        known = self.links[before.id]
        if not known:
            return
        token = known[0] if former else known[-1]
        with suppress(PliError):
            _, device = open_link(token, clock=self.clock)
            assert token == known[-1], "a former link is dead"
            assert before.in_person_until is None, "a link opened in person stays on its device"
            assert before.state in (SignerState.INVITED, SignerState.OPENED, SignerState.VERIFIED)
            self.visits.append(Visit(before.id, token, device, self.clock))

    @rule(index=ANY)
    def ask_code(self, index: int) -> None:
        visit = self.visit(index)
        if visit is None:
            return
        sent = False
        with suppress(PliError):
            send_code(visit.session(), clock=self.clock)
            sent = True
        self.collect()
        if sent:
            visit.codes.append(last_code(self.house, self.signer_of(visit).email))
            self.secrets.add(visit.codes[-1])

    @rule(index=ANY, which=st.sampled_from(["last", "last", "last", "former", "wrong"]))
    def type_code(self, index: int, which: str) -> None:
        visit = self.visit(index)
        if visit is None:
            return
        code = {"last": visit.codes[-1:], "former": visit.codes[:1], "wrong": []}[which]
        typed = code[0] if code else ("000000" if "000000" not in visit.codes else "111111")
        before = self.signer_of(visit)
        try:
            check_code(visit.session(), typed, clock=self.clock)
        except PliError:
            after = self.signer_of(visit)
            assert after.state == before.state
            assert after.wrong_tries in (before.wrong_tries, before.wrong_tries + 1)
        else:
            assert typed == visit.codes[-1]
            assert before.wrong_tries < 5

    @rule(index=ANY)
    def open_ask_and_type(self, index: int) -> None:
        """The usual way in one go, so that what follows a code is reached often."""
        self.open(index, former=False)
        self.ask_code(len(self.visits) - 1)
        self.type_code(len(self.visits) - 1, "last")

    @rule(index=ANY, times=st.integers(1, 2))
    def sign(self, index: int, times: int) -> None:
        """Press « Signer », perhaps twice."""
        visit = self.visit(index)
        for _ in range(times if visit else 0):
            assert visit
            signer = self.signer_of(visit)
            may = self.may_answer(visit, signer)
            try:
                sign(visit.session(), answer_of(signer), clock=self.clock)
            except PliError as error:
                assert not may, f"refused a right signature: {error!r}"
            else:
                assert may, "accepted a signature without its code, its device or its time"
                self.answers[signer.id] = self.answers.get(signer.id, 0) + 1

    @rule(index=ANY, what=st.sampled_from(["sign", "refuse", "delegate"]))
    def answer_and_die(self, index: int, what: str) -> None:
        """The web process is killed after its work and before its commit: nothing of it was ever there."""
        visit = self.visit(index)
        if visit is None:
            return
        before = [(one.id, one.state) for one in self.all_signers()]
        with suppress(PliError, WorkerKilled), transaction.atomic():
            if what == "sign":
                sign(visit.session(), answer_of(self.signer_of(visit)), clock=self.clock)
            elif what == "refuse":
                refuse(visit.session(), "Non.", clock=self.clock)
            else:
                delegate(visit.session(), DELEGATES[0], clock=self.clock)
            raise WorkerKilled
        assert [(one.id, one.state) for one in self.all_signers()] == before

    @rule(index=ANY)
    def refuse(self, index: int) -> None:
        visit = self.visit(index)
        if visit is None:
            return
        with suppress(PliError):
            signer = refuse(visit.session(), "Le prix a changé.", clock=self.clock)
            self.answers[signer.id] = self.answers.get(signer.id, 0) + 1
        self.collect()

    @rule(index=ANY, whom=st.integers(0, 1))
    def delegate(self, index: int, whom: int) -> None:
        """Somebody else in one's place: a person of their own, whose link is theirs alone."""
        visit = self.visit(index)
        if visit is None:
            return
        signer, wanted = self.signer_of(visit), DELEGATES[whom]
        is_new = wanted.email not in {one.email for one in self.all_signers()}
        may = self.may_answer(visit, signer) and may_delegate(signer) and is_new
        try:
            other = delegate(visit.session(), wanted, clock=self.clock)
        except PliError as error:
            assert not may, f"refused a right delegation: {error!r}"
        else:
            assert may, "named somebody without a code, a device or a right to"
            self.collect()
            assert self.links[other.id], "the other has a link"
            with pytest.raises(PliError):
                open_link(visit.token, clock=self.clock)

    @rule(index=ANY, is_late=st.booleans())
    def go_on_with_a_phone(self, index: int, is_late: bool) -> None:
        """A phone takes over, once and in time; the desk holds nothing any more."""
        visit = self.visit(index)
        if visit is None:
            return
        signer = self.signer_of(visit)
        may = self.may_answer(visit, signer) and signer.in_person_until is None
        try:
            secret = offer_hand_over(visit.session(), clock=self.clock)
        except PliError as error:
            assert not may, f"refused a right hand-over: {error!r}"
            return
        assert may, "offered a phone what the desk does not hold"
        self.secrets.add(secret)
        if is_late:
            self.clock.advance(seconds=301)
        try:
            device = take_over(visit.token, secret, clock=self.clock)
        except PliError:
            return
        assert not is_late, "a phone came too late"
        self.visits.append(Visit(signer.id, visit.token, device, self.clock, list(visit.codes)))
        with pytest.raises(LinkUnknown):
            take_over(visit.token, secret, clock=self.clock)
        with pytest.raises(PliError):
            visit.session()

    @rule(who=ANY, from_elsewhere=st.booleans())
    def sign_beside_the_sender(self, who: int, from_elsewhere: bool) -> None:
        """On a lent device, of the office or claimed by an address another program made, which serves once."""
        signer = self.some_signer(who)
        try:
            token, device = open_in_person(self.house.chloe, signer.id, clock=self.clock)
        except PliError:
            return
        assert signer.state in (SignerState.INVITED, SignerState.OPENED, SignerState.VERIFIED)
        self.keep_link(signer.id, token)
        self.secrets.add(device)
        if from_elsewhere:
            secret, device = device, claim_in_person(token, device, clock=self.clock)
            with pytest.raises(LinkUnknown):
                claim_in_person(token, secret, clock=self.clock)
        self.visits.append(Visit(signer.id, token, device, self.clock))
