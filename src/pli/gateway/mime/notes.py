"""A few lines put at the top of a message's text, in plain text and in HTML, in the part's own coding.

Only the bytes of the text parts change, and of those as few as can be.
"""

from __future__ import annotations

import base64
import codecs
import html
import quopri
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pli.gateway.mime.heads import plain, split_fields
from pli.gateway.mime.tree import Bytes, Part, decode

_BODY = re.compile(rb"<body\b[^>]*>", re.IGNORECASE)
_HTML = re.compile(rb"<html\b[^>]*>", re.IGNORECASE)
_SEALED = frozenset({"multipart/signed", "multipart/encrypted"})
_CONTENT_FIELDS = frozenset(
    {"content-type", "content-transfer-encoding", "content-disposition", "content-id", "content-description"}
    | {"content-language", "content-location", "content-md5", "content-base", "mime-version"}
)
_DECENT = re.compile(r"\A(us-ascii|ascii|utf-?8|iso-8859-\d+|latin-?\d+|windows-125\d|cp125\d|koi8-[ru])\Z", re.I)


@dataclass(frozen=True)
class Note:
    """What is said at the top: plain text with LF, and a piece of HTML; both may hold accents."""

    text: str
    html: str


@dataclass(frozen=True)
class Edit:
    """The bytes from ``start`` to ``end`` become ``new``."""

    start: int
    end: int
    new: bytes


def apply_edits(content: Bytes, length: int, edits: list[Edit]) -> bytes:
    """The content with its edits made; they don't overlap."""
    pieces, place = [], 0
    for edit in sorted(edits, key=lambda one: (one.start, one.end)):
        pieces += [bytes(content[place : edit.start]), edit.new]
        place = edit.end
    return b"".join([*pieces, bytes(content[place:length])])


def put_on_top(content: Bytes, root: Part, note: Note) -> list[Edit] | None:
    """The edits that put the note at the top of each form of the text; None when there is no text to put it in."""
    texts = list(_texts(root))
    edits = [_edit_text(content, part, note) for part in texts]
    return None if not edits or None in edits else [edit for edit in edits if edit]


def _texts(part: Part) -> Iterator[Part]:
    """The forms of the text that is read first."""
    kind = part.media_type
    if kind in _SEALED:
        return
    if kind == "multipart/alternative":
        for child in part.children:
            yield from _texts(child)
    elif part.children:
        # The text is the first thing of a message; what follows is attached to it.
        yield from _texts(part.children[0])
    elif kind in ("text/plain", "text/html") and not part.is_attachment:
        yield part


def _edit_text(content: Bytes, part: Part, note: Note) -> Edit | None:
    """None when it is written in a way nobody can add to."""
    charset = _charset_of(part)
    if charset is None:
        return None
    if part.body == part.end and part.encoding != "base64":
        said = _spell(note, charset if part.encoding == "8bit" else "ascii", is_html=part.media_type == "text/html")
        coded = _quoted(said) if part.encoding == "quoted-printable" else said
        return Edit(part.body, part.body, _gap(content, part) + coded)
    is_html = part.media_type == "text/html"
    if part.encoding == "base64":
        said = _spell(note, charset, is_html=is_html)
        whole = b"".join(decode(content, part))
        place = _place(whole) if is_html else 0
        return Edit(part.body, part.end, _gap(content, part) + _base64(whole[:place] + said + whole[place:]))
    if part.encoding == "quoted-printable":
        return _edit_quoted(content, part, _spell(note, charset, is_html=is_html), is_html=is_html)
    if part.encoding not in ("7bit", "8bit", "binary"):
        return None
    # In a 7bit part only ASCII may stand, whatever its charset.
    said = _spell(note, charset if part.encoding != "7bit" else "ascii", is_html=is_html)
    place = part.body + (_place(bytes(content[part.body : part.end])) if is_html else 0)
    return Edit(place, place, said)


