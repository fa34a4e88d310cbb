"""The fonts of everything Pli draws, and what they can show. The set-up unpacks them into ``fonts/`` (never in git).

Inter carries Latin, Greek and Cyrillic and is required; a handwriting and a monospaced face and two for Arabic and
Hebrew complete it when they are there. A character none of them has is shown by its number, never as an empty box.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pli.pdf.errors import FontsMissing

if TYPE_CHECKING:
    import typst

FOLDER = Path(__file__).parent / "fonts"
REQUIRED = ("Inter_400Regular.ttf", "Inter_400Regular_Italic.ttf", "Inter_600SemiBold.ttf")
TEXT_FAMILIES = ("Inter", "Noto Sans Arabic", "Noto Sans Hebrew")
_COVERING = ("Inter_400Regular.ttf", "NotoSansArabic_400Regular.ttf", "NotoSansHebrew_400Regular.ttf")

# What could make a record read otherwise than it is: direction overrides, isolates, marks of interlinear notes.
_TREACHEROUS = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), *range(0xFFF9, 0xFFFC), 0xFEFF)))
_JOINERS = frozenset("\u00ad\u200b\u200c\u200d\u2060")


def require_fonts(folder: Path = FOLDER) -> None:
    """Refuse to draw without the fonts.

    :raises FontsMissing: naming the first that is not there.
    """
    for name in REQUIRED:
        if not (folder / name).is_file():
            raise FontsMissing(font=name)


@cache
def loaded_fonts() -> typst.Fonts:
    """Every font of the folder, and no other of the machine: the same data gives the same page everywhere."""
    import typst

    require_fonts()
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FOLDER])


@cache
def _coverage() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    require_fonts()
    codes: set[int] = set()
    for name in _COVERING:
        if (FOLDER / name).is_file():
            with TTFont(FOLDER / name, lazy=True) as font:
                codes.update(font.getBestCmap())
    return frozenset(codes)


@cache
def _handwriting() -> frozenset[int]:
    from fontTools.ttLib import TTFont

    path = FOLDER / "Caveat_600SemiBold.ttf"
    if not path.is_file():
        return frozenset()
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())


def handwriting_covers(text: str) -> bool:
    """Whether the handwriting face can write all of ``text``; otherwise italics do."""
    return all(ord(character) in _handwriting() for character in text)


def displayable(text: str, *, most: int = 2000) -> str:
    """``text`` as it can be printed honestly: composed, without control or direction characters, at most ``most`` long.

    Line breaks stay. A character no font has becomes ``[U+1F600]``. A word of more than 40 characters gets places where
    it may be broken, so that it can't run out of the page.
    """
    cut = text if len(text) <= most else text[: most - 1] + "…"
    composed = unicodedata.normalize("NFC", cut.encode("utf-8", "replace").decode())
    return _breakable("".join(_shown(character) for character in composed))


def _shown(character: str) -> str:
    if character in "\n" or character in _JOINERS:
        return character
    if character in _TREACHEROUS:
        return ""
    if unicodedata.category(character) in ("Cc", "Zl", "Zp"):
        return " "
    if ord(character) in _coverage():
        return character
    if unicodedata.category(character) == "Zs":
        return " "
    return f"[U+{ord(character):04X}]"


def _breakable(text: str, run: int = 40) -> str:
    """``text`` with a zero-width space after each ``run`` characters that have no space among them."""
    parts, length = [], 0
    for character in text:
        length = 0 if character.isspace() or character == "\u200b" else length + 1
        if length > run:
            parts.append("\u200b")
            length = 1
        parts.append(character)
    return "".join(parts)
