"""Which character codes a document shows, and in which font: what a font must have is what is shown in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from pikepdf import Dictionary, Object, Stream

from pli.pdf.archival.walk import Content, Found

Place = tuple[int, int]
# A string that is not closed goes to the end, as readers take it; possessive, so that nothing is read twice.
_STRING = rb"\((?:[^()\\]|\\.|\((?:[^()\\]|\\.)*+\))*+\)?"
_IMAGE_HEAD = rb"\bBI[\s/][^\0]{0,500}?\sID\s"
_IMAGE_END = re.compile(rb"\sEI\b")
# Bounded: what begins like one and never ends must not be read again and again to its end.
_DICTIONARY = rb"<<(?:[^<>(]|>(?!>)|<[0-9A-Fa-f\s]*+>|" + _STRING + rb"){0,300}+>>"
_TOKEN = re.compile(
    rb"(?P<text>" + _STRING + rb")|(?P<skipped>" + _DICTIONARY + rb"|%[^\r\n]*)|(?P<image>" + _IMAGE_HEAD + rb")"
    rb"|<(?P<hexadecimal>[0-9A-Fa-f\s]*)>|/(?P<font>[^\s/<>\[\]()%]*)\s+[-+.\d]+\s+Tf\b|(?<!\S)(?P<state>[qQ])(?!\S)",
    re.S,
)
_ZEROES = (b"\0\0", b"0000", rb"\0")
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.S)
_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f", b"\n": b"", b"\r": b"", b"\r\n": b""}
# ISO 32000-1 §7.3.3: a comment right after an operator. Allowed, and PDFBox takes both for one unknown operator.
_STUCK = re.compile(rb"[A-Za-z*'\"]%")


class Shown:
    """What the contents of a document show. Asked for by few documents, so read at the first question."""

    def __init__(self, found: Found) -> None:
        self._found = found
        self._has_text_without_font = False

    def codes(self, font: Object) -> frozenset[int]:
        """The codes of one byte shown in ``font``; of a font that is no object of its own, none is known."""
        place: Place = font.objgen
        return frozenset(b"".join(self._strings.get(place, ()))) if place != (0, 0) else frozenset()

    def pairs(self, font: Object) -> frozenset[int]:
        """The codes of two bytes shown in a composite ``font``."""
        whole = self._strings.get(font.objgen, [])
        return frozenset(text[at] << 8 | text[at + 1] for text in whole for at in range(0, len(text) - 1, 2))

    def lacks_font(self) -> bool:
        """Whether text is written that no font was chosen for. Read closely only where there is no font to choose."""
        for content in self._found.contents:
            if "/Font" not in content.resources or not len(content.resources.Font):
                operators = content.read() or b""
                if b"Tj" in operators or b"TJ" in operators:
                    _ = self._strings
        return self._has_text_without_font

    @cached_property
    def may_have_notdef(self) -> bool:
        """Whether any content could show glyph 0 of a composite font: known without taking the contents apart."""
        return any(sign in (content.read() or b"") for content in self._found.contents for sign in _ZEROES)

    @cached_property
    def _strings(self) -> dict[Place, list[bytes]]:
        found: dict[Place, list[bytes]] = {}
        for content in self._found.contents:
            for font, text in self._shown_in(content):
                found.setdefault(font, []).append(text)
        return found

    def _shown_in(self, content: Content) -> Iterator[tuple[Place, bytes]]:
        fonts = content.resources.get("/Font")
        named = {str(name)[1:]: font.objgen for name, font in fonts.items()} if isinstance(fonts, Dictionary) else {}
        current: Place | None = None
        before: list[Place | None] = []
        for match in _tokens(content.read() or b""):
            if match["font"] is not None:
                current = named.get(match["font"].decode("latin-1"))
            elif match["state"] == b"q":
                before.append(current)
            elif match["state"] == b"Q":
                current = before.pop() if before else current
            elif match["skipped"] is None:
                if current is not None:
                    yield current, _plain(match)
                elif _plain(match) and not content.is_letters:
                    self._has_text_without_font = True


def part_comments(operators: bytes) -> bytes | None:
    """The operators without comments when one of them sticks to an operator; None when none does."""
    if b"%" not in operators or _STUCK.search(operators) is None:
        return None
    kept, at = [], 0
    for match in _tokens(operators):
        if match[0].startswith(b"%"):
            kept.append(operators[at : match.start()])
            at = match.end()
    return b"".join([*kept, operators[at:]]) if kept else None


def _tokens(operators: bytes) -> Iterator[re.Match[bytes]]:
    """What matters to text, in its order; the samples of images inside the content are passed over."""
    at = 0
    while match := _TOKEN.search(operators, at):
        at = match.end()
        if match["image"] is None:
            yield match
        elif end := _IMAGE_END.search(operators, at):
            at = end.end()
        else:
            return


def _plain(match: re.Match[bytes]) -> bytes:
    if match["hexadecimal"] is not None:
        digits = re.sub(rb"\s", b"", match["hexadecimal"])
        return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
    text = match["text"][1:].removesuffix(b")")
    return _ESCAPE.sub(_unescape, text) if b"\\" in text else text


def _unescape(match: re.Match[bytes]) -> bytes:
    told = match[1]
    return bytes([int(told, 8) & 255]) if told[:1].isdigit() else _ESCAPED.get(told, told)


def draws(content: Stream, name: str) -> bool:
    """Whether a form or pattern draws what its resources call ``name`` (with its stroke)."""
    operators = Content(Dictionary(), (content,), 0).read() or b""
    return re.search(re.escape(name.encode("latin-1", "replace")) + rb"\s+(?:Do|scn|SCN)\b", operators) is not None