def _gap(content: Bytes, part: Part) -> bytes:
    """What a head without a body still needs before one may follow."""
    head = bytes(content[max(part.start, part.body - 4) : part.body])
    if head == b"\r\n" or head.endswith(b"\r\n\r\n"):
        return b""
    return b"\r\n" if head.endswith(b"\r\n") or not head else b"\r\n\r\n"


def _edit_quoted(content: Bytes, part: Part, said: bytes, *, is_html: bool) -> Edit:
    coded = _quoted(said)
    if not is_html:
        return Edit(part.body, part.body, coded)
    raw = bytes(content[part.body : part.end])
    match = _BODY.search(raw)
    if match:
        # A soft line break on each side keeps every line within 76 signs (RFC 2045 §6.7).
        place = part.body + match.end()
        return Edit(place, place, b"=\r\n" + coded + b"=\r\n")
    whole = quopri.decodestring(raw)
    place = _place(whole)
    if place == 0:
        return Edit(part.body, part.body, coded)
    return Edit(part.body, part.end, _quoted(whole[:place] + said + whole[place:]))


def _charset_of(part: Part) -> str | None:
    """The part's character set, when it is one that holds ASCII as it is."""
    said = plain(part.fields.get_content_charset() or "us-ascii")
    if not _DECENT.match(said):
        return None
    try:
        return codecs.lookup(said).name
    except LookupError:
        return None


def _place(whole: bytes) -> int:
    """Where in a page of HTML its text begins."""
    found = _BODY.search(whole) or _HTML.search(whole)
    return found.end() if found else 0


def _spell(note: Note, charset: str, *, is_html: bool) -> bytes:
    """The note in a character set, with CR LF; what it can't hold is written so that it can."""
    if is_html:
        return note.html.replace("\n", "\r\n").encode(charset, "xmlcharrefreplace")
    text = note.text.replace("\n", "\r\n")
    try:
        return text.encode(charset)
    except UnicodeError:
        simple = text.replace("’", "'").replace("«\xa0", '"').replace("\xa0»", '"').replace("–", "-")
        return unicodedata.normalize("NFKD", simple).encode("ascii", "ignore")


def _quoted(said: bytes) -> bytes:
    return quopri.encodestring(said.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")


def _base64(whole: bytes) -> bytes:
    return base64.encodebytes(whole).replace(b"\n", b"\r\n")


def wrap(content: bytes, root: Part, note: Note, *, boundary: str) -> bytes:
    """The message inside a new one that begins with the note: for a message without text, signed or encrypted.

    What it was stands unchanged as the second part: a signature over it still holds.
    """
    head = content[root.start : root.body].removesuffix(b"\r\n") if root.body > root.start else b""
    envelope, own = split_fields(head, _CONTENT_FIELDS)
    own = b"".join(line for line in own.splitlines(keepends=True) if not line.lower().startswith(b"mime-version"))
    mark = boundary.encode("ascii")
    texts = (
        b"Content-Type: multipart/alternative; boundary=\"" + mark + b".0\"\r\n\r\n"
        + b"--" + mark + b".0\r\n" + _leaf("plain", note.text)
        + b"\r\n--" + mark + b".0\r\n" + _leaf("html", f"<html><body>{note.html}</body></html>")
        + b"\r\n--" + mark + b".0--\r\n"
    )  # fmt: skip
    return (
        envelope + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"" + mark + b"\"\r\n\r\n"
        + b"--" + mark + b"\r\n" + texts
        + b"\r\n--" + mark + b"\r\n" + own + b"\r\n" + content[root.body : root.end]
        + b"\r\n--" + mark + b"--\r\n"
    )  # fmt: skip


def _leaf(subtype: str, said: str) -> bytes:
    head = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    return head.encode() + _quoted(said.replace("\n", "\r\n").encode())


def escape(said: str) -> str:
    """Somebody's words inside a piece of HTML."""
    return html.escape(said, quote=True)
