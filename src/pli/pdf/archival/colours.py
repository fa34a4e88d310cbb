"""Colours that mean the same everywhere: an output intent for grey and RGB, a profile for CMYK."""

from __future__ import annotations

import re

import re2
from pikepdf import Array, Dictionary, Name, Object, Stream, String

from pli.pdf.archival import profiles
from pli.pdf.archival.conversion import Conversion
from pli.pdf.archival.walk import Content, Found

_CMYK_OPERATORS = re.compile(rb"[kK](?<=[\d.]\s[kK])(?=[\s/\[(<%]|$)|/(?:DeviceCMYK|CMYK)\b")
_BYTES = re2.Options()
_BYTES.encoding = re2.Options.Encoding.LATIN1
# What any use of CMYK has in it: next to every content has none of these, and to see that costs nothing.
_CMYK_SIGNS = re2.compile(rb"CMYK|[ \n\r\t\f\x00][kK]", _BYTES)
_DEEPEST = 6
_CHANNELS = {b"RGB ": 3, b"GRAY": 1, b"CMYK": 4, b"Lab ": 3}
_MOST_COLORANTS = 8  # PDF 1.4, annex C


def settle_colours(work: Conversion, found: Found) -> None:
    """Give every device colour a meaning, and every profile a version the part knows."""
    _write_intent(work)
    for image in found.images:
        settle_space(work, image, "/ColorSpace")
    for shading in found.shadings:
        settle_space(work, shading, "/ColorSpace")
    for form in found.forms:
        group = form.get("/Group")
        if isinstance(group, Dictionary):
            settle_space(work, group, "/CS")
    for content in found.contents:
        spaces = content.resources.get("/ColorSpace")
        if isinstance(spaces, Dictionary):
            for key in list(spaces.keys()):
                settle_space(work, spaces, key)


def settle_content(work: Conversion, content: Content, operators: bytes) -> None:
    """Say what CMYK means to a content that draws with it."""
    if _CMYK_SIGNS.search(operators) is None or _CMYK_OPERATORS.search(operators) is None:
        return
    spaces = content.resources.get("/ColorSpace")
    if not isinstance(spaces, Dictionary):
        spaces = content.resources.ColorSpace = Dictionary()
    if "/DefaultCMYK" not in spaces:
        spaces.DefaultCMYK = _cmyk_space(work)
    work.note("Un profil de couleur a été donné aux couleurs d’imprimerie (CMJN).")


def settle_space(work: Conversion, holder: Object, key: str, depth: int = 0) -> None:
    """The colour space ``holder[key]``, and those it is built on."""
    space = holder.get(key)
    if isinstance(space, Name):
        if space == Name.DeviceCMYK:
            holder[key] = _cmyk_space(work)
        return
    if not isinstance(space, Array) or not len(space) or depth > _DEEPEST:
        return
    kind = str(space[0])
    if kind == "/ICCBased" and len(space) > 1:
        better = _better_than(work, space[1])
        if better is not None:
            holder[key] = better
    elif kind in ("/Indexed", "/I", "/Pattern") and len(space) > 1:
        _settle_item(work, space, 1, depth)
    elif kind in ("/Separation", "/DeviceN") and len(space) > 2:
        if kind == "/DeviceN" and work.is_part1 and len(space[1]) > _MOST_COLORANTS:
            work.refuse("une image emploie plus de huit encres : choisissez PDF/A-2b")
        if kind == "/DeviceN" and work.is_part1 and len(space) > 4:
            # Process and colorants came with PDF 1.6; the tint transform says all that is drawn.
            del space[4]
        _settle_item(work, space, 2, depth)


def _settle_item(work: Conversion, space: Object, index: int, depth: int) -> None:
    item = Dictionary(Space=space[index])
    settle_space(work, item, "/Space", depth + 1)
    if item.Space != space[index]:
        space[index] = item.Space


def _better_than(work: Conversion, profile: Object) -> Object | None:
    """A space to put in the place of a profile that is broken or too recent for the part."""
    if not isinstance(profile, Stream):
        return Name.DeviceRGB
    count = int(profile.get("/N", 3))
    data = profile.read_bytes()
    newest = 2 if work.is_part1 else 4
    is_sound = len(data) > 128 and data[36:40] == b"acsp" and _CHANNELS.get(data[16:20]) == count
    if is_sound and data[8] <= newest and data[12:16] in (b"scnr", b"mntr", b"prtr", b"spac"):
        return None
    work.note("Un profil de couleur trop récent ou abîmé a été remplacé par sRGB.")
    return {1: Name.DeviceGray, 4: _cmyk_space(work)}.get(count, Name.DeviceRGB) if count != 3 else Name.DeviceRGB


def _cmyk_space(work: Conversion) -> Object:
    def make() -> Object:
        stream = work.pdf.make_stream(profiles.cmyk())
        stream.N = 4
        return Array([Name.ICCBased, stream])

    return work.shared("cmyk", make)


def _write_intent(work: Conversion) -> None:
    stream = work.pdf.make_stream(profiles.srgb_deflated())
    stream.Filter = Name.FlateDecode
    stream.N = 3
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFA1,
        OutputConditionIdentifier=String("sRGB IEC61966-2.1"),
        RegistryName=String("http://www.color.org"),
        Info=String("sRGB IEC61966-2.1"),
        DestOutputProfile=stream,
    )
    work.pdf.Root.OutputIntents = Array([work.pdf.make_indirect(intent)])
