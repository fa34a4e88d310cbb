"""What bad files get, through the real doors: a plain sentence in French, nothing lost, no error page."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers

from pli.capture.api import Capture
from pli.documents.api import Document, existing_blob_path
from pli.notifications.api import local_outbox
from pli.parties.api import Account
from pli.signing.api import (
    Ceremony,
    CeremonyState,
)
from tests.pdf import samples
from tests.support.ceremonies import JULIE, ask, file_contract, last_link, sign_as
from tests.support.people import House, make_house
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db

NASTY = "</title><script>alert(1)</script>\"'{{7*7}}#lien#\u202e%s\r\nBcc: x@evil.example 😀"


@pytest.fixture
def house() -> House:
    return make_house()


@pytest.fixture
def office(house: House) -> Client:
    client = Client()
    client.force_login(Account.objects.get(id=house.chloe.account_id))
    return client


def _text(answer: Any) -> str:
    """What a person reads on the page."""
    return " ".join(re.sub(r"<[^>]+>", " ", unescape(answer.content.decode())).split())


def _drop(office: Client, content: bytes, name: str = "contrat.pdf") -> Any:
    return office.post("/office/documents/upload/", {"files": SimpleUploadedFile(name, content, "application/pdf")})


# Files that cannot be filed


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: b"Bonjour, ceci est une lettre.", "n’est ni un PDF ni une image (JPEG, PNG, TIFF)."),
        (samples.hopeless, "Ce PDF est endommagé et n’a pas pu être réparé."),
        (samples.encrypted, "Ce PDF est protégé par un mot de passe."),
        (samples.bomb, "Ce PDF est trop volumineux, ou son contenu le devient une fois décompressé."),
        (lambda: samples.many_pages(20_000), "Ce PDF compte 20000 pages"),
    ],
    ids=["not-a-pdf", "damaged", "encrypted", "bomb", "20000-pages"],
)
def test_a_file_that_cannot_be_filed_waits_with_its_reason(
    office: Client, run_jobs: RunJobs, make: Callable[[], bytes], sentence: str
) -> None:
    content = make()
    assert _drop(office, content).status_code == 302
    run_jobs()
    capture = Capture.objects.get()
    assert capture.state == "PARKED"
    page = office.get("/office/todo/")
    assert page.status_code == 200
    assert sentence in _text(page)
    kept = b"".join(office.get(f"/office/todo/{capture.id}/file").streaming_content)
    assert kept == content, "nothing is lost"


def test_an_empty_file_is_refused_at_the_door(office: Client) -> None:
    answer = _drop(office, b"", "vide.pdf")
    assert answer.status_code == 422
    assert "Le fichier « vide.pdf » est vide." in _text(answer)
    assert not Capture.objects.exists()


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.pdf",
        "..\\..\\win.pdf",
        "a\u202efdp.exe",
        "x" * 5000 + ".pdf",
        "📄 été.pdf",
        "=cmd|' /C calc'!A0.pdf",
    ],
    ids=["parent", "backslash", "rtl", "5000", "emoji", "formula"],
)
def test_a_hostile_file_name_is_only_a_name(office: Client, run_jobs: RunJobs, name: str) -> None:
    assert _drop(office, samples.simple_contract(1), name).status_code in (302, 400)
    run_jobs()
    for capture in Capture.objects.all():
        assert capture.state == "FILED"
        assert len(capture.file_name) <= 150
        assert not set("/\\\x00\u202e\r\n") & set(capture.file_name)
        page = office.get(f"/office/documents/{capture.document_id}/")
        assert page.status_code == 200
        rendition = Document.objects.get(id=capture.document_id).renditions.get()
        file = office.get(f"/office/documents/{capture.document_id}/files/{rendition.id}")
        assert file.status_code == 200
        assert "\n" not in file["Content-Disposition"]


# Files that may be filed, and are signed only once harmless


def test_a_file_with_javascript_is_signed_without_it(house: House, run_jobs: RunJobs) -> None:
    ceremony = ask(house, documents=[file_contract(house, samples.with_javascript())])
    paper = ceremony.papers.get()
    assert paper.changes
    assert paper.source_sha256 != paper.original_sha256
    sign_as(house, JULIE.email, run_jobs)
    run_jobs()
    final = existing_blob_path(Ceremony.objects.get().papers.get().current_sha256)
    with pikepdf.open(final) as pdf:
        assert "/JavaScript" not in pdf.Root.get("/Names", {})
        assert "/OpenAction" not in pdf.Root


def _signed_elsewhere(folder: Path) -> bytes:
    """A contract signed by another tool, under another authority."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=3072)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Notaire Étranger")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.KeyUsage(True, True, *[False] * 7), critical=True)
        .sign(key, hashes.SHA256())
    )
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption

    bundle = folder / "etranger.p12"
    bundle.write_bytes(
        pkcs12.serialize_key_and_certificates(b"x", key, certificate, None, BestAvailableEncryption(b"x"))
    )
    signer = signers.SimpleSigner.load_pkcs12(str(bundle), passphrase=b"x")
    writer = IncrementalPdfFileWriter(io.BytesIO(samples.simple_contract(2)))
    out = signers.sign_pdf(writer, signers.PdfSignatureMetadata(field_name="Etranger"), signer=signer)
    return bytes(out.getvalue())


