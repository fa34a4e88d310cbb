"""Tracked sendings: from the word of a subject to the sealed proofs, with a real mail server and real requests."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import F
from django.test import Client, override_settings

from pli.billing.api import Meter, Usage
from pli.documents.api import existing_blob_path
from pli.gateway.api import MailMessage, MailRecipient, RelayState, TrackedProof, TrackedSending, TrackedState
from pli.gateway.bounces import Returned, _record
from pli.gateway.errors import TrackedGone, TrackedOver
from pli.gateway.models import MailAccount
from pli.gateway.tracked.answering import open_tracked, receive_tracked
from pli.gateway.tracked.proofs import keep_earlier_proving
from pli.gateway.tracked.sending import expire_tracked
from pli.kit.clock import PARIS, SYSTEM_CLOCK, FrozenClock
from pli.notifications.api import Message
from pli.signing.api import due_evidence, renew_evidence, trust_store
from pli.signing.models import EvidenceRecord
from pli.trust.api import verify_pdf
from tests.api.conftest import Api, token_of
from tests.gateway.conftest import Post
from tests.gateway.letters import letter, link_in, url_of
from tests.notifications.mail_server import real_server, scripted_server
from tests.support.archives import run_script, tools, unpacked
from tests.support.authorities import Later, trust_also
from tests.support.queue import RunJobs

FILES = [("plans.zip", b"PK" + b"\0\r\n." * 4_000, "application/zip")]


def _send(post: Post, run_jobs: RunJobs, subject: str, *people: str) -> dict[str, Any]:
    """Send it; the message each recipient got, by their address."""
    with real_server() as host, override_settings(PLI_MAIL_URL=url_of(host)):
        post.send(letter(post, subject, files=FILES).as_bytes(), *people)
        run_jobs()
    return {envelope.rcpt_tos[0]: message for envelope, message in zip(host.envelopes, host.messages, strict=True)}


def _path(message: Any) -> str:
    return "/" + link_in(message, "plain").partition("//")[2].partition("/")[2]


def _facts(proof: TrackedProof) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(existing_blob_path(proof.json_sha256).read_text())
    return facts


def test_each_recipient_answers_and_each_answer_is_proven(post: Post, run_jobs: RunJobs, tmp_path: Path) -> None:
    got = _send(post, run_jobs, "*SUIVI Mise en demeure", "julie@client.example", "paul@client.example")
    for message in got.values():
        said = message.as_bytes()
        assert b"devis promis" not in said
        assert b"plans.zip" not in said
        assert "n’est pas une lettre recommandée" in message.get_body(("plain",)).get_content()
        assert message["Subject"] == "Mise en demeure"
    path, other = _path(got["julie@client.example"]), _path(got["paul@client.example"])
    sending = TrackedSending.objects.get(recipient__address="julie@client.example")
    assert (sending.state, sending.expires_at and sending.expires_at.astimezone(PARIS).strftime("%H:%M:%S")) == (
        TrackedState.DEPOSITED, "23:59:59",
    )  # fmt: skip
    # A scanner follows the link, on any page of it: nothing is received, nothing is shown.
    scanner = Client()
    shown = scanner.get(path)
    page = shown.content.decode()
    # With « no-referrer » a browser says it comes from nowhere, and its forms are refused.
    assert shown["Referrer-Policy"] == "same-origin"
    assert "Recevoir cet envoi" in page
    assert "plans.zip" not in page
    file_id = MailMessage.objects.get().files.get().id
    assert scanner.get(f"{path}file/{file_id}").status_code == scanner.get(f"{path}message.eml").status_code == 403
    assert not TrackedSending.objects.exclude(state=TrackedState.DEPOSITED).exists()
    _julie_receives(path, file_id)
    assert scanner.get(f"{path}file/{file_id}").status_code == 403
    declined = Client().post(f"{other}decline", {"reason": "Pas pour moi"}, REMOTE_ADDR="198.51.100.9", follow=True)
    assert "Refusé par le destinataire" in declined.content.decode()
    assert Client().post(f"{other}receive").status_code == 409
    run_jobs()
    _proofs_say_so(post)
    _board_shows_it(post)
    # Two that ran their course, each sold once however often the events come.
    run_jobs()
    assert Usage.objects.filter(meter=Meter.TRACKED).count() == 2
    assert Message.objects.filter(template="gateway.tracked").count() == 2
    _proofs_outlive_their_timestamps(post, tmp_path)


def _proofs_outlive_their_timestamps(post: Post, folder: Path) -> None:
    """Each of the four is dated again before its timestamp ends, and the archive's script follows."""
    received = TrackedProof.objects.select_related("sending").get(kind="RECEIVED")
    kept = EvidenceRecord.objects.get(number=received.label)
    assert kept.proved_until is not None
    # One that was made before proofs were kept so: taken over by the sweep, once, and dated at once.
    EvidenceRecord.objects.filter(number=received.label).delete()
    TrackedProof.objects.filter(id=received.id).update(is_kept_proving=False)
    assert [keep_earlier_proving(), keep_earlier_proving()] == [1, 0]
    assert due_evidence().count() == 1
    EvidenceRecord.objects.update(keep_until=(kept.proved_until + timedelta(days=400)).date())
    near = FrozenClock(kept.proved_until - timedelta(days=30))
    authority = Later(folder / "later", near)
    assert renew_evidence(clock=near, services=authority) == 4
    assert (renew_evidence(clock=near, services=authority), authority.asked) == (0, 1)

    number = received.sending.number
    page = Client().get(f"/verify/{number.lower().replace('-', ' ')}").content.decode()
    assert page.count("Horodatage renouvelé") == page.count("Preuve établie") == 2
    told = Api(token_of(post.house.alice)).get(f"/verify/{number}").json()
    assert (told["state"], [one["kind"] for one in told["proofs"]]) == ("RECEIVED", ["DEPOSITED", "RECEIVED"])
    for private in ("julie", "client.example", "203.0.113", "plans.zip", "Mise en demeure", "paul", "/t/"):
        assert private not in page.lower()
        assert private not in json.dumps(told).lower()
    assert Client().get(f"/verify/{received.label}").status_code == 404
    dropped = SimpleUploadedFile("preuve.pdf", existing_blob_path(received.pdf_sha256).read_bytes())
    assert f"/verify/{number}" in Client().post("/verify/", {"file": dropped}).content.decode()

    client, mail = Client(), MailMessage.objects.get()
    client.force_login(MailAccount.objects.get().member.account)
    answer: Any = client.get(f"/office/mail/{mail.id}/tracked/{received.sending_id}.zip")
    programs = tools(folder / "tools")
    archive = unpacked(io.BytesIO(b"".join(answer.streaming_content)), folder / "proofs")
    trust_also(archive, authority)
    said = run_script(archive, programs)
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout.count("vaut jusqu'au") == 2
    text = next(archive.glob("renouvellements/*RECEIVED 01.txt"))
    assert mail.blob_id in text.read_text(), "the message itself is dated again"
    text.write_text(text.read_text().replace("RECEIVED", "DECLINED"))
    assert run_script(archive, programs).returncode == 1


