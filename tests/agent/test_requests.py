"""A member signs a request with their own key: SoftHSM, the agent, the signing page, two at once, a crash."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from pli.documents.api import best_rendition, existing_blob_path
from pli.kit.clock import SYSTEM_CLOCK
from pli.parties.api import Account
from pli.signing.api import (
    Ceremony,
    CeremonyState,
    OwnSignature,
    OwnSignatureState,
    Signer,
    SignerSession,
    SignerState,
    UnableToSend,
    own_try,
    proof_archive,
    refuse,
    seal_ceremony,
    sign,
    waiting_for,
)
from pli.signing.door import device_cookie
from pli.signing.errors import NoOwnKey, OwnKeyNeeded, OwnSignatureEnded, SignatureOvertaken
from pli.signing.models import EvidenceRecord, KeyAgent, SealedRevision
from pli.signing.seals import trust_store
from pli.trust.api import verify_pdf
from tests.agent.workstation import HeldKey, Workstation, member, paired
from tests.support.archives import run_script, tools, unpacked
from tests.support.ceremonies import JULIE, answer_of, ask, drawn_signature, file_contract, last_link, reach, sign_as
from tests.support.people import House, make_house
from tests.support.queue import RunJobs
from tests.support.races import at_once, told
from tests.trust.softhsm import SoftToken
from tests.trust.specimens import pdfsig

pytestmark = pytest.mark.django_db(transaction=True)


def _state(ceremony: Ceremony) -> str:
    return Ceremony.objects.get(id=ceremony.id).state


def _form(page: str, agent: KeyAgent) -> dict[str, str]:
    """What the page would send: a drawn mark on the first page, the consent, the member's own key."""
    import base64

    digest = re.search(r'name="papers_digest" value="([^"]+)"', page)
    assert digest
    return {
        "papers_digest": digest.group(1), "consent": "yes", "signature_kind": "drawn", "own_key": str(agent.id),
        "signature_png": "data:image/png;base64," + base64.b64encode(drawn_signature()).decode(),
        "mark_page": "1", "mark_x1": "300", "mark_y1": "60", "mark_x2": "470", "mark_y2": "128",
    }  # fmt: skip


def test_a_member_signs_a_request_at_their_workstation(
    live_server: Any, workstation: Workstation, soft: SoftToken, run_jobs: RunJobs, tmp_path: Path, capsys: Any
) -> None:
    house = make_house()
    paired(workstation, soft, house, live_server.url, "02")
    papers = [file_contract(house), file_contract(house, title="Annexe de prix")]
    ceremony = ask(house, JULIE, member(house.chloe), documents=papers, is_in_order=False)
    browser = Client()
    email = f"chloe@{house.organisation.slug}.example"
    devices: list[Any] = []
    reach(house, email, run_jobs, keep_device=devices.append)
    token = last_link(house, email)
    browser.cookies[device_cookie(token)] = devices[0]
    page = browser.get(f"/s/{token}/read").content.decode()
    assert "Cachet ec" in page
    [agent] = KeyAgent.objects.all()
    # A key that is not theirs is none.
    stranger = HeldKey(house.alice, "Alice").agent
    assert browser.post(f"/s/{token}/sign", _form(page, stranger)).status_code == 409
    asked = browser.post(f"/s/{token}/sign", _form(page, agent))
    assert asked.headers["Location"] == f"/s/{token}/key"
    signer = Signer.objects.get(email=email)
    assert signer.state == SignerState.VERIFIED
    assert "hx-get" in browser.get(f"/s/{token}/key").content.decode()
    before = [row.digest for row in own_try(signer)]
    assert len(before) == 2

    workstation.pin = "0000"
    assert workstation("run", "--once") == 0
    assert (workstation.pins_typed, soft.pin in capsys.readouterr().out) == (1, False)
    assert "code PIN refusé" in browser.get(f"/s/{token}/key").content.decode()
    # Julie signs meanwhile: the workstation is given the version with her signature.
    sign_as(house, JULIE.email, run_jobs)
    run_jobs()
    rows = own_try(Signer.objects.get(id=signer.id))
    assert {row.state for row in rows} == {OwnSignatureState.WAITING}
    assert not set(before) & {row.digest for row in rows}
    assert all(row.is_last for row in rows)
    workstation.pin, workstation.answer = soft.pin, "p"
    assert workstation("run", "--once") == 0
    assert (workstation.pins_typed, Signer.objects.get(id=signer.id).state) == (1, SignerState.VERIFIED)
    workstation.answer = "o"
    assert workstation("run", "--once") == 0
    said = capsys.readouterr().out
    # Every paper is shown; the PIN is typed once for all of them.
    assert workstation.pins_typed == 2 and all(row.digest in said and row.title in said for row in rows)
    assert soft.pin not in said
    assert Signer.objects.get(id=signer.id).state == SignerState.SIGNED
    done = browser.get(f"/s/{token}/key", headers={"HX-Request": "true"})
    assert done.headers["HX-Redirect"] == f"/s/{token}/done"
    run_jobs()
    assert _state(ceremony) == CeremonyState.COMPLETED
    roots = [*trust_store().roots(), soft.certificates["ec"]]
    for paper in papers:
        signed = tmp_path / f"{paper.id}.pdf"
        signed.write_bytes(existing_blob_path(best_rendition(paper.id).blob_id).read_bytes())
        assert pdfsig(signed).count("Signature is Valid.") == 2
        assert "Signer Certificate Common Name: Cachet ec" in pdfsig(signed)
        judged = verify_pdf(signed, roots=roots)
        mine = [one for one in judged.signatures if one.signer_name == "Cachet ec"]
        assert (judged.modified_after_signing, [one.is_locking for one in mine]) == (False, [True])
        assert all(one.is_intact for one in judged.signatures)
    _proved(house, ceremony, signer, tmp_path)


