"""Which glyph a code of a simple font means (ISO 32000-1 §9.6.6 and annex D)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from fontTools.encodings.MacRoman import MacRoman
from fontTools.encodings.StandardEncoding import StandardEncoding
from pikepdf import Array, Dictionary, Name, Object

from pli.pdf.archival.faces import name_of


@cache
def win_ansi() -> dict[int, str]:
    """WinAnsiEncoding: Windows code page 1252, its unused codes shown as bullets."""
    codes = {}
    for code in range(32, 256):
        try:
            codes[code] = name_of(ord(bytes([code]).decode("cp1252")))
        except UnicodeDecodeError:
            codes[code] = "bullet"
    codes.update({127: "bullet", 160: "space", 173: "hyphen"})
    return codes


def _table(names: list[str]) -> dict[int, str]:
    return {code: name for code, name in enumerate(names) if name != ".notdef"}


@cache
def named(encoding: str) -> dict[int, str]:
    """The codes of a predefined encoding; those of StandardEncoding for a name nobody knows."""
    if encoding == "/WinAnsiEncoding":
        return win_ansi()
    if encoding == "/MacRomanEncoding":
        return _table(MacRoman) | {202: "space"}
    return _table(StandardEncoding)


def codes_of(font: Object, *, built_in: dict[int, str] | None = None) -> dict[int, str]:
    """The glyph names of a simple font by code: base encoding, then its differences.

    ``built_in`` stands where the font names no base encoding.
    """
    encoding = font.get("/Encoding")
    default = built_in if built_in is not None else named("/WinAnsiEncoding" if _is_truetype(font) else "")
    if isinstance(encoding, Name):
        # The name of an encoding means nothing to a font of symbols.
        return dict(built_in or named(str(encoding)))
    if not isinstance(encoding, Dictionary):
        return dict(default)
    base = encoding.get("/BaseEncoding")
    codes = dict(named(str(base)) if isinstance(base, Name) else default)
    differences = encoding.get("/Differences")
    if isinstance(differences, Array):
        codes.update(differences_of(differences.as_list()))
    return codes


def differences_of(entries: Iterable[Any]) -> dict[int, str]:
    """A /Differences array as codes and names."""
    codes: dict[int, str] = {}
    code = 0
    for entry in entries:
        if isinstance(entry, Name):
            codes[code] = str(entry)[1:]
            code += 1
        elif isinstance(entry, int):
            code = entry
    return codes


def write_differences(codes: dict[int, str]) -> Dictionary:
    """An encoding dictionary that names every code by itself."""
    entries: list[Any] = []
    last = -2
    for code in sorted(codes):
        if code != last + 1:
            entries.append(code)
        entries.append(Name("/" + codes[code]))
        last = code
    return Dictionary(Type=Name.Encoding, Differences=Array(entries))


def _is_truetype(font: Object) -> bool:
    return str(font.get("/Subtype")) == "/TrueType"