def _julie_receives(path: str, file_id: Any) -> None:
    julie = Client(headers={"user-agent": "Navigateur/1"}, REMOTE_ADDR="203.0.113.7")
    page = julie.post(f"{path}receive", follow=True).content.decode()
    assert "voici le devis promis" in page
    answer: Any = julie.get(f"{path}file/{file_id}")
    assert b"".join(answer.streaming_content) == FILES[0][1]
    whole: Any = julie.get(f"{path}message.eml")
    assert b"devis promis" in b"".join(whole.streaming_content)
    assert julie.post(f"{path}decline").status_code == 409
    # Read on a second device too: noted, the first stays.
    elsewhere = Client(REMOTE_ADDR="203.0.113.8")
    assert "Lire aussi sur cet appareil" in elsewhere.get(path).content.decode()
    assert "voici le devis promis" in elsewhere.post(f"{path}receive", follow=True).content.decode()


def _proofs_say_so(post: Post) -> None:
    kinds = TrackedProof.objects.values_list("sending__recipient__address", "kind")
    assert set(kinds) == {
        ("julie@client.example", "DEPOSITED"), ("julie@client.example", "RECEIVED"),
        ("paul@client.example", "DEPOSITED"), ("paul@client.example", "DECLINED"),
    }  # fmt: skip
    deposit = _facts(TrackedProof.objects.get(sending__recipient__address="paul@client.example", kind="DEPOSITED"))
    assert "250" in deposit["transport"]["server_reply"]
    assert deposit["content"]["sha256"] == MailMessage.objects.get().blob_id
    received = TrackedProof.objects.get(kind="RECEIVED")
    facts = _facts(received)
    act = next(one for one in facts["trace"] if one["what"] == "received")
    assert (act["ip"], act["user_agent"], act["detail"]["email"]) == (
        "203.0.113.7", "Navigateur/1", "julie@client.example",
    )  # fmt: skip
    assert "accepte de recevoir" in facts["consent"]["text"]
    assert "paul" not in json.dumps(facts)
    refused = _facts(TrackedProof.objects.get(kind="DECLINED"))
    assert refused["reason"] == "Pas pour moi"
    path = existing_blob_path(received.pdf_sha256)
    verdict = verify_pdf(path, roots=trust_store().roots())
    assert (verdict.verdict, verdict.modified_after_signing) == ("TOTAL_PASSED", False)
    with pikepdf.open(path) as pdf:
        assert facts["number"] + ".json" in pdf.attachments


