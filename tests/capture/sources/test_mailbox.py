"""Scan to mail: a real Dovecot, read once whatever happens to it; and messages nobody should have written."""

from __future__ import annotations

import datetime
import email.mime.message
import hashlib
import os
import random
from collections.abc import Iterator
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.utils import make_msgid
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pli.capture.api import (
    Capture,
    CaptureState,
    InputSource,
    MailboxOptions,
    SourceSettings,
    change_source,
    create_source,
)
from pli.capture.channels.imap import reader, taking
from pli.capture.channels.imap.client import Mailbox, encode_mailbox
from pli.capture.channels.imap.taking import read_mailbox, unpack_message
from pli.capture.errors import MailWithoutDocument
from pli.kit.errors import PlugError
from tests.capture.sources.conftest import make_pdf, make_picture, start_files
from tests.capture.sources.dovecot import PASSWORD, PROGRAM, USER, Dovecot
from tests.processing.invoices.test_facturx import UBL
from tests.support.people import House
from tests.support.processes import open_folder, wait_until
from tests.support.queue import RunJobs

needs_dovecot = pytest.mark.skipif(
    not PROGRAM or os.geteuid() != 0, reason="no Dovecot here, or not root: install `dovecot-imapd` and run as root"
)


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with open_folder("dovecot") as folder:
        made = Dovecot(folder)
        yield made
        made.stop()


@pytest.fixture
def dovecot(server: Dovecot) -> Dovecot:
    """With an empty mailbox."""
    client = server.client()
    if client.select("INBOX")[1] != [b"0"]:
        client.store("1:*", "+FLAGS", "\\Deleted")
        client.expunge()
    client.logout()
    return server


@pytest.fixture
def source(house: House, dovecot: Dovecot) -> InputSource:
    return create_source(
        house.bruno, chosen=SourceSettings("Boîte du copieur", _options(dovecot), kind="invoice"), password=PASSWORD
    )[0]


def _options(dovecot: Dovecot, **more: object) -> MailboxOptions:
    return MailboxOptions(host="localhost", port=dovecot.port, user=USER, **more)  # type: ignore[arg-type]


def _open(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch, **more: object) -> Mailbox:
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.folder / "cert.pem"))
    return Mailbox(_options(dovecot, **more), PASSWORD, allows_private=True)


