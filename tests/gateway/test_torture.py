"""Odd and broken messages: without a tag they pass byte for byte, with one all but the note stays as it was."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime

import pytest
from django.test import override_settings

from pli.gateway.api import MailMessage
from pli.gateway.letters import Opened, read_letter
from pli.gateway.mime.heads import head_end, parse_head, plain, replace_field
from pli.gateway.mime.notes import Note, apply_edits, put_on_top, wrap
from pli.gateway.mime.text import reading_text
from pli.gateway.mime.tree import Part, decode, walk
from tests.gateway.conftest import Post
from tests.gateway.letters import url_of
from tests.gateway.torture import SAMPLES
from tests.notifications.mail_server import real_server
from tests.support.queue import RunJobs

NOTE = Note("À signer : https://pli.example/s/x\n\n", "<p>À signer : <a href='https://pli.example/s/x'>ici</a></p>")
_NAMED = {
    "rfc 2231 name in pieces": "détail s.pdf", "rfc 2047 in a name": "été.pdf",
    "related in alternative in mixed": "devis.pdf", "inline pdf of apple mail": "a.pdf",
}  # fmt: skip


def test_without_a_tag_every_one_of_them_passes_byte_for_byte(post: Post, run_jobs: RunJobs) -> None:
    with post.session() as client:
        for content in SAMPLES.values():
            client.sendmail(post.email, ["julie@client.example"], content)
    assert MailMessage.objects.filter(tag="").count() == len(SAMPLES)
    with real_server() as host, override_settings(PLI_MAIL_URL=url_of(host)):
        run_jobs()
    assert {one.content for one in host.envelopes} == set(SAMPLES.values())


@pytest.mark.parametrize("name", SAMPLES)
def test_with_a_tag_all_but_the_note_stays(name: str) -> None:
    content = SAMPLES[name]
    root = walk(content, len(content))
    edits = put_on_top(content, root, NOTE)
    changed = apply_edits(content, len(content), edits) if edits else wrap(content, root, NOTE, boundary="pli-test")
    edited = {edit.start for edit in edits or []}
    for part in root.leaves():
        is_text = any(part.body <= place <= part.end for place in edited)
        assert (content[part.start : part.body] if is_text else content[part.start : part.end]) in changed or not edits
    # Whatever it was wrapped in, the body stands in it unchanged: a signature over it still holds.
    assert edits or content[root.body :] in changed
    again = walk(changed, len(changed))
    said = b"".join(b"".join(decode(changed, part)) for part in again.leaves())
    assert b"https://pli.example/s/x" in said
    read = email.message_from_bytes(changed, policy=email.policy.compat32)
    assert plain(read["Subject"]) == "Essai"
    assert plain(read["Message-ID"]) == "<torture@mercier.example>"
    assert read.get_all("Received") == parse_head(content).get_all("Received")


@pytest.mark.parametrize("name", SAMPLES)
def test_a_subject_without_its_tag_is_all_that_changes_of_a_head(name: str) -> None:
    content = SAMPLES[name]
    end = head_end(content)
    tagged = content[:end].replace(b"Subject: Essai\r\n", b"Subject: *SIGN Essai\r\n")
    assert replace_field(tagged, "Subject", "Essai") == content[:end]


@pytest.mark.parametrize("name", SAMPLES)
def test_each_is_shown_as_a_letter_and_as_text(name: str) -> None:
    content = SAMPLES[name]
    opened = Opened(content, len(content), walk(content, len(content)))
    letter = read_letter(opened, ["julie@client.example"], received_at=datetime(2026, 11, 22, tzinfo=UTC))
    assert letter.subject == "Essai"
    assert all(one.file_name and "\0" not in one.file_name for one in letter.attachments)
    if name in _NAMED:
        assert _NAMED[name] in [one.file_name for one in letter.attachments]
    text = reading_text(content, opened.root)
    assert ("Bonjour, texte." in text) == any(_is_the_text(part, content) for part in opened.root.leaves())


def _is_the_text(part: Part, content: bytes) -> bool:
    return part.media_type == "text/plain" and b"Bonjour, texte." in content[part.body : part.end]
