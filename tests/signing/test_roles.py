"""Who approves, who signs, who is sent a copy; groups, annexes, members of the team; refusals the others survive."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from pli.documents.api import existing_blob_path
from pli.journal.api import events_about
from pli.kit.clock import SYSTEM_CLOCK, FrozenClock
from pli.kit.errors import NotFound
from pli.notifications.api import local_outbox
from pli.signing.api import (
    COPY,
    Ceremony,
    CeremonyState,
    CodeWrong,
    Delegate,
    DelegationRefused,
    DeviceUnknown,
    HandOverState,
    OnRefusal,
    SealedRevision,
    Signer,
    SignerRequest,
    SignerRole,
    SignerState,
    UnableToSend,
    awaited_channel,
    check_code,
    delegate,
    enter,
    hand_over_state,
    is_code_proved,
    offer_hand_over,
    open_as_member,
    open_in_person,
    open_link,
    refuse,
    send_code,
    sign,
    take_over,
    to_sign,
    trust_store,
    was_code_typed_here,
)
from pli.signing.errors import CeremonyEnded, LinkUnknown
from pli.signing.in_person import due_in_person, end_in_person
from pli.trust.api import verify_pdf
from tests.support.ceremonies import JULIE, PAUL, answer_of, ask, file_contract, last_code, last_link, reach, sign_as
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db
LEA = SignerRequest("Léa Approuve", "lea@client.example", role=SignerRole.APPROVER)
MARC = SignerRequest("Marc Copie", "marc@client.example", role=COPY)


@pytest.fixture
def house() -> House:
    return make_house()


def _states(ceremony: Ceremony) -> dict[str, str]:
    return {one.email: one.state for one in ceremony.signers.all()}


def _evidence(signer: Signer) -> dict[str, Any]:
    return dict(json.loads(existing_blob_path(signer.evidence.json_sha256).read_bytes()))


def _sealed_well(ceremony: Ceremony, signatures: int) -> None:
    ceremony.refresh_from_db()
    assert ceremony.state == CeremonyState.COMPLETED
    for paper in ceremony.papers.filter(is_annex=False):
        verdict = verify_pdf(existing_blob_path(paper.current_sha256), roots=trust_store().roots())
        assert verdict.verdict == "TOTAL_PASSED", verdict.reason
        assert [one.is_locking for one in verdict.signatures] == [False] * (signatures - 1) + [True]


def test_approval_then_a_group_then_the_manager_countersigns(house: House, run_jobs: RunJobs) -> None:
    """Léa approves, Julie and Paul sign together, Bruno of the house countersigns, Marc gets a copy."""
    contract, annex = file_contract(house), file_contract(house, title="Conditions générales")
    manager = SignerRequest("", "", member_id=house.bruno.member_id, step=3)
    ceremony = ask(
        house, LEA, replace(JULIE, step=2), replace(PAUL, step=2, code_channel="BOTH"), manager, MARC,
        documents=[contract], annex_ids=(annex.id,),
    )  # fmt: skip
    run_jobs()
    bruno = ceremony.signers.get(step=3)
    assert (bruno.email, bruno.origin) == ("bruno@mercier.example", f"member:{house.bruno.member_id}")
    assert _states(ceremony) == {
        LEA.email: "INVITED", JULIE.email: "WAITING", PAUL.email: "WAITING", bruno.email: "WAITING",
    }  # fmt: skip
    assert to_sign(house.bruno) == []
    [invited] = [one for one in local_outbox(house.alice) if one.to == LEA.email]
    assert "approuvez" in invited.text
    sign_as(house, LEA.email, run_jobs)
    run_jobs()
    assert [_states(ceremony)[one] for one in (JULIE.email, PAUL.email, bruno.email)] == ["INVITED"] * 2 + ["WAITING"]
    sign_as(house, PAUL.email, run_jobs)
    run_jobs()
    assert _states(ceremony)[bruno.email] == "WAITING", "the whole group comes first"
    sign_as(house, JULIE.email, run_jobs)
    run_jobs()
    assert [one.id for one in to_sign(house.bruno)] == [bruno.id]
    with pytest.raises(NotFound):
        open_as_member(house.chloe, bruno.id)
    former = last_link(house, bruno.email)
    token = open_as_member(house.bruno, bruno.id)
    with pytest.raises(LinkUnknown):
        open_link(former)
    _, device = open_link(token)
    session = enter(token, device)
    send_code(session)
    run_jobs()
    check_code(session, last_code(house, bruno.email))
    sign(session, answer_of(Signer.objects.get(id=bruno.id)))
    run_jobs()
    _sealed_well(ceremony, signatures=3)
    lea = ceremony.signers.get(email=LEA.email)
    assert not SealedRevision.objects.filter(signer=lea).exists()
    record = _evidence(lea)
    assert (record["outcome"], record["signer"]["role"]) == ("approved", "approver")
    assert [paper["is_annex"] for paper in record["documents"]] == [False, True]
    assert record["documents"][1]["sha256_shown"] == ceremony.papers.get(is_annex=True).source_sha256
    assert "Conditions générales" in record["consent"]["text"]
    assert PAUL.mobile not in json.dumps(record)
    assert MARC.email not in json.dumps(record)
    paul = _evidence(ceremony.signers.get(email=PAUL.email))
    assert [one["channel"] for one in paul["codes"] if one["used_at"]] == ["EMAIL", "SMS"]
    sent = {one.to: one for one in local_outbox(house.alice) if one.attachments}
    assert [len(sent[MARC.email].attachments), len(sent[JULIE.email].attachments)] == [1, 2]
    final = existing_blob_path(ceremony.papers.get(is_annex=False).current_sha256).read_bytes()
    assert JULIE.email.encode() not in final, "the file all hold names nobody's address"


def test_a_refusal_lets_the_others_go_on_and_the_file_is_locked(house: House, run_jobs: RunJobs) -> None:
    ceremony = ask(house, JULIE, PAUL, LEA, on_refusal=OnRefusal.GO_ON)
    sign_as(house, JULIE.email, run_jobs)
    run_jobs()
    refuse(reach(house, PAUL.email, run_jobs), "Pas mon métier.")
    run_jobs()
    assert _states(ceremony) == {JULIE.email: "SIGNED", PAUL.email: "REFUSED", LEA.email: "INVITED"}
    told = {one.to for one in local_outbox(house.alice) if "Pas mon métier." in one.text}
    assert told == {"chloe@mercier.example", JULIE.email}, "whoever was invited, and the sender"
    sign_as(house, LEA.email, run_jobs)
    run_jobs()
    _sealed_well(ceremony, signatures=2)
    assert SealedRevision.objects.get(signer=None).is_last
    assert _evidence(ceremony.signers.get(email=PAUL.email))["refusal"] == {"reason": "Pas mon métier."}
    sent = {one.to for one in local_outbox(house.alice) if one.attachments}
    assert PAUL.email not in sent
    names = [one.name for one in events_about(("ceremony", ceremony.id))]
    assert names.count("signing.ceremony-completed") == 1


def test_when_all_refuse_nothing_is_left_pending(house: House, run_jobs: RunJobs) -> None:
    ceremony = ask(house, JULIE, PAUL, is_in_order=False, on_refusal=OnRefusal.GO_ON)
    refuse(reach(house, JULIE.email, run_jobs), "Non.")
    refuse(reach(house, PAUL.email, run_jobs), "Non plus.")
    run_jobs()
    ceremony.refresh_from_db()
    assert ceremony.state == CeremonyState.REFUSED
    assert {_evidence(one)["outcome"] for one in ceremony.signers.all()} == {"refused"}


def test_two_codes_are_asked_in_turn_and_one_proves_nothing(house: House, run_jobs: RunJobs) -> None:
    ask(house, replace(PAUL, code_channel="BOTH"))
    run_jobs()
    token = last_link(house, PAUL.email)
    signer, device = open_link(token)
    session = enter(token, device)
    send_code(session)
    run_jobs()
    check_code(session, last_code(house, PAUL.email))
    signer.refresh_from_db()
    assert not is_code_proved(signer)
    assert awaited_channel(signer) == "SMS"
    with pytest.raises(DeviceUnknown):
        sign(session, answer_of(signer))
    send_code(session)
    run_jobs()
    with pytest.raises(CodeWrong):
        check_code(session, "000000" if last_code(house, PAUL.mobile) != "000000" else "111111")
    check_code(session, last_code(house, PAUL.mobile))
    signer.refresh_from_db()
    assert is_code_proved(signer)


def test_a_signer_names_somebody_else_once(house: House, run_jobs: RunJobs) -> None:
    ceremony = ask(house, JULIE, PAUL, may_delegate=True)
    former = last_link_after(house, run_jobs, JULIE.email)
    _, device = open_link(former)
    zoe = Delegate("Zoé Relais", "zoe@client.example", reason="En congé.")
    with pytest.raises(DeviceUnknown):
        delegate(enter(former, device), zoe)
    session = reach(house, JULIE.email, run_jobs)
    with pytest.raises(DelegationRefused):
        delegate(session, Delegate("Paul", PAUL.email))
    delegate(session, zoe)
    run_jobs()
    with pytest.raises(CeremonyEnded):
        sign(session, answer_of(Signer.objects.get(id=session.signer_id)))
    assert _states(ceremony) == {JULIE.email: "DELEGATED", PAUL.email: "WAITING", zoe.email: "INVITED"}
    again = reach(house, zoe.email, run_jobs)
    with pytest.raises(DelegationRefused):
        delegate(again, Delegate("Autre", "autre@client.example"))
    sign(again, answer_of(Signer.objects.get(id=again.signer_id)))
    run_jobs()
    sign_as(house, PAUL.email, run_jobs)
    run_jobs()
    _sealed_well(ceremony, signatures=2)
    julie, other = (ceremony.signers.get(email=one) for one in (JULIE.email, zoe.email))
    assert _evidence(julie)["delegation"] == {"to": other.evidence_number, "reason": "En congé."}
    assert _evidence(other)["delegation"] == {"from": julie.evidence_number}
    assert JULIE.email not in json.dumps(_evidence(other))
    assert zoe.email not in json.dumps(_evidence(julie))
    assert any("Zoé Relais" in one.text for one in local_outbox(house.alice) if one.to == "chloe@mercier.example")


def last_link_after(house: House, run_jobs: RunJobs, email: str) -> str:
    run_jobs()
    return last_link(house, email)


def test_in_person_the_link_lives_on_one_device_and_dies_soon(house: House, run_jobs: RunJobs) -> None:
    clock = FrozenClock(SYSTEM_CLOCK.now() - timedelta(minutes=31))
    ceremony = ask(house, clock=clock)
    former = last_link_after(house, run_jobs, JULIE.email)
    signer = ceremony.signers.get()
    token, device = open_in_person(house.chloe, signer.id, clock=clock)
    with pytest.raises(LinkUnknown):
        open_link(former, clock=clock)
    with pytest.raises(DeviceUnknown):
        open_link(token, clock=clock)
    _, same = open_link(token, device=device, clock=clock)
    assert same == device
    session = enter(token, device, clock=clock)
    send_code(session, clock=clock)
    run_jobs()
    clock.advance(seconds=31 * 60)
    with pytest.raises(DeviceUnknown):
        enter(token, device, clock=clock)
    assert due_in_person(clock) == [signer.id]
    assert end_in_person(signer.id, clock=clock)
    assert not end_in_person(signer.id, clock=clock)
    run_jobs()
    assert last_link(house, JULIE.email) not in (former, token)
    token, device = open_in_person(house.chloe, signer.id, clock=clock)
    session = enter(token, device, clock=clock)
    send_code(session, clock=clock)
    run_jobs()
    check_code(session, last_code(house, JULIE.email), clock=clock)
    sign(session, answer_of(Signer.objects.get(id=signer.id)), clock=clock)
    run_jobs()
    _sealed_well(ceremony, signatures=1)
    traced = [row["what"] for row in _evidence(ceremony.signers.get())["trace"]]
    assert traced.count("in_person") == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"people": [LEA]},
        {"people": [JULIE, replace(PAUL, role="WITNESS")]},
        {"people": [JULIE, replace(PAUL, step=99)]},
        {"people": [replace(JULIE, code_channel="BOTH")]},
        {"people": [JULIE], "on_refusal": "PERHAPS"},
    ],
)
def test_what_cannot_go_out_is_refused(house: House, wrong: dict[str, Any]) -> None:
    people = wrong.pop("people")
    with pytest.raises(UnableToSend):
        ask(house, *people, **wrong)


def test_a_member_of_another_house_cannot_be_asked(house: House) -> None:
    with pytest.raises(NotFound):
        ask(house, SignerRequest("", "", member_id=file_contract(house).id))


def test_the_deadline_ends_a_request_that_went_on(house: House, run_jobs: RunJobs) -> None:
    clock = FrozenClock(SYSTEM_CLOCK.now())
    ceremony = ask(house, JULIE, PAUL, is_in_order=False, on_refusal=OnRefusal.GO_ON, clock=clock)
    refuse(reach(house, JULIE.email, run_jobs, clock=clock), "Non.", clock=clock)
    from pli.signing.closing import expire_ceremony

    assert expire_ceremony(ceremony.id, clock=FrozenClock(clock.now() + timedelta(days=30)))
    run_jobs()
    ceremony.refresh_from_db()
    assert ceremony.state == CeremonyState.EXPIRED
    assert _states(ceremony)[PAUL.email] == SignerState.CLOSED


def test_a_phone_takes_over_once_and_the_desk_is_void(house: House, run_jobs: RunJobs) -> None:
    clock = FrozenClock(SYSTEM_CLOCK.now())
    ceremony = ask(house, clock=clock)
    devices: list[str] = []
    session = reach(house, JULIE.email, run_jobs, clock=clock, keep_device=devices.append)
    link, desk = last_link(house, JULIE.email), devices[0]
    late = offer_hand_over(session, clock=clock)
    clock.advance(seconds=301)
    signer = ceremony.signers.get()
    assert hand_over_state(signer, desk, clock=clock) == HandOverState.OVER
    with pytest.raises(LinkUnknown):
        take_over(link, late, clock=clock)
    former, secret = offer_hand_over(session, clock=clock), offer_hand_over(session, clock=clock)
    for wrong in (former, "x" * 43):
        with pytest.raises(LinkUnknown):
            take_over(link, wrong, clock=clock)
    phone = take_over(link, secret, clock=clock)
    with pytest.raises(LinkUnknown):
        take_over(link, secret, clock=clock)
    with pytest.raises(DeviceUnknown):
        enter(link, desk, clock=clock)
    assert hand_over_state(signer, desk, clock=clock) == HandOverState.TAKEN
    there = enter(link, phone, clock=clock)
    sign(there, answer_of(Signer.objects.get(id=signer.id)), clock=clock)
    run_jobs()
    _sealed_well(ceremony, signatures=1)
    signer.refresh_from_db()
    assert was_code_typed_here(signer), "the phone may fetch what was signed on it"
    assert "phone_took_over" in [row["what"] for row in _evidence(signer)["trace"]]