@pytest.fixture
def begun(source: InputSource, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> Mailbox:
    """The mailbox, looked at once: what comes now is new."""
    mailbox = _open(dovecot, monkeypatch)
    read_mailbox(source, mailbox)
    return mailbox


def _mail(*attached: tuple[str, str, bytes], subject: str = "Numérisation", text: str = "Bonjour") -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "copieur@mercier.example", "scan@mercier.example"
    message["Message-ID"] = make_msgid(domain="copieur")
    message.set_content(text)
    for name, kind, content in attached:
        main, _, sub = kind.partition("/")
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def _captured() -> list[str]:
    return sorted(Capture.objects.values_list("file_name", flat=True))


@needs_dovecot
def test_each_attached_document_is_one_capture_and_the_message_is_marked(
    dovecot: Dovecot, source: InputSource, tmp_path: Path
) -> None:
    """The whole process, by IDLE: what was there before stays, what comes is taken at once."""
    dovecot.deliver(_mail(("ancien.pdf", "application/pdf", make_pdf("Ancien"))))
    running = start_files(tmp_path / "files.log", SSL_CERT_FILE=str(dovecot.folder / "cert.pem"))
    try:
        wait_until(lambda: bool(_position(source)), seconds=30)
        dovecot.deliver(
            _mail(
                ("Décompte été.pdf", "application/pdf", make_pdf("Un")),
                ("scan.tif", "application/octet-stream", make_picture("TIFF", pages=2)),
                ("notes.docx", "application/vnd.ms-word", b"PK\x03\x04"),
            )
        )
        wait_until(lambda: _captured() == ["Décompte été.pdf", "notes.docx", "scan.tif"], seconds=20)
        wait_until(lambda: b"\\Seen" in dovecot.flags()[1], seconds=10)
        assert b"\\Seen" not in dovecot.flags()[0]
        assert running.stop() == 0
        assert "Traceback" not in running.log.read_text()
    finally:
        if running.process.poll() is None:
            running.kill()
    capture = Capture.objects.get(file_name="Décompte été.pdf")
    assert (capture.channel, capture.wishes["kind"], capture.source) == ("imap", "invoice", source)
    assert capture.blob_id == hashlib.sha256(make_pdf("Un")).hexdigest()


def _position(source: InputSource) -> dict[str, object]:
    source.refresh_from_db()
    return source.position


@needs_dovecot
def test_nothing_is_taken_twice_even_when_the_server_numbers_anew(
    dovecot: Dovecot, source: InputSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.deliver(_mail(("avant.pdf", "application/pdf", make_pdf("Avant"))))
    mailbox = _open(dovecot, monkeypatch)
    assert read_mailbox(source, mailbox) == 0, "what was there before was not asked for"
    dovecot.deliver(_mail(("a.pdf", "application/pdf", make_pdf("A"))))
    mailbox.close()
    mailbox = _open(dovecot, monkeypatch)
    assert read_mailbox(source, mailbox) == 1 and read_mailbox(source, mailbox) == 0
    mailbox.close()
    before = _position(source)["uid_validity"]
    dovecot.renumber()
    mailbox = _open(dovecot, monkeypatch)
    read_mailbox(source, mailbox)
    assert _position(source)["uid_validity"] == mailbox.uid_validity != before
    mailbox.close()
    assert Capture.objects.filter(file_name="a.pdf").count() == 1
    assert Capture.objects.get(file_name="a.pdf").resent == 1


@needs_dovecot
def test_a_message_of_the_day_before_by_the_clock_of_the_server_is_not_lost(
    dovecot: Dovecot, source: InputSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Honolulu it is still yesterday when the source is made; the message comes an hour later."""
    monkeypatch.setenv("TZ", "Pacific/Honolulu")
    dovecot.stop()
    dovecot.start()
    made = datetime.datetime(2026, 11, 10, 5, tzinfo=datetime.UTC)
    InputSource.objects.filter(id=source.id).update(created_at=made)
    mailbox = _open(dovecot, monkeypatch)
    read_mailbox(source, mailbox)
    mailbox.close()
    dovecot.deliver(_mail(("long avant.pdf", "application/pdf", make_pdf("B"))), at=made - datetime.timedelta(days=3))
    dovecot.deliver(_mail(("a.pdf", "application/pdf", make_pdf("A"))), at=made + datetime.timedelta(hours=1))
    dovecot.renumber()
    mailbox = _open(dovecot, monkeypatch)
    assert read_mailbox(source, mailbox) == 1
    mailbox.close()
    assert _captured() == ["a.pdf"]


@needs_dovecot
def test_a_message_without_a_name_is_known_by_its_bytes_when_it_is_numbered_anew(
    dovecot: Dovecot, source: InputSource, begun: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = _mail(("a.pdf", "application/pdf", make_pdf("A"))).split(b"\n")
    dovecot.deliver(b"\n".join(line for line in lines if not line.startswith(b"Message-ID")))
    assert read_mailbox(source, begun) == 1
    begun.close()
    dovecot.renumber()
    mailbox = _open(dovecot, monkeypatch)
    assert read_mailbox(source, mailbox) == 1
    mailbox.close()
    assert Capture.objects.get().resent == 1


@needs_dovecot
def test_former_messages_not_taken_yet_are_taken_after_a_numbering_anew(
    house: House, dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = _options(dovecot, takes_former=True)
    source = create_source(house.bruno, chosen=SourceSettings("Reprise", options), password=PASSWORD)[0]
    years_ago = datetime.datetime(2020, 3, 1, tzinfo=datetime.UTC)
    for name in ("a", "b"):
        dovecot.deliver(_mail((f"{name}.pdf", "application/pdf", make_pdf(name))), at=years_ago)
    monkeypatch.setattr(taking, "MOST_IN_ONE_ROUND", 1)
    mailbox = _open(dovecot, monkeypatch)
    assert read_mailbox(source, mailbox) == 1
    mailbox.close()
    assert _captured() == ["a.pdf"]
    dovecot.renumber()
    mailbox = _open(dovecot, monkeypatch)
    while read_mailbox(source, mailbox):
        pass
    mailbox.close()
    assert _captured() == ["a.pdf", "b.pdf"]


@needs_dovecot
def test_a_server_that_closes_and_answers_again_is_no_problem(
    dovecot: Dovecot, source: InputSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Twice, as servers do with whoever waits for long: nothing is said, and the next try does not come later."""
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.folder / "cert.pem"))
    monkeypatch.setattr(settings, "PLI_ALLOW_PRIVATE_MAIL", True)
    reading = reader._Reading(source)
    said: set[str] = set()

    def has(name: str) -> bool:
        source.refresh_from_db(fields=["problem_code"])
        said.add(source.problem_code)
        return name in _captured()

    reading.start()
    try:
        wait_until(lambda: bool(_position(source)), seconds=30)
        for name in ("a.pdf", "b.pdf"):
            dovecot.stop()
            dovecot.start()
            dovecot.deliver(_mail((name, "application/pdf", make_pdf(name))))
            wait_until(lambda name=name: has(name), seconds=30)  # type: ignore[misc]
        assert (said, reading.pause) == ({""}, reader.FIRST_PAUSE)
    finally:
        reading.ending.set()
        assert reading.thread is not None
        reading.thread.join(10)


@needs_dovecot
def test_killed_between_the_commit_and_the_mark(
    dovecot: Dovecot, source: InputSource, begun: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.deliver(_mail(("a.pdf", "application/pdf", make_pdf("A"))))

    def crash(_uid: int) -> None:
        raise SystemExit

    with monkeypatch.context() as broken:
        broken.setattr(begun, "settle", crash)
        with pytest.raises(SystemExit):
            read_mailbox(source, begun)
    assert _captured() == ["a.pdf"] and b"\\Seen" not in dovecot.flags()[0]
    begun.close()
    again = _open(dovecot, monkeypatch)
    assert read_mailbox(source, again) == 0
    again.close()
    assert b"\\Seen" in dovecot.flags()[0] and Capture.objects.get().resent == 0


@needs_dovecot
def test_a_taken_message_is_moved_where_it_is_wished(
    house: House, dovecot: Dovecot, source: InputSource, monkeypatch: pytest.MonkeyPatch, run_jobs: RunJobs
) -> None:
    client = dovecot.client()
    client.create(encode_mailbox("Traités & classés"))
    client.logout()
    options = _options(dovecot, moves_to="Traités & classés", takes_former=True)
    change_source(house.bruno, source.id, chosen=SourceSettings("Boîte du copieur", options))
    source.refresh_from_db()
    dovecot.deliver(_mail(("a.pdf", "application/pdf", make_pdf("A"))))
    dovecot.deliver(_mail(text="Pas de pièce jointe", subject="Publicité"))
    mailbox = _open(dovecot, monkeypatch, moves_to="Traités & classés")
    assert read_mailbox(source, mailbox) == 2
    mailbox.close()
    client = dovecot.client()
    assert client.select("INBOX")[1] == [b"1"] and client.select(encode_mailbox("Traités & classés"))[1] == [b"1"]
    client.logout()
    run_jobs()
    kept = Capture.objects.get(file_name="Publicité.eml")
    assert (kept.state, kept.problem_code) == (CaptureState.PARKED, "CAP-018")
    assert kept.problem["details"]["subject"] == "Publicité"


@needs_dovecot
def test_a_wrong_password_a_wrong_folder_and_inner_addresses(dovecot: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(dovecot.folder / "cert.pem"))
    with pytest.raises(PlugError, match="interne"):
        Mailbox(_options(dovecot), PASSWORD, allows_private=False)
    for options, password, reason in (
        (_options(dovecot), "faux", "refusé"),
        (_options(dovecot, mailbox="Absent"), PASSWORD, "n’existe pas"),
    ):
        with pytest.raises(PlugError) as refusal:
            Mailbox(options, password, allows_private=True)
        assert reason in str(refusal.value.details["reason"])
    starttls = MailboxOptions(host="localhost", port=dovecot.starttls_port, security="starttls", user=USER)
    Mailbox(starttls, PASSWORD, allows_private=True).close()
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(PlugError) as refusal:
        Mailbox(_options(dovecot), PASSWORD, allows_private=True)
    assert "certificat" in str(refusal.value.details["reason"])


def _names(content: bytes) -> list[str]:
    _, found = unpack_message(content)
    return [one.name for one in found]


def test_nested_messages_are_looked_into_and_ornaments_left_out(house: House) -> None:
    inner = EmailMessage()
    inner["Subject"] = "Transféré"
    inner.set_content("voir ci-joint")
    inner.add_attachment(make_pdf("Dedans"), maintype="application", subtype="pdf", filename="dedans.pdf")
    outer = MIMEMultipart()
    outer.attach(email.mime.message.MIMEMessage(inner))
    page = EmailMessage()
    page.set_content("<img src=cid:logo>", subtype="html")
    page.add_related(make_picture("PNG", size=(900, 900)), "image", "png", cid="<logo>", filename="logo.png")
    outer.attach(page)
    photo = EmailMessage()
    photo.set_content("x")
    photo.add_attachment(make_picture("JPEG"), maintype="image", subtype="jpeg", filename="p.jpg")
    photo.add_attachment(UBL.encode(), maintype="application", subtype="octet-stream", filename="facture.xml")
    photo.add_attachment(b"{}", maintype="application", subtype="json", filename="notes.json")
    outer.attach(photo)
    # What is no document and was attached all the same comes out too, for a person to look at; a signature does not.
    photo.add_attachment(b"PK\x03\x04" + make_pdf("Z"), maintype="application", subtype="zip", filename="lot.zip")
    photo.add_attachment(b'x\x9f>"\0', maintype="application", subtype="ms-tnef", filename="winmail.dat")
    photo.add_attachment(b"-----BEGIN PGP", maintype="application", subtype="pgp-signature", filename="s.asc")
    photo.add_attachment("texte", filename="lisezmoi.txt")
    expected = ["dedans.pdf", "p.jpg", "facture.xml", "notes.json", "lot.zip", "winmail.dat"]
    assert _names(outer.as_bytes()) == expected


def test_names_in_headers_are_read_whatever_they_are(house: House) -> None:
    document = make_pdf("Nom")
    for raw, shown in (
        (b'filename="=?utf-8?b?RMOpY29tcHRlLnBkZg==?="', "Décompte.pdf"),
        (b"filename*=iso-8859-15''D%E9compte%20%A4.pdf", "Décompte €.pdf"),
        (b'filename="../../etc/=?bogus?q?x?=.pdf"', None),
        (b"filename*=nowhere''x.pdf", None),
    ):
        head = (
            b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: binary\r\nContent-Disposition: attachment; "
        )
        [name] = _names(head + raw + b"\r\n\r\n" + document)
        assert shown is None or name == shown


def test_a_message_that_nests_too_deep_is_refused(house: House) -> None:
    for depth in (50, 3000):
        lines = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth))
        with pytest.raises(MailWithoutDocument):
            unpack_message(lines + b"Content-Type: text/plain\r\n\r\nfond")
    many = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 2000 + b"--b--"
    with pytest.raises(MailWithoutDocument):
        unpack_message(many)


@hypothesis_settings(max_examples=15, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 2**32))
def test_no_message_breaks_the_reading(noise: bytes, seed: int) -> None:
    whole = bytearray(_mail(("a.pdf", "application/pdf", make_pdf("A"))))
    chance = random.Random(seed)  # noqa: S311 - a repeatable damage
    for _ in range(12):
        whole[chance.randrange(len(whole))] = chance.randrange(256)
    for content in (noise, bytes(whole), bytes(whole) + noise):
        try:
            unpack_message(content)
        except MailWithoutDocument:
            continue


def test_folders_are_named_as_imap_names_them() -> None:
    assert encode_mailbox("Traités & classés") == '"Trait&AOk-s &- class&AOk-s"'
    assert encode_mailbox('a"b\\c') == '"a\\"b\\\\c"'
    assert encode_mailbox("日本語") == '"&ZeVnLIqe-"'
    assert "\r" not in encode_mailbox("INBOX\r\nA1 DELETE x")