def _board_shows_it(post: Post) -> None:
    mail, client = MailMessage.objects.get(), Client()
    client.force_login(MailAccount.objects.get().member.account)
    page = client.get(f"/office/mail/{mail.id}/").content.decode()
    for said in ("203.0.113.7", "plans.zip", "Pas pour moi", "Reçu par le destinataire", "Lu sur un autre appareil"):
        assert said in page
    proof = TrackedProof.objects.filter(kind="DECLINED").get()
    answer: Any = client.get(f"/office/mail/{mail.id}/proof/{proof.id}.pdf")
    assert b"".join(answer.streaming_content).startswith(b"%PDF-")


def test_nobody_answers_in_time_and_what_is_not_delivered_costs_nothing(post: Post, run_jobs: RunJobs) -> None:
    got = _send(post, run_jobs, "*LIEN *SUIVI Plans", "julie@client.example", "paul@client.example")
    # With *LIEN the text goes with the notice, its files wait.
    body = got["julie@client.example"]
    assert "voici le devis promis" in body.get_body(("plain",)).get_content()
    assert not [part for part in body.walk() if part.is_attachment()]
    token = _path(body).rstrip("/").rpartition("/")[2]
    paul = MailRecipient.objects.get(address="paul@client.example")
    _bounced(paul)
    julie = TrackedSending.objects.get(recipient__address="julie@client.example")
    assert julie.expires_at is not None
    late = FrozenClock(julie.expires_at + timedelta(seconds=1))
    with pytest.raises(TrackedOver):
        receive_tracked(token, clock=late)
    assert open_tracked(token, clock=late).is_open is False
    assert expire_tracked(clock=late) == 1
    assert expire_tracked(clock=late) == 0
    run_jobs()
    assert set(TrackedProof.objects.values_list("sending__recipient__address", "kind")) == {
        ("julie@client.example", "DEPOSITED"), ("julie@client.example", "UNCLAIMED"),
        ("paul@client.example", "DEPOSITED"), ("paul@client.example", "UNDELIVERED"),
    }  # fmt: skip
    assert Usage.objects.filter(meter=Meter.TRACKED).count() == 1
    with pytest.raises(TrackedGone):
        open_tracked("x" * 43)


def _bounced(recipient: MailRecipient) -> None:
    """Its server sent the notice back."""
    with transaction.atomic():
        _record(recipient, Returned(is_final=True, status="5.1.1", reason="550 unknown"), SYSTEM_CLOCK)


def test_a_refused_notice_is_undelivered_then_sent_again_under_a_new_link(post: Post, run_jobs: RunJobs) -> None:
    with scripted_server(RCPT="550 no such user") as host, override_settings(PLI_MAIL_URL=host.url):
        post.send(letter(post, "*SUIVI Plans").as_bytes(), "julie@client.example")
        run_jobs()
    sending = TrackedSending.objects.get()
    former = sending.link_sha256
    assert sending.state == TrackedState.UNDELIVERED
    client = Client()
    client.force_login(MailAccount.objects.get().member.account)
    with real_server() as good, override_settings(PLI_MAIL_URL=url_of(good)):
        client.post(f"/office/mail/{sending.recipient.message_id}/retry")
        run_jobs()
    sending.refresh_from_db()
    assert (sending.state, sending.recipient.state) == (TrackedState.DEPOSITED, RelayState.RELAYED)
    assert sending.link_sha256 != former
    assert len(good.messages) == 1
    # A link that is opened before its server's answer is written down was delivered all the same.
    TrackedSending.objects.update(state=TrackedState.PREPARED, deposited_at=None, expires_at=F("deposited_at"))
    token = _path(good.messages[0]).rstrip("/").rpartition("/")[2]
    assert receive_tracked(token)
    sending.refresh_from_db()
    assert (sending.state, sending.deposited_at is not None) == (TrackedState.RECEIVED, True)


def test_a_signature_is_not_tracked_twice(post: Post, run_jobs: RunJobs) -> None:
    post.send(letter(post, "*SIGN *SUIVI Devis", files=FILES).as_bytes(), "julie@client.example")
    run_jobs()
    assert not TrackedSending.objects.exists()
    notice = Message.objects.get(template="gateway.refused")
    assert re.search(r"\*SIGN et \*SUIVI", str(notice.body))
