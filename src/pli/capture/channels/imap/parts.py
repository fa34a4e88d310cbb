"""The documents attached to a message. Runs in the sandbox only: mail is written by anybody.

What an attachment is its bytes say, not its header. Pictures that a message shows in its own text (logos, signatures)
are no documents. Nested messages are looked into. What was attached and is no document (a ZIP, winmail.dat, a
photograph nobody here can read) comes out too: it is for a person to look at, and must not get lost.
"""

from __future__ import annotations

import codecs
import contextlib
import email.policy
from collections.abc import Iterator, Mapping
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import BytesParser
from typing import Any, BinaryIO

from pli.capture.errors import MailWithoutDocument
from pli.capture.sources.sniffing import HEIC, JPEG, LOOKED_AT, PDF, PNG, TIFF, UNKNOWN, XML, sniff

MOST_PARTS = 500
MOST_DOCUMENTS = 100
DEEPEST = 30
SMALL_PICTURE_BYTES = 10_000
"""A picture not said to be an attachment, and smaller than this, is an ornament."""
_NOT_FOR_READING = ("pgp-signature", "pgp-encrypted", "pkcs7-signature", "x-pkcs7-signature", "ics")
_CHARSETS = ("utf-8", "latin-1", "iso-8859-15", "cp1252", "us-ascii", "utf-16", "iso-2022-jp", "gb18030", "big5")


def prepare_sandbox() -> None:
    """Load now the character sets that names are written in: a job may not read a single file."""
    for name in _CHARSETS:
        codecs.lookup(name)
    str(make_header(decode_header("=?utf-8?b?w6k=?= =?iso-8859-15?q?=E9?=")))
    BytesParser(policy=email.policy.compat32).parsebytes(b"Content-Type: multipart/mixed; boundary=a\n\n--a\n\n--a--\n")


def extract(files: Mapping[str, BinaryIO]) -> dict[str, Any]:
    """Write the documents of ``message`` one after the other into ``target``; where each begins, and what it is.

    :raises MailWithoutDocument: when it nests too deep or is cut into too many parts.
    """
    try:
        message = BytesParser(policy=email.policy.compat32).parse(files["message"])
        found = [_describe(files["target"], number, part, content) for number, part, content in _documents(message)]
    except RecursionError:
        raise MailWithoutDocument(subject="", reason="ses parties sont trop imbriquées") from None
    return {
        "message_id": _plain(message.get("Message-ID", ""))[:500],
        "subject": _plain(message.get("Subject", ""))[:200],
        "documents": found,
        "empty": [_plain(_name_of(part))[:200] for part in _attached_empty(message)],
    }


def _documents(message: Message) -> Iterator[tuple[str, Message, bytes]]:
    for count, (number, part, is_related) in enumerate(_leaves(message, "1", 0, is_related=False), 1):
        if count > MOST_PARTS:
            raise MailWithoutDocument(subject="", reason="il a trop de parties")
        content = _content(part)
        media_type = sniff(content[:LOOKED_AT])
        is_picture = media_type in (JPEG, PNG) and not _is_ornament(part, len(content), is_related=is_related)
        is_other = media_type in (HEIC, UNKNOWN) and _is_attached(part, is_related=is_related)
        if content and (media_type in (PDF, TIFF, XML) or is_picture or is_other):
            yield number, part, content


def _attached_empty(message: Message) -> Iterator[Message]:
    """What was attached under a name and holds not a byte: a scan that failed, which nobody else would tell of."""
    for _number, part, is_related in _leaves(message, "1", 0, is_related=False):
        if _name_of(part) and _is_attached(part, is_related=is_related) and not _content(part):
            yield part


def _leaves(part: Message, number: str, depth: int, *, is_related: bool) -> Iterator[tuple[str, Message, bool]]:
    if depth > DEEPEST:
        raise MailWithoutDocument(subject="", reason="ses parties sont trop imbriquées")
    inside = part.get_payload()
    if isinstance(inside, list):
        related = is_related or part.get_content_subtype() == "related"
        for position, child in enumerate(inside, 1):
            yield from _leaves(child, f"{number}.{position}", depth + 1, is_related=related)
    else:
        yield number, part, is_related


def _content(part: Message) -> bytes:
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, UnicodeError):
        return b""
    return content if isinstance(content, bytes) else b""


def _is_attached(part: Message, *, is_related: bool) -> bool:
    """Whether somebody attached it on purpose: not the text, a signature, a card, a receipt or part of the layout."""
    if part.get_content_maintype() in ("text", "message", "multipart") or (is_related and "Content-ID" in part):
        return False
    if part.get_content_subtype() in _NOT_FOR_READING:
        return False
    disposition = str(part.get("Content-Disposition", "")).strip().lower()
    return disposition.startswith("attachment") or bool(_name_of(part))


def _name_of(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except (ValueError, LookupError, UnicodeError, TypeError):
        return ""


def _is_ornament(part: Message, size: int, *, is_related: bool) -> bool:
    if is_related and "Content-ID" in part:
        return True
    disposition = str(part.get("Content-Disposition", "")).strip().lower()
    return not disposition.startswith("attachment") and (is_related or size < SMALL_PICTURE_BYTES)


def _describe(target: BinaryIO, number: str, part: Message, content: bytes) -> dict[str, Any]:
    offset = target.tell()
    target.write(content)
    return {"number": number, "name": _plain(_name_of(part))[:200], "offset": offset, "size": len(content)}


def _plain(value: Any) -> str:
    """A header as a person reads it, whatever its author made of it."""
    text = str(value)
    with contextlib.suppress(ValueError, LookupError, UnicodeError, MessageError):
        text = str(make_header(decode_header(text)))
    return "".join(c if c.isprintable() else " " for c in text.encode("utf-8", "replace").decode("utf-8")).strip()