def _proved(house: House, ceremony: Ceremony, signer: Signer, tmp_path: Path) -> None:
    """The record says which key, the archive proves it, the screen and the API tell it."""
    record = EvidenceRecord.objects.get(signer=signer)
    told = json.loads(existing_blob_path(record.json_sha256).read_bytes())
    assert told["own_key"]["name"] == "Cachet ec"
    assert len(told["own_key"]["signed"]) == 2
    assert "own certificate" in told["legal_level"]
    facts = told["documents"][0]["signature"]
    assert facts["certificate_fingerprint"] == told["own_key"]["fingerprint"]
    other = EvidenceRecord.objects.get(signer__email=JULIE.email)
    assert json.loads(existing_blob_path(other.json_sha256).read_bytes())["own_key"] is None
    archive, _name = proof_archive(house.chloe, ceremony.id)
    folder = unpacked(archive, tmp_path / "archive")
    said = run_script(folder, tools(tmp_path / "tools"))
    assert said.returncode == 0, said.stdout
    assert "CN=Cachet ec" in said.stdout
    desk = Client()
    desk.force_login(Account.objects.get(id=house.chloe.account_id))
    assert "avec sa clé : " in desk.get(f"/office/signatures/{ceremony.id}/").content.decode()


def test_two_keys_at_once(run_jobs: RunJobs) -> None:
    house = make_house()
    chloe, bruno = HeldKey(house.chloe, "Chloé"), HeldKey(house.bruno, "Bruno")
    for nobody in (JULIE, member(house.chloe, role="APPROVER")):
        with pytest.raises(UnableToSend):
            ask(house, JULIE, replace(nobody, name="Z", needs_own_key=True))
    people = (member(house.chloe), member(house.bruno, needs_own_key=True), JULIE)
    ceremony = ask(house, *people, is_in_order=False)
    emails = [Account.objects.get(id=one.account_id).email for one in (house.chloe, house.bruno)]
    devices: list[Any] = []
    first, second = (reach(house, email, run_jobs, keep_device=devices.append) for email in emails)
    _no_seal_for(house, second, last_link(house, emails[1]), devices[1], bruno)
    julie = reach(house, JULIE.email, run_jobs)
    with pytest.raises(NoOwnKey):
        bruno.ask(first)
    [old] = chloe.ask(first)
    [mine] = chloe.ask(first)
    [theirs] = bruno.ask(second)
    with pytest.raises(OwnSignatureEnded):
        chloe.sign(old)
    chloe.sign(mine)
    with pytest.raises(OwnSignatureEnded):
        chloe.sign(mine)
    # Chloé's is accepted and not in the file yet: nothing else may move the version it was made over.
    with pytest.raises(SignatureOvertaken):
        bruno.sign(theirs)
    sign(julie, answer_of(Signer.objects.get(id=julie.signer_id)))
    assert Signer.objects.get(id=second.signer_id).state == SignerState.VERIFIED
    run_jobs()
    assert list(
        SealedRevision.objects.filter(paper__ceremony=ceremony).order_by("number").values_list("signer_id", flat=True)
    ) == [first.signer_id, julie.signer_id]
    [again] = waiting_for(bruno.agent)
    assert again.is_last
    assert again.digest != theirs.digest
    bruno.sign(again)
    run_jobs()
    assert _state(ceremony) == CeremonyState.COMPLETED
    last = SealedRevision.objects.filter(paper__ceremony=ceremony).order_by("number").last()
    assert last is not None
    assert (last.number, last.signer_id, last.is_last) == (3, second.signer_id, True)
    assert Signer.objects.filter(ceremony=ceremony, state=SignerState.SIGNED).count() == 3
    rules = {
        one.signer_id: json.loads(existing_blob_path(one.json_sha256).read_bytes())["rules"]["own_key_required"]
        for one in EvidenceRecord.objects.filter(signer__ceremony=ceremony)
    }
    assert rules == {first.signer_id: False, second.signer_id: True, julie.signer_id: False}


