"""The command line's voice: French, or English when the terminal's language is English. Works without Django."""

from __future__ import annotations

import gettext
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import cache
from pathlib import Path

from pli.kit.errors import PliError, fill_sentence

# The language of a reader who is not at this terminal (a page of the doctor); empty: the terminal's.
_reader: ContextVar[str] = ContextVar("pli_reader", default="")
_ROOMS = Path(__file__).resolve().parent.parent


def language() -> str:
    """``fr`` unless the reader, or else the environment (LC_ALL, LC_MESSAGES, LANG), asks for English."""
    if chosen := _reader.get():
        return chosen
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := os.environ.get(name):
            return "en" if value.lower().startswith("en") else "fr"
    return "fr"


@contextmanager
def speaking(wanted: str) -> Iterator[None]:
    """Speak ``fr`` or ``en`` inside the block, whatever the terminal's language."""
    token = _reader.set("en" if wanted.startswith("en") else "fr")
    try:
        yield
    finally:
        _reader.reset(token)


@cache
def _catalogues(tongue: str) -> gettext.NullTranslations:
    merged = gettext.NullTranslations()
    if tongue == "fr":
        return merged
    for path in sorted(_ROOMS.rglob("locale/en/LC_MESSAGES/django.mo")):
        with path.open("rb") as file:
            translations = gettext.GNUTranslations(file)
        translations.add_fallback(merged)
        merged = translations
    return merged


def tr(message: str) -> str:
    """``message`` (French) in the language of the terminal."""
    return _catalogues(language()).gettext(message) if message else ""


def gettext_noop(message: str) -> str:
    """Mark ``message`` for translation where it is written; it is translated where it is said."""
    return message


# The usual name, so that message extraction sees the strings of this floor.
_ = tr


def explain(error: PliError) -> str:
    """What happened, what was kept, what to do: one sentence a line, the code first."""
    said = (fill_sentence(text, error.details, tr) for text in (error.message, error.kept, error.remedy))
    sentences = [text for text in said if text]
    return f"{error.code}  " + "\n         ".join(sentences)


def say(part: str, sentence: str) -> None:
    """One calm line: the time, the part of Pli that speaks, a sentence."""
    instant = datetime.now().astimezone().strftime("%H:%M:%S")
    sys.stdout.write(f"{instant}  {part:<10} {sentence}\n")
    sys.stdout.flush()


def write(text: str) -> None:
    """A command's result."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def complain(text: str) -> None:
    """A command's failure."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
