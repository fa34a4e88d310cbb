"""Two people, two workers, two clicks at the same instant: exactly one wins and the other is told."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest

from pli.capture.api import Capture, Wishes, receive
from pli.documents.api import Document, Folder, existing_blob_path, store_bytes
from pli.journal.models import Event
from pli.kit.clock import SYSTEM_CLOCK, FrozenClock
from pli.notifications.api import Message
from pli.parties.api import Account, Member, Party, PartyKind, Role, StaffActor, change_role
from pli.signing.api import (
    Ceremony,
    CeremonyState,
    EvidenceRecord,
    SealedRevision,
    Signer,
    SignerSession,
    refuse,
    seal_ceremony,
    sign,
    trust_store,
    withdraw_ceremony,
)
from pli.signing.closing import expire_ceremony
from pli.trust.api import verify_pdf
from tests.pdf import samples
from tests.support.ceremonies import JULIE, PAUL, answer_of, ask, reach
from tests.support.people import PASSWORD, House, make_house
from tests.support.queue import RunJobs
from tests.support.races import at_once, told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def house() -> House:
    return make_house()


def _sign(session: SignerSession) -> Signer:
    return sign(session, answer_of(Signer.objects.get(id=session.signer_id)))


def _assert_sealed_once(ceremony: Ceremony) -> None:
    ceremony.refresh_from_db()
    assert ceremony.state == CeremonyState.COMPLETED
    count = ceremony.signers.count()
    assert SealedRevision.objects.filter(paper__ceremony=ceremony).count() == count
    assert EvidenceRecord.objects.filter(signer__ceremony=ceremony).count() == count
    assert Event.objects.filter(name="signing.ceremony-completed", subject_id=ceremony.id).count() == 1
    verdict = verify_pdf(existing_blob_path(ceremony.papers.get().current_sha256), roots=trust_store().roots())
    assert verdict.verdict == "TOTAL_PASSED"
    assert [one.is_locking for one in verdict.signatures] == [False] * (count - 1) + [True]


def test_two_signers_at_the_same_instant_are_both_in_the_file(house: House, run_jobs: RunJobs) -> None:
    ceremony = ask(house, JULIE, PAUL, is_in_order=False)
    first, second = reach(house, JULIE.email, run_jobs), reach(house, PAUL.email, run_jobs)
    assert told(at_once(partial(_sign, first), partial(_sign, second))) == []
    run_jobs()
    _assert_sealed_once(ceremony)


def test_four_clicks_are_one_signature(house: House, run_jobs: RunJobs) -> None:
    ceremony = ask(house)
    session = reach(house, JULIE.email, run_jobs)
    assert told(at_once(*[partial(_sign, session)] * 4)) == ["SIG-004"] * 3
    run_jobs()
    _assert_sealed_once(ceremony)


def test_of_a_signature_a_refusal_a_withdrawal_and_the_deadline_one_wins(house: House, run_jobs: RunJobs) -> None:
    ceremony = ask(house)
    session = reach(house, JULIE.email, run_jobs)
    late = FrozenClock(SYSTEM_CLOCK.now() + timedelta(days=30))
    results = at_once(
        partial(_sign, session),
        partial(refuse, session, "Non."),
        partial(withdraw_ceremony, house.chloe, ceremony.id, "Erreur."),
        partial(expire_ceremony, ceremony.id, clock=late),
    )
    winners = [one for one in results if not isinstance(one, BaseException) and one is not False]
    assert len(winners) == 1, results
    assert set(told(results)) <= {"SIG-004", "PLI-409"}
    run_jobs()
    ceremony.refresh_from_db()
    assert ceremony.state in (
        CeremonyState.COMPLETED, CeremonyState.REFUSED, CeremonyState.WITHDRAWN, CeremonyState.EXPIRED,
    )  # fmt: skip
    endings = ["signing.ceremony-completed", "signing.ceremony-refused", "signing.ceremony-withdrawn"]
    ended = Event.objects.filter(subject_id=ceremony.id, name__in=[*endings, "signing.ceremony-expired"])
    assert ended.count() == 1
    sent = list(Message.objects.filter(organisation=house.organisation).values_list("dedupe_key", flat=True))
    assert len(sent) == len(set(sent))


def test_three_workers_on_one_ceremony_seal_it_once(house: House, run_jobs: RunJobs) -> None:
    ceremony = ask(house)
    _sign(reach(house, JULIE.email, run_jobs))
    assert told(at_once(*[partial(seal_ceremony, ceremony.id)] * 3)) == []
    run_jobs()
    _assert_sealed_once(ceremony)


def test_the_same_input_twice_at_once_is_one_capture(house: House, run_jobs: RunJobs) -> None:
    content = samples.simple_contract(pages=1)
    key = str(uuid4())

    def send() -> bool:
        stored = store_bytes([content])
        _capture, is_new = receive(
            house.chloe, channel="rest", stored=stored, file_name="a.pdf", source_key=key, wishes=Wishes()
        )
        return is_new

    results = at_once(*[send] * 4)
    assert sorted(results) == [False, False, False, True]
    run_jobs()
    capture = Capture.objects.get()
    assert (capture.state, capture.resent) == ("FILED", 3)
    assert Document.objects.count() == 1


def test_four_documents_at_once_for_a_new_client_share_one_folder(house: House, run_jobs: RunJobs) -> None:
    new = Party.objects.create(organisation=house.organisation, kind=PartyKind.CLIENT, code="C9", name="Neuf SAS")

    def send(number: int) -> Capture:
        capture, _ = receive(
            house.chloe,
            channel="upload",
            stored=store_bytes([samples.simple_contract(pages=number + 1)]),
            file_name="a.pdf",
            source_key=f"k{number}",
            wishes=Wishes(party_id=new.id),
        )
        return capture

    captures = [send(number) for number in range(4)]
    from pli.capture.examining import examine_capture

    assert told(at_once(*[partial(examine_capture, one.id) for one in captures])) == []
    run_jobs()
    assert list(Capture.objects.values_list("state", flat=True)) == ["FILED"] * 4
    assert Folder.objects.filter(party=new).count() == 1
    assert Document.objects.filter(folder__party=new).count() == 4


def test_the_last_two_administrators_cannot_both_step_down(house: House) -> None:
    account = Account.objects.create_user("odile@mercier.example", PASSWORD, name="Odile")
    member = Member.objects.create(organisation=house.organisation, account=account, role=Role.ADMIN)
    odile = StaffActor(house.organisation.id, account.id, member.id, Role.ADMIN)
    results = at_once(
        partial(change_role, actor=house.alice, member_id=house.alice.member_id, role=Role.MEMBER),
        partial(change_role, actor=odile, member_id=odile.member_id, role=Role.MEMBER),
    )
    assert len(told(results)) == 1
    assert Member.objects.filter(organisation=house.organisation, role=Role.ADMIN, is_active=True).count() == 1
