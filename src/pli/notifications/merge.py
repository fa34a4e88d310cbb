"""Merge fields (``#document#``): dictionary substitution in one pass, never a template engine on a person's text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

FIELD = re.compile(r"#([^\W\d_][\w]{0,39})#")
MASK = "••••••••"
SHORT_VALUE, LONG_VALUE = 200, 2000
# The one field a person writes freely; every other is put on one line.
FREE_TEXT = "message"
LINK, CODE = "lien", "code"
_ALONE = re.compile(r"[«“\"'(]*#\w+#[»”\"')]*[.,;:!?]?")

SegmentKind = Literal["text", "secret", "link"]


@dataclass(frozen=True)
class Segment:
    """A piece of a worded message: plain text, the *name* of a secret, or a link anybody may read."""

    kind: SegmentKind
    value: str


def canonical(name: str) -> str:
    """A field's name without accents or capitals: ``Société`` and ``societe`` are the same field."""
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).lower()


def clean_value(value: str, *, multiline: bool = False, limit: int = SHORT_VALUE) -> str:
    """A value safe in a header, a body or a log: no control or direction-changing character, bounded in length."""
    value = value[: limit * 4].replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(
        c if c == "\n" or unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else " " for c in value
    )
    # Only plain spaces are brought together: French typography keeps its no-break ones.
    text = (re.sub(r" +\n", "\n", kept) if multiline else re.sub(r"[ \n]+", " ", kept)).strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def names_in(template: str) -> tuple[str, ...]:
    """The canonical names of the fields a template uses, in order."""
    return tuple(canonical(match[1]) for match in FIELD.finditer(template))


def fill(template: str, values: Mapping[str, str], secret_names: Iterable[str] = ()) -> tuple[Segment, ...]:
    """``template`` with its fields replaced: a value is never looked at again, so a ``#code#`` inside one stays text.

    A line whose fields are all empty disappears, its other words with it: « À signer avant le : #date_limite# » says
    nothing without a date. Secrets stay names.
    """
    secrets = frozenset(secret_names)
    lines: list[list[Segment]] = []
    for line in template.replace("\r\n", "\n").split("\n"):
        filled = [segment for segment in _fill_line(line, values, secrets) if segment.value]
        names = names_in(line)
        is_dropped = bool(names) and not any(name in secrets or values.get(name) for name in names)
        if is_dropped or (not filled and (not lines or not lines[-1])):
            continue
        lines.append(filled)
    while lines and not lines[-1]:
        lines.pop()
    return _joined(lines)


def _fill_line(line: str, values: Mapping[str, str], secrets: frozenset[str]) -> Iterator[Segment]:
    position = 0
    for match in FIELD.finditer(line):
        yield Segment("text", line[position : match.start()])
        name = canonical(match[1])
        if name in secrets:
            yield Segment("secret", name)
        else:
            yield Segment("link" if name == LINK else "text", values.get(name, ""))
        position = match.end()
    yield Segment("text", line[position:])


def _joined(lines: list[list[Segment]]) -> tuple[Segment, ...]:
    """The lines as one run of segments, neighbouring texts merged."""
    run: list[Segment] = []
    for number, line in enumerate(lines):
        for segment in ([Segment("text", "\n")] if number else []) + line:
            if run and segment.kind == "text" and run[-1].kind == "text":
                run[-1] = Segment("text", run[-1].value + segment.value)
            else:
                run.append(segment)
    return tuple(run)


def as_text(segments: Iterable[Segment], secrets: Mapping[str, str] | None = None) -> str:
    """The plain text: with its secrets when they are given, else masked."""
    return "".join(
        (secrets.get(s.value, "") if secrets is not None else MASK) if s.kind == "secret" else s.value for s in segments
    )


def is_secret_exposed(template: str, secret_names: frozenset[str]) -> bool:
    """Whether a secret is glued to other text. It must be a word of its own, with nothing but quotes before it and
    closing punctuation after it: ``https://elsewhere/?#code#`` or ``#code#.elsewhere.fr`` would send it elsewhere."""
    for word in template.split():
        is_about_a_secret = any(canonical(match[1]) in secret_names for match in FIELD.finditer(word))
        if is_about_a_secret and not _ALONE.fullmatch(word):
            return True
    return False
