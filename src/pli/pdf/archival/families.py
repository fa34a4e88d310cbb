"""Which face stands in for a font, by its name and what its descriptor says of it."""

from __future__ import annotations

import re

_FIXED, _SERIF, _SYMBOLIC, _ITALIC, _FORCE_BOLD = 1, 2, 4, 64, 1 << 18

_MONO = re.compile(r"cour|mono|consol|typewriter|terminal|menlo|letter ?gothic|fixed")
_SERIF_NAMES = re.compile(
    r"times|tinos|serif(?!a)|roman|georgia|garamond|cambria|palatin|bookman|century|caslon|baskerv|minion|charter|utopia"
)
_SANS_NAMES = re.compile(
    r"sans|helv|arial|arimo|verdana|tahoma|calibri|segoe|univers|frutiger|trebuchet|lucida|roboto|gothic|geneva|myriad"
)
_BOLD = re.compile(r"bold|black|heavy|demi|semi|,b|-bd")
_ITALIC_NAMES = re.compile(r"ital|obli|slant|kursiv|-it\b|,i")
# Their glyphs are drawings or codes: letters in their place would change what the document says.
_IRREPLACEABLE = re.compile(
    r"wingding|webding|marlett|emoji|icons|awesome|bar-?code|code-?(?:39|128|25|93)|3of9|c39|ean-?(?:8|13)|upc-?a|"
    r"micr|ocr-?[ab]|idautomation|datamatrix|qr-?code"
)


def plain_name(base_font: str) -> str:
    """The font's name without the slash and the tag of a subset."""
    return re.sub(r"^/?(?:[A-Z]{6}\+)?", "", base_font)


def choose_face(base_font: str, flags: int) -> str | None:
    """The face for ``base_font``; None when no face may stand for it."""
    name = plain_name(base_font).lower().replace(" ", "").replace("_", "")
    if name == "symbol" or name.startswith(("symbolmt", "symbolps")):
        return "PliSymbol"
    if "zapfdingbats" in name or name == "dingbats":
        return "PliDingbats"
    if _IRREPLACEABLE.search(name):
        return None
    family = _family(name, flags)
    if family is None:
        return None
    style = ("Bold" if _BOLD.search(name) or flags & _FORCE_BOLD else "") + (
        "Italic" if _ITALIC_NAMES.search(name) or flags & _ITALIC else ""
    )
    return f"{family}-{style}" if style else family


def _family(name: str, flags: int) -> str | None:
    if _MONO.search(name):
        return "PliMono"
    if _SANS_NAMES.search(name):
        return "PliSans"
    if _SERIF_NAMES.search(name):
        return "PliSerif"
    if flags & _SYMBOLIC:
        return None
    if flags & _FIXED:
        return "PliMono"
    return "PliSerif" if flags & _SERIF else "PliSans"
