"""The public page on files signed, changed or neither: who dropped one, and nobody else, sees what was signed."""

from __future__ import annotations

import hashlib
import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from pli.kit.clock import SYSTEM_CLOCK, FrozenClock
from pli.portal.verify import keeping, throttle
from pli.portal.verify.vocabulary import ADDITIONS, CHANGES, REASONS
from tests.pdf import nasty, producers
from tests.trust.attacker import replace_content, tampered
from tests.trust.conftest import contract, request_for, seal, signed, signed_twice, store, timestamps

__all__ = ["contract", "request_for", "seal", "signed", "signed_twice", "store", "timestamps"]
TRUST = Path(keeping.__file__).parents[2] / "trust"
_TOLD = (
    re.compile(r'(?:BadSignature|UnsupportedSignature|flag|_failed)\(\s*"([a-z_0-9]+)"'),
    re.compile(r'reason="([a-z_]+)"'),
    re.compile(r'return "([a-z]+_[a-z_]+)"$', re.MULTILINE),
)
_SOURCES = (
    "cms_check", "coverage", "verify", "verification", "signatures", "tokens", "objects", "later_writing", "changes",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _nobody_came_before() -> None:
    throttle._seen.clear()
    shutil.rmtree(keeping._room(), ignore_errors=True)


def drop(client: Client, content: bytes) -> str:
    answer = client.post(reverse("verify:check"), {"file": SimpleUploadedFile("f.pdf", content, "application/pdf")})
    assert answer.status_code == 200
    return answer.content.decode()


def links(page: str) -> list[str]:
    return re.findall(r'href="(/verify/signed/[^"]+)"', page)


@pytest.mark.django_db
def test_each_signed_version_is_shown_to_its_visitor(signed_twice: Path) -> None:
    original = signed_twice.with_name("signed.pdf").read_bytes()
    content = tampered(signed_twice, replace_content)
    visitor = Client()
    page = drop(visitor, content)
    assert "modifié après signature" in page
    assert str(CHANGES["page_content_changed"]) in page
    assert str(ADDITIONS["signature_added"]) in page
    looks, files = links(page)[::2], links(page)[1::2]
    assert len(looks) == len(files) == 2

    taken = visitor.get(files[0])
    got = b"".join(taken.streaming_content)  # type: ignore[attr-defined]
    assert got == original == content[: len(original)]
    assert taken.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in taken.headers["Content-Security-Policy"]
    assert b"".join(visitor.get(files[1]).streaming_content) == signed_twice.read_bytes()  # type: ignore[attr-defined]

    shown = visitor.get(looks[0], {"page": "1"}).content.decode()
    assert hashlib.sha256(original).hexdigest() in shown
    pictures = [visitor.get(address) for address in re.findall(r'src="(/verify/signed/[^"]+)"', shown)]
    assert [one.headers["Content-Type"] for one in pictures] == ["image/jpeg", "image/jpeg"]
    assert pictures[0].content != pictures[1].content
    assert visitor.get(looks[0], {"page": "9" * 20}).status_code == 200

    # Neither the address nor the cookie alone; nor a version nobody signed.
    for address in (*looks, *files):
        assert Client().get(address).status_code == 404
    assert visitor.get(files[0].replace("/2/file", "/9/file")).status_code == 404
    stranger = Client()
    drop(stranger, signed_twice.read_bytes())
    assert stranger.get(files[0]).status_code == 404

    later = FrozenClock(SYSTEM_CLOCK.now() + timedelta(seconds=keeping.KEPT_SECONDS + 5))
    assert keeping.let_go(clock=later) >= 2
    assert visitor.get(files[0]).status_code == 404
    assert not list(keeping._room().glob("*"))


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"x", b"%PDF-1.4\nrubbish /ByteRange", b"%PDF-1.7\n" + bytes(range(256)) * 20])
def test_what_cannot_be_read_is_told_and_not_kept(content: bytes) -> None:
    page = drop(Client(), content)
    assert "Ce document n’est pas fiable." in page
    assert "Raison" in page
    assert not links(page)
    assert not list(keeping._room().glob("*"))


_OTHERS = (
    producers.reportlab_embedded, producers.base_fourteen, producers.typst_transparent, producers.pillow_scan,
    producers.qpdf_packed, producers.cairo, nasty.odd_widths, nasty.barcode_font, nasty.soft_mask, nasty.jpeg2000,
    nasty.old_packing, nasty.programs_everywhere, nasty.annotations, nasty.layered, nasty.type3, nasty.ends_with_return,
    nasty.invoice_inside,
)  # fmt: skip


@pytest.mark.django_db
def test_what_other_programs_write_is_told_apart_from_what_is_signed() -> None:
    visitor = Client()
    for made in _OTHERS:
        assert "Ce PDF ne porte aucune signature" in drop(visitor, made()), made.__name__
    assert "protégé par un mot de passe" in drop(visitor, nasty.owner_locked())


@pytest.mark.django_db
def test_the_oldest_go_when_there_is_no_room(signed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "KEPT_BYTES", int(signed.stat().st_size * 1.5))
    first, second = Client(), Client()
    before = links(drop(first, signed.read_bytes()))
    after = links(drop(second, signed.read_bytes()))
    assert first.get(before[1]).status_code == 404
    assert second.get(after[1]).status_code == 200


def test_every_code_has_its_words() -> None:
    """What the verifier can say, read from its sources."""
    sources = "\n".join((TRUST / f"{name}.py").read_text() for name in _SOURCES)
    told = {code for pattern in _TOLD for code in pattern.findall(sources)}
    assert len(told) > 40
    assert told <= CHANGES.keys() | REASONS.keys() | ADDITIONS.keys()