def _no_seal_for(house: House, session: SignerSession, token: str, device: str, key: HeldKey) -> None:
    """Who must sign with their own key is offered nothing else, and no door takes the seal instead."""
    answer = answer_of(Signer.objects.get(id=session.signer_id))
    with pytest.raises(OwnKeyNeeded):
        sign(session, answer)
    browser = Client()
    browser.cookies[device_cookie(token)] = device
    page = browser.get(f"/s/{token}/read").content.decode()
    assert "Le cachet de l’organisation" not in page and f'value="{key.agent.id}" form="sign-form" checked' in page
    told = browser.post(f"/s/{token}/sign", _form(page, key.agent) | {"own_key": ""})
    assert (told.status_code, "KEY-007" in told.content.decode()) == (422, True)
    KeyAgent.objects.filter(id=key.agent.id).update(not_after=SYSTEM_CLOCK.now())
    bare = browser.get(f"/s/{token}/read").content.decode()
    assert "Votre propre clé est demandée" in bare and 'form="sign-form" icon' not in bare
    KeyAgent.objects.filter(id=key.agent.id).update(not_after=key.agent.not_after)
    desk = Client()
    desk.force_login(Account.objects.get(id=house.chloe.account_id))
    ceremony = Signer.objects.get(id=session.signer_id).ceremony_id
    assert "avec sa propre clé seulement" in desk.get(f"/office/signatures/{ceremony}/").content.decode()


def test_a_key_that_was_asked_and_another_answer(run_jobs: RunJobs) -> None:
    """Until the workstation has signed, the signer may sign otherwise or refuse; what comes then counts for nothing."""
    house = make_house()
    chloe = HeldKey(house.chloe, "Chloé")
    email = Account.objects.get(id=house.chloe.account_id).email
    ceremony = ask(house, member(house.chloe))
    session = reach(house, email, run_jobs)
    [row] = chloe.ask(session)
    assert [one.id for one in waiting_for(chloe.agent)] == [row.id]
    sign(session, answer_of(Signer.objects.get(id=session.signer_id)))
    assert waiting_for(chloe.agent) == []
    with pytest.raises(OwnSignatureEnded):
        chloe.sign(row)
    run_jobs()
    assert _state(ceremony) == CeremonyState.COMPLETED
    assert SealedRevision.objects.filter(paper__ceremony=ceremony).count() == 1
    assert Signer.objects.get(id=session.signer_id).key_agent is None

    other = ask(house, member(house.chloe), documents=[file_contract(house)])
    session = reach(house, email, run_jobs)
    [row] = chloe.ask(session)
    refuse(session, "Finalement non.")
    with pytest.raises(OwnSignatureEnded):
        chloe.sign(row)
    run_jobs()
    assert _state(other) == CeremonyState.REFUSED
    refused = Signer.objects.get(id=session.signer_id)
    assert (refused.mark_kind, refused.placements.count()) == ("", 0)


