"""Scan to mail: who may write to a source's address, and what becomes of what they send."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from email.policy import SMTP

from pli.capture.api import Capture, CaptureState, GatewayOptions, SourceSettings, create_source, find_inbox
from pli.documents.api import blob_path
from pli.gateway.api import MailMessage, MailRecipient, RelayState
from tests.gateway.conftest import Post, unchecked
from tests.pdf import samples
from tests.support.people import make_house
from tests.support.queue import RunJobs


def _scan(*names: str) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = "copieur@mercier.example"
    message["Subject"] = "*SIGN Numérisation"
    message.set_content("Envoyé par le copieur\n")
    for number, name in enumerate(names, 1):
        pdf = samples.simple_contract(pages=number)
        message.add_attachment(pdf, maintype="application", subtype="pdf", filename=name)
    return message.as_bytes()


def test_each_attachment_is_a_capture_once(post: Post, run_jobs: RunJobs) -> None:
    source, secret = create_source(post.house.bruno, chosen=SourceSettings("Copieur", GatewayOptions()))
    address = f"{source.login}@localhost"
    content = _scan("a.pdf", "b.pdf")
    for _again in range(2):
        with smtplib.SMTP("127.0.0.1", post.port, timeout=10) as client:
            client.starttls(context=unchecked())
            client.login(str(source.login), secret)
            # A device writes as it likes, to itself alone.
            assert client.mail("copieur@mercier.example")[0] == 250
            assert client.rcpt("julie@client.example")[0] == 550
            assert client.rcpt(address.upper())[0] == 250
            assert client.data(content)[0] == 250
    run_jobs()
    assert sorted(Capture.objects.values_list("file_name", "state")) == [
        ("a.pdf", CaptureState.FILED), ("b.pdf", CaptureState.FILED),
    ]  # fmt: skip
    assert MailMessage.objects.get().tag == ""
    assert MailRecipient.objects.get().state == RelayState.RELAYED


def test_an_attachment_without_a_byte_is_told_and_the_others_are_taken(post: Post, run_jobs: RunJobs) -> None:
    source, secret = create_source(post.house.bruno, chosen=SourceSettings("Copieur", GatewayOptions()))
    message = EmailMessage(policy=SMTP)
    message.set_content("Envoyé par le copieur\n")
    for name, content in (("vide.pdf", b""), ("bon.pdf", samples.simple_contract(pages=1))):
        message.add_attachment(content, maintype="application", subtype="pdf", filename=name)
    with smtplib.SMTP("127.0.0.1", post.port, timeout=10) as client:
        client.starttls(context=unchecked())
        client.login(str(source.login), secret)
        client.mail("copieur@mercier.example")
        client.rcpt(f"{source.login}@localhost")
        assert client.data(message.as_bytes())[0] == 250
    run_jobs()
    assert Capture.objects.get().file_name == "bon.pdf"
    source.refresh_from_db()
    assert (source.problem_code, source.problem["details"]["name"]) == ("CAP-001", "vide.pdf")


def test_only_its_device_its_colleagues_and_its_networks_reach_an_address(post: Post, run_jobs: RunJobs) -> None:
    closed, _ = create_source(post.house.bruno, chosen=SourceSettings("Fermé", GatewayOptions()))
    theirs, _ = create_source(make_house("lambert").bruno, chosen=SourceSettings("Voisin", GatewayOptions()))
    with smtplib.SMTP("127.0.0.1", post.port, timeout=10) as client:
        client.ehlo()
        assert client.mail("copieur@mercier.example")[0] == 530
    near, _ = create_source(
        post.house.bruno, chosen=SourceSettings("Admis", GatewayOptions(networks="127.0.0.0/8 10.0.0.0/8"))
    )
    far, _ = create_source(post.house.bruno, chosen=SourceSettings("Loin", GatewayOptions(networks="10.0.0.0/8")))
    with smtplib.SMTP("127.0.0.1", post.port, timeout=10) as client:
        client.helo()
        assert client.mail("copieur@mercier.example")[0] == 250
        for source in (closed, theirs, far):
            assert client.rcpt(f"{source.login}@localhost")[0] == 530
        assert client.rcpt("julie@client.example")[0] == 530
        assert client.rcpt(f"{near.login}@localhost")[0] == 250
        assert client.data(_scan("c.pdf"))[0] == 250
    with post.session() as client:
        client.mail(post.email)
        assert client.rcpt(f"{closed.login}@localhost")[0] == 250
        assert client.rcpt(f"{theirs.login}@localhost")[0] == 550
        assert client.data(b"Subject: rien\r\n\r\nsans document\r\n")[0] == 250
    run_jobs()
    assert Capture.objects.get(state=CaptureState.FILED).file_name == "c.pdf"
    kept = Capture.objects.get(state=CaptureState.PARKED)
    assert (kept.source_id, kept.file_name, kept.problem_code) == (closed.id, "rien.eml", "CAP-018")
    assert b"sans document" in blob_path(kept.blob_id).read_bytes()
    assert find_inbox("inconnu") is None
