"""Sending in number and public forms, by programs: nothing goes out twice, and what stands still says why."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import openpyxl
import pytest

from pli.billing.api import NothingLeft
from pli.kit.clock import SYSTEM_CLOCK, paris_day
from pli.kit.errors import PliError
from pli.notifications.api import local_outbox
from pli.signing.api import (
    SENDING,
    Applicant,
    Ceremony,
    FieldRequest,
    SendingList,
    SignerRequest,
    SigningTemplate,
    TemplateContent,
    save_template,
    submit_form,
)
from tests.api.conftest import Api
from tests.support.ceremonies import file_contract, file_quote
from tests.support.people import House
from tests.support.queue import RunJobs

CSV = {"Content-Type": "text/csv"}
LINES = "Nom;E-mail;Ville\nZoé;zoe@client.example;Lyon\nMax;max@client.example;\nSans;;\n".encode()


@pytest.fixture
def template(house: House) -> SigningTemplate:
    role = SignerRequest("Client", "", side="left", fields=(FieldRequest("TEXT", "Ville", is_required=False),))
    return save_template(house.chloe, "Bail", TemplateContent((role,), (file_contract(house).id,)))


@pytest.fixture
def without_credit() -> Any:
    """``without_credit(True)`` empties the prepaid account of everybody, ``False`` fills it again."""

    def choose(is_empty: bool) -> None:
        SENDING.guard("emptied", refuse if is_empty else lambda organisation_id: None)

    def refuse(organisation_id: Any) -> None:
        raise NothingLeft

    yield choose
    choose(False)


def _form(content: bytes, boundary: str, name: str = "liste.csv") -> tuple[bytes, dict[str, str]]:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    body = head + content + f"\r\n--{boundary}--\r\n".encode()
    return body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}


def test_a_list_goes_from_its_file_to_each_request(
    house: House, template: SigningTemplate, chloe: Api, run_jobs: RunJobs, without_credit: Callable[[bool], None]
) -> None:
    lists = f"/templates/{template.id}/sending-lists"
    body, kind = _form(LINES, "one")
    again, other_kind = _form(LINES, "two")
    key = {"Idempotency-Key": "bail-2026"}
    made = chloe.call("POST", lists, body, **kind, **key)
    assert made.status_code == 201, made.content
    replayed = chloe.call("POST", lists, again, **other_kind, **key)
    assert (replayed.json(), replayed["Idempotency-Replayed"]) == (made.json(), "true")
    assert chloe.call("POST", lists, body + b" ", **_form(b"x", "one")[1], **key).status_code == 201  # after its end
    assert chloe.call("POST", lists, *[_form(b"x;y", "one")[0]], **kind, **key).json()["code"] == "API-013"
    assert SendingList.objects.count() == 1
    told = made.json()
    assert (told["state"], told["file_name"]) == ("UPLOADED", "liste.csv")
    assert told["columns"] == {"0:name": 0, "0:email": 1, "0:=Ville": 2}
    assert [one["key"] for one in told["targets"]] == ["0:name", "0:email", "0:mobile", "0:=Ville", "title"]
    base = f"/sending-lists/{told['id']}"
    assert chloe.post(f"{base}/confirm").status_code == 409  # nothing was checked
    assert chloe.call("PUT", f"{base}/columns", {"columns": {"0:name": 0}}).json()["code"] == "SIG-052"
    checked = chloe.call("PUT", f"{base}/columns", {}).json()
    assert (checked["state"], checked["counts"]["READY"], checked["counts"]["WRONG"]) == ("CHECKED", 2, 1)
    wrong = chloe.get(f"{base}/rows?state=WRONG", **{"Accept-Language": "en"}).json()["items"]
    assert [(one["number"], one["problem"]["detail"]) for one in wrong] == [
        (4, "The e-mail address of Sans is not valid.")
    ]
    assert not Ceremony.objects.exists()
    without_credit(True)
    assert chloe.post(f"{base}/confirm", {}, **{"Idempotency-Key": "go"}).json()["state"] == "SENDING"
    assert chloe.post(f"{base}/confirm", {}, **{"Idempotency-Key": "go"})["Idempotency-Replayed"] == "true"
    run_jobs()
    stopped = chloe.get(base).json()
    assert (stopped["state"], stopped["stopped"]["code"], stopped["counts"]["READY"]) == ("STOPPED", "BIL-001", 2)
    held = chloe.get(f"{base}/rows?state=READY").json()["items"]
    assert {one["problem"]["code"] for one in held} == {"BIL-001"}
    without_credit(False)
    assert chloe.post(f"{base}/resume").status_code == 200
    run_jobs()
    first = chloe.get(f"{base}/rows?limit=1").json()
    rest = chloe.get(f"{base}/rows?after={first['next']}").json()
    sent = [*first["items"], *rest["items"]]
    assert [one["state"] for one in sent] == ["SENT", "SENT", "WRONG"] and rest["next"] is None
    assert {one["ceremony_id"] for one in sent[:2]} == {str(one.id) for one in Ceremony.objects.all()}
    assert (sent[0]["ceremony_state"], sent[0]["people"][0]["values"]) == ("IN_PROGRESS", {"Ville": "Lyon"})
    assert chloe.get(base).json()["state"] == "DONE"
    assert chloe.post(f"{base}/cancel").status_code == 409
    assert [one["id"] for one in chloe.get(f"/sending-lists?template_id={template.id}").json()["items"]] == [told["id"]]


def test_what_is_no_list_is_refused_and_nothing_is_kept(
    template: SigningTemplate, chloe: Api, denis: Api, stranger: Api
) -> None:
    lists = f"/templates/{template.id}/sending-lists"
    book, kept = openpyxl.Workbook(), io.BytesIO()
    book.active.append(["Nom", "E-mail"])  # type: ignore[union-attr]
    book.active.append(["Zoé", "zoe@client.example"])  # type: ignore[union-attr]
    book.save(kept)
    xlsx = {"Content-Type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
    assert chloe.call("POST", f"{lists}?file_name=a.xlsx", kept.getvalue(), **xlsx).json()["file_name"] == "a.xlsx"
    refused = {
        415: chloe.call("POST", lists, b"{}"),
        413: chloe.call("POST", lists, b"a" * (5 * 1024 * 1024 + 1), **CSV),
        403: denis.call("POST", lists, LINES, **CSV),
        404: stranger.call("POST", lists, LINES, **CSV),
        422: chloe.call("POST", lists, b"%PDF-1.7" + b"\0" * 300, **CSV),
    }
    assert {status: answer.status_code for status, answer in refused.items()} == {status: status for status in refused}
    assert refused[422].json()["errors"][0]["code"]
    two = b'--x\r\nContent-Disposition: form-data; name="other"; filename="a"\r\n\r\na\r\n--x--\r\n'
    assert chloe.call("POST", lists, two, **{"Content-Type": "multipart/form-data; boundary=x"}).status_code == 422
    assert chloe.call("POST", lists, b"", **{"Content-Type": "text/csv", "Idempotency-Key": "e"}).status_code in (
        415,
        422,
    )
    assert SendingList.objects.count() == 1
    base = f"/sending-lists/{SendingList.objects.get().id}"
    for path in ("", "/rows"):
        assert stranger.get(base + path).status_code == 404
    assert chloe.post(f"{base}/cancel").json()["state"] == "CANCELLED"


def test_a_form_is_opened_says_its_trouble_and_lists_what_came_in(
    template: SigningTemplate, chloe: Api, stranger: Api, run_jobs: RunJobs, without_credit: Callable[[bool], None]
) -> None:
    form = f"/templates/{template.id}/form"
    assert chloe.get(form).status_code == 404
    assert chloe.post(form, {"most": 0}).status_code == 422
    opened = chloe.post(form, {"most": 2, "last_day": "2099-12-31"})
    assert opened.status_code == 201, opened.content
    told = opened.json()
    assert (told["is_open"], told["made"], told["most"], told["trouble"]) == (True, 0, 2, None)
    assert chloe.post(form).json()["code"] == "SIG-050"  # one at a time
    token = told["url"].rpartition("/")[2]
    for name in ("max", "zoe", "tom"):
        try:
            submit_form(token, Applicant(name.title(), f"{name}@client.example"), once=uuid4())
        except PliError as refusal:
            assert (name, refusal.code) == ("tom", "SIG-054")  # full
    assert "prévues" in chloe.get(form).json()["trouble"]["detail"]
    first = chloe.get(f"{form}/answers?limit=1").json()
    rest = chloe.get(f"{form}/answers?after={first['next']}").json()
    came = [*first["items"], *rest["items"]]
    assert [(one["name"], one["email"]) for one in came] == [
        ("Zoe", "zoe@client.example"),
        ("Max", "max@client.example"),
    ]
    assert {one["ceremony_id"] for one in came} == {str(one.id) for one in Ceremony.objects.all()}
    assert stranger.get(f"{form}/answers").status_code == 404
    assert chloe.post(f"{form}/close").json()["is_open"] is False
    assert chloe.post(f"{form}/close").status_code == 409
    assert len(chloe.get(f"{form}/answers").json()["items"]) == 2  # what came in stays
    assert chloe.post(form).json()["url"] != told["url"]
    without_credit(True)
    assert chloe.get(form).json()["trouble"]["code"] == "BIL-001"
    without_credit(False)
    assert chloe.get(form).json()["trouble"] is None


def test_who_signs_beside_the_sender_is_sent_nothing_and_a_quote_may_be_passed_on(
    house: House, chloe: Api, run_jobs: RunJobs
) -> None:
    zoe = {"name": "Zoé", "email": "zoe@client.example", "is_in_person": True}
    order = {"document_ids": [str(file_contract(house).id)], "signers": [zoe], "deadline": _later()}
    made = chloe.post("/ceremonies", order)
    assert made.status_code == 201, made.content
    (signer,) = made.json()["signers"]
    assert (signer["is_in_person"], signer["state"], signer["in_person_until"]) == (True, "INVITED", None)
    run_jobs()
    assert local_outbox(house.alice) == []
    base = f"/ceremonies/{made.json()['id']}/signers/{signer['id']}"
    assert "/here/" in chloe.post(f"{base}/in-person").json()["url"]
    assert chloe.post(f"{base}/resend").json()["is_in_person"] is False
    copy = order | {"signers": [{"contact_id": str(house.julie.id)}, zoe | {"role": "COPY"}]}
    assert chloe.post("/ceremonies", copy).status_code == 422
    quote = {"document_id": str(file_quote(house).id), "recipient": {"contact_id": str(house.julie.id)}}
    sent = chloe.post("/quotes", quote | {"deadline": _later(), "may_delegate": True})
    assert sent.status_code == 201, sent.content
    assert chloe.get(f"/ceremonies/{sent.json()['ceremony_id']}").json()["may_delegate"] is True


def _later() -> str:
    return (paris_day(SYSTEM_CLOCK.now()) + timedelta(days=9)).isoformat()
