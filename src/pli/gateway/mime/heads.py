"""The head of a message: its fields, what a person reads in them, and a field replaced without touching the others."""

from __future__ import annotations

import contextlib
import email.policy
import re
from dataclasses import dataclass
from email.header import Header, decode_header, make_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.utils import getaddresses

LONGEST_HEAD = 256 << 10
_FIELD = re.compile(rb"^([!-9;-~]+)[ \t]*:(.*?(?:\r\n[ \t].*?)*)(?:\r\n|\Z)", re.MULTILINE)
_PARSER = BytesHeaderParser(policy=email.policy.compat32)


@dataclass(frozen=True)
class Head:
    """What the gateway looks at of a message's head."""

    subject: str = ""
    message_id: str = ""
    received: int = 0
    """How many servers it went through (RFC 5321 §6.3)."""
    marks: frozenset[str] = frozenset()
    """Gateways of this kind that changed it on its way."""


def head_end(content: bytes) -> int:
    """Where the body begins: after the first empty line; the end when there is none."""
    if content.startswith(b"\r\n"):
        return 2
    found = content.find(b"\r\n\r\n")
    return found + 4 if found >= 0 else len(content)


def parse_head(content: bytes) -> Message:
    """The fields of a head, as forgiving as mail is wild."""
    return _PARSER.parsebytes(content[: head_end(content[:LONGEST_HEAD])])


def read_head(content: bytes) -> Head:
    """What stands in the head of ``content`` (its beginning is enough)."""
    fields = parse_head(content)
    return Head(
        subject=plain(fields.get("Subject", ""))[:998],
        message_id=plain(fields.get("Message-ID", ""))[:300],
        received=len(fields.get_all("Received", [])),
        marks=frozenset(plain(mark) for mark in fields.get_all("X-Pli-Gateway", [])),
    )


def plain(value: object) -> str:
    """A field as a person reads it: decoded, on one line, nothing in it that a screen or a row could choke on."""
    text = str(value)
    with contextlib.suppress(ValueError, LookupError, UnicodeError):
        text = str(make_header(decode_header(text)))
    text = text.encode("utf-8", "replace").decode("utf-8")
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def people(fields: Message, *names: str) -> dict[str, str]:
    """The addresses of these fields in their order, in small letters, each with its name."""
    found: dict[str, str] = {}
    for name in names:
        values = [str(value) for value in fields.get_all(name, [])]
        with contextlib.suppress(ValueError, TypeError, IndexError):
            for shown, address in getaddresses(values):
                if "@" in address:
                    found.setdefault(plain(address).lower(), plain(shown)[:200])
    return found


def replace_field(head: bytes, name: str, value: str) -> bytes:
    """``head`` with the first field called ``name`` saying ``value``, the others as they are; added when missing.

    A line break in ``value`` is a space: no field can be smuggled in.
    """
    line = encode_field(name, value)
    for match in _FIELD.finditer(head):
        if match.group(1).lower() == name.lower().encode():
            return head[: match.start()] + line + head[match.end() :]
    return line + head


def encode_field(name: str, value: str) -> bytes:
    """One field, folded, its accents as RFC 2047 has them."""
    said = " ".join(value.split())
    charset = "us-ascii" if said.isascii() else "utf-8"
    folded = Header(said, charset=charset, header_name=name, maxlinelen=76).encode(linesep="\r\n")
    return f"{name}: {folded}\r\n".encode("ascii", "replace")


def split_fields(head: bytes, names: frozenset[str]) -> tuple[bytes, bytes]:
    """The fields not called as ``names`` (in small letters), and those that are: each with their bytes unchanged."""
    others: list[bytes] = []
    chosen: list[bytes] = []
    for match in _FIELD.finditer(head):
        (chosen if match.group(1).lower().decode() in names else others).append(_whole(match.group(0)))
    return b"".join(others), b"".join(chosen)


def _whole(line: bytes) -> bytes:
    return line if line.endswith(b"\r\n") else line + b"\r\n"