def test_a_sealing_that_fails_halfway_counts_nobody_twice(run_jobs: RunJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is made and the process dies before it is kept; then again from the start, with an approver left."""
    house = make_house()
    chloe = HeldKey(house.chloe, "Chloé")
    approver = replace(JULIE, role="APPROVER")
    ceremony = ask(house, member(house.chloe), approver, is_in_order=False)
    session = reach(house, Account.objects.get(id=house.chloe.account_id).email, run_jobs)
    other = reach(house, JULIE.email, run_jobs)
    [row] = chloe.ask(session)
    assert not row.is_last
    chloe.sign(row)
    with monkeypatch.context() as broken:
        broken.setattr("pli.signing.revisions.keep_blob", lambda *_: 1 / 0)
        seal_ceremony(ceremony.id)
    assert OwnSignature.objects.get(id=row.id).state == OwnSignatureState.GIVEN
    assert not SealedRevision.objects.filter(paper__ceremony=ceremony).exists()
    assert Ceremony.objects.get(id=ceremony.id).failure_code == "SIG-041"
    sign(other, answer_of(Signer.objects.get(id=other.signer_id)))
    run_jobs(scheduled=True)
    seal_ceremony(ceremony.id)
    assert OwnSignature.objects.get(id=row.id).state == OwnSignatureState.SIGNED
    assert _state(ceremony) == CeremonyState.COMPLETED
    revisions = SealedRevision.objects.filter(paper__ceremony=ceremony).order_by("number")
    # The organisation locks what no signer could.
    assert list(revisions.values_list("signer_id", "is_last")) == [(session.signer_id, False), (None, True)]
    final = existing_blob_path(best_rendition(row.document_id).blob_id)
    judged = verify_pdf(final, roots=[*trust_store().roots(), chloe.certificate])
    assert (judged.verdict, judged.signatures[0].signer_name) == ("TOTAL_PASSED", "Chloé")


def test_a_value_given_twice_and_a_sealing_at_the_same_instant(run_jobs: RunJobs) -> None:
    """Whoever comes first: each person has one signature in the file, and the last locks it."""
    house = make_house()
    chloe = HeldKey(house.chloe, "Chloé")
    ceremony = ask(house, member(house.chloe), JULIE, is_in_order=False)
    session = reach(house, Account.objects.get(id=house.chloe.account_id).email, run_jobs)
    julie = reach(house, JULIE.email, run_jobs)
    [row] = chloe.ask(session)
    sign(julie, answer_of(Signer.objects.get(id=julie.signer_id)))
    results = at_once(partial(chloe.sign, row), partial(chloe.sign, row), partial(seal_ceremony, ceremony.id))
    assert set(told(results)) <= {"KEY-004", "KEY-006"}
    assert len(told(results)) in (1, 2)
    run_jobs(scheduled=True)
    for again in waiting_for(chloe.agent):
        chloe.sign(again)
    run_jobs(scheduled=True)
    assert _state(ceremony) == CeremonyState.COMPLETED
    revisions = SealedRevision.objects.filter(paper__ceremony=ceremony).order_by("number")
    assert set(revisions.values_list("signer_id", flat=True)) == {session.signer_id, julie.signer_id}
    assert list(revisions.values_list("is_last", flat=True)) == [False, True]
    final = existing_blob_path(best_rendition(row.document_id).blob_id)
    assert verify_pdf(final, roots=[*trust_store().roots(), chloe.certificate]).verdict == "TOTAL_PASSED"
