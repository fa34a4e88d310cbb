"""What a person reads of a message: its text, or its HTML without the markup. Nothing of it is fetched or run."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser

from pli.gateway.mime.heads import plain
from pli.gateway.mime.tree import Bytes, Part, decode

LONGEST_TEXT = 200_000
_BREAKS = frozenset({"p", "br", "div", "tr", "li", "h1", "h2", "h3", "h4", "blockquote", "table"})
_HIDDEN = frozenset({"style", "script", "head", "title", "template"})


class _Stripper(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in _HIDDEN))
        if tag in _BREAKS:
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.pieces.append(" ".join(data.split("\n")))


def reading_text(content: Bytes, root: Part) -> str:
    """The first text of a message, its lines kept; empty when it has none."""
    for wanted in ("text/plain", "text/html"):
        for part in root.leaves():
            if part.media_type == wanted and not part.is_attachment:
                said = _tidy(_spelled(content, part), is_html=wanted == "text/html")
                if said:
                    return said
    return ""


def _spelled(content: Bytes, part: Part) -> str:
    raw = b"".join(_first(decode(content, part)))
    charset = plain(part.fields.get_content_charset() or "utf-8")
    try:
        return raw.decode(charset, "replace")
    except LookupError:
        return raw.decode("utf-8", "replace")


def _first(chunks: Iterator[bytes]) -> Iterator[bytes]:
    left = LONGEST_TEXT
    for chunk in chunks:
        yield chunk[:left]
        left -= len(chunk)
        if left <= 0:
            return


def _tidy(said: str, *, is_html: bool) -> str:
    if is_html:
        stripper = _Stripper()
        stripper.feed(said)
        stripper.close()
        said = "".join(stripper.pieces)
    lines = [line.rstrip() for line in said.replace("\x00", " ").splitlines()]
    kept = [line for at, line in enumerate(lines) if line or (at and lines[at - 1])]
    return "\n".join(kept).strip()