def test_a_file_signed_elsewhere_keeps_its_signature(house: House, run_jobs: RunJobs, tmp_path: Path) -> None:
    content = _signed_elsewhere(tmp_path)
    ceremony = ask(house, JULIE, documents=[file_contract(house, content)])
    sign_as(house, JULIE.email, run_jobs)
    run_jobs()
    ceremony.refresh_from_db()
    assert ceremony.state == CeremonyState.COMPLETED
    final = existing_blob_path(ceremony.papers.get().current_sha256)
    assert final.read_bytes().startswith(content), "never rewritten"
    said = subprocess.run(["pdfsig", "-nocert", final], capture_output=True, text=True, check=False).stdout
    assert said.count("Signature is Valid.") == 2, said


def test_a_file_that_must_not_be_signed_says_why(office: Client, house: House, tmp_path: Path) -> None:
    locked = file_contract(house, samples.signed(locked=True), title="Déjà verrouillé")
    answer = office.post(
        "/office/signatures/new",
        {"document": str(locked.id), "people-contact": "", "people-name": "Julie", "people-email": JULIE.email,
         "people-mobile": "", "deadline": (datetime.now(UTC) + timedelta(days=9)).date().isoformat()},
    )  # fmt: skip
    assert answer.status_code == 422
    assert "« Déjà verrouillé » ne peut pas être signé tel quel" in _text(answer)
    assert not Ceremony.objects.exists()


# Hostile words


def test_hostile_words_stay_words(office: Client, house: House, run_jobs: RunJobs) -> None:
    from dataclasses import replace

    julie = replace(JULIE, name=f"Julie {NASTY}"[:190])
    ceremony = ask(house, julie, documents=[file_contract(house, title=NASTY)])
    run_jobs()
    token = last_link(house, JULIE.email)
    pages = [
        office.get("/office/signatures/"),
        office.get(f"/office/signatures/{ceremony.id}/"),
        office.get("/office/documents/"),
        Client().get(f"/s/{token}"),
    ]
    for page in pages:
        assert page.status_code == 200
        assert b"<script>alert" not in page.content
        assert "49" not in re.findall(r"\{\{7\*7\}\}|49#lien#", page.content.decode())
    message = next(one for one in local_outbox(house.alice) if one.to == JULIE.email)
    assert "\n" not in message.subject and "\r" not in message.subject
    assert "evil.example" not in message.to
    sign_as(house, JULIE.email, run_jobs)
    run_jobs()
    ceremony.refresh_from_db()
    assert ceremony.state == CeremonyState.COMPLETED
