"""Messages as bytes: what is not asked for stays as it was, whatever anybody wrote."""

from __future__ import annotations

import email
import email.policy
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pli.gateway.mime.heads import head_end, parse_head, plain, read_head, replace_field
from pli.gateway.mime.notes import Note, apply_edits, put_on_top, wrap
from pli.gateway.mime.tree import decode, walk
from pli.gateway.smtp.reading import DotReader, Intake, LineEnds

NOTE = Note("À signer : https://pli.example/s/x\n\n", "<p>À signer : <a href='https://pli.example/s/x'>ici</a></p>")
LINE = st.binary(max_size=30).map(lambda line: line.replace(b"\r", b"").replace(b"\n", b""))
DOTTED = st.one_of(LINE, st.sampled_from([b".", b"..", b"...", b"", b".x", b"From me", b"--b", b"--b--"]))
MESSAGES = st.lists(DOTTED, max_size=12).map(lambda lines: b"".join(line + b"\r\n" for line in lines))


@settings(max_examples=300, deadline=None)
@given(content=MESSAGES, cuts=st.lists(st.integers(1, 12), max_size=30), after=st.sampled_from([b"", b"QUIT\r\n"]))
@example(content=b"", cuts=[1] * 5, after=b"")
@example(content=b"\r\n", cuts=[1] * 7, after=b"QUIT\r\n")
@example(content=b".\r\n", cuts=[1] * 7, after=b"")
def test_what_travels_with_doubled_dots_arrives_byte_for_byte(content: bytes, cuts: list[int], after: bytes) -> None:
    stuffed = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n" + after
    reader, got, place = DotReader(), b"", 0
    intake = Intake(10_000)
    for size in [*cuts, len(stuffed)]:
        piece, rest = reader.feed(stuffed[place : place + size])
        got += piece
        intake.write(piece)
        place += size
        if rest is not None:
            assert rest + stuffed[place:] == after
            break
    assert got == content == bytes(intake.finish())  # type: ignore[arg-type]


@given(st.lists(st.binary(max_size=8), max_size=10))
def test_line_ends_are_whole_however_they_come(pieces: list[bytes]) -> None:
    ends = LineEnds()
    whole = b"".join(ends.feed(piece) for piece in pieces) + ends.end()
    assert whole.count(b"\r\n") == whole.count(b"\r") == whole.count(b"\n")
    assert whole.replace(b"\r\n", b"") == b"".join(pieces).replace(b"\r", b"").replace(b"\n", b"")


_MIXED = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
TORTURE = [
    b"",
    b"\r\n",
    b"no header at all",
    b"Subject: x\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nnever closed\r\n",
    b"Content-Type: multipart/mixed\r\n\r\nno boundary\r\n",
    b"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n----\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\n",
    _MIXED + (b"--b\r\n" + _MIXED) * 300 + b"--b--\r\n",
    b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\nx\r\n" * 3000 + b"--b--\r\n",
    b"Content-Type: text/plain; charset=\"utf-16\"\r\n\r\nx\r\n",
    b"Content-Type: text/plain; charset=x-unknown\r\n\r\n\xff\xfe\r\n",
    b"Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!not base64!!!\r\n",
    b"Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n=ZZ=\r\n<bo=\r\ndy>x\r\n",
    b"Content-Type: text/plain\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\nbegin\r\n",
    b"Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nsigned\r\n--b\r\n\r\nsig\r\n--b--\r\n",
    b"Content-Type: application/pdf; name=\"=?utf-8?b?w6k=?=.pdf\"\r\n\r\n%PDF-1.4\r\n",
    b"Subject: =?utf-8?b?////?=\r\nSubject: second\r\n\r\nx\r\n",
    b"Subject:\r\n \r\n\tfolded\r\n\r\nx\r\n",
    b"\xff\xff: x\r\nSubject: \xe9t\xe9\r\n\r\nx\r\n",
    b"Content-Disposition: attachment; filename*=utf-8''%FF%00\r\n\r\nx\r\n",
    b"Content-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\ninner\r\n",
]  # fmt: skip


@pytest.mark.parametrize("content", TORTURE)
def test_broken_messages_survive_and_get_their_note(content: bytes) -> None:
    read_head(content)
    root = walk(content, len(content))
    for part in root.leaves():
        b"".join(decode(content, part))
        assert part.is_attachment in (True, False)
        assert "\0" not in part.file_name
    _note(content)


@settings(max_examples=150, deadline=None)
@given(MESSAGES)
def test_whatever_comes_gets_its_note_and_keeps_its_text(content: bytes) -> None:
    changed = _note(content)
    for line in content[head_end(content) :].split(b"\r\n"):
        assert line in changed


def _note(content: bytes) -> bytes:
    root = walk(content, len(content))
    edits = put_on_top(content, root, NOTE)
    changed = apply_edits(content, len(content), edits) if edits else wrap(content, root, NOTE, boundary="pli-test")
    read: Any = email.message_from_bytes(changed, policy=email.policy.compat32)
    said = b"".join(part.get_payload(decode=True) or b"" for part in read.walk() if not part.is_multipart())
    assert b"https://pli.example/s/x" in said + changed
    return changed


@pytest.mark.parametrize("value", ["Devis\r\nBcc: victim@x.example", "é" * 300, "a" * 900, "", "=?utf-8?q?x?="])
def test_a_field_can_hold_no_other(value: str) -> None:
    head = b"From: a@b\r\nSubject: old\r\n folded\r\nTo: c@d\r\n\r\n"
    changed = replace_field(head, "Subject", value)
    fields = parse_head(changed)
    assert fields.keys() == ["From", "Subject", "To"]
    assert changed.startswith(b"From: a@b\r\n")
    assert changed.endswith(b"To: c@d\r\n\r\n")
    assert max(len(line) for line in changed.split(b"\r\n")) <= 998
    if "=?" not in value:
        assert plain(fields["Subject"]) == " ".join(value.split())


def test_signed_mail_is_wrapped_whole() -> None:
    signed = next(one for one in TORTURE if b"multipart/signed" in one)
    changed = _note(b"From: a@b\r\nSubject: x\r\n" + signed)
    assert signed in changed
    assert parse_head(changed).get_content_type() == "multipart/mixed"
