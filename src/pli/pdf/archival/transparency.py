"""Live transparency: part 1 has none, so what is only declared goes, and what is used is told."""

from __future__ import annotations

import re

from pikepdf import Array, Dictionary, Name, Object

from pli.kit.errors import Phrase
from pli.pdf.archival.conversion import Conversion
from pli.pdf.archival.walk import Content, Found

_STATE_USED = re.compile(rb"/([^\s/\[\](){}<>%]+)\s+gs(?=[\s/\[(<%]|$)")
_PLAIN_MODES = ("/Normal", "/Compatible")
_ALMOST = 0.999


def settle_states(work: Conversion, content: Content, operators: bytes) -> None:
    """The graphics states of one content: transfer functions go; for part 1, so does transparency nobody uses."""
    states = content.resources.get("/ExtGState")
    if not isinstance(states, Dictionary):
        return
    used: set[str] | None = None
    for name, state in states.items():
        if not isinstance(state, Dictionary):
            continue
        for key in ("/TR", "/TR2", "/HTP"):
            if key in state:
                del state[key]
        if not work.is_part1 or not _is_transparent(state):
            continue
        if used is None:
            used = {_unescaped(match) for match in _STATE_USED.findall(operators)}
        work.transparent_states.append((state, content.page if name[1:] in used else None))


def _unescaped(name: bytes) -> str:
    return re.sub(rb"#([0-9A-Fa-f]{2})", lambda match: bytes([int(match[1], 16)]), name).decode("utf-8", "replace")


def _is_transparent(state: Object) -> bool:
    for key in ("/ca", "/CA"):
        if key in state and float(state[key]) != 1:
            if float(state[key]) >= _ALMOST:
                state[key] = 1
            else:
                return True
    if "/SMask" in state and str(state.get("/SMask")) != "/None":
        return True
    mode = state.get("/BM")
    if isinstance(mode, Array):
        mode = state.BM = mode[0] if len(mode) else Name.Normal
    return mode is not None and str(mode) not in _PLAIN_MODES


def _make_plain(state: Object) -> None:
    for key in ("/ca", "/CA", "/SMask", "/BM", "/AIS"):
        if key in state:
            del state[key]


def settle_transparency(work: Conversion, found: Found) -> None:
    """Drop what nobody uses, groups included (§6.4 of part 1), and refuse what is left, with the way out."""
    if not work.is_part1:
        return
    live = [state for state, page in work.transparent_states if page is not None]
    for state, page in work.transparent_states:
        if page is None and not any(state is other or state == other for other in live):
            _make_plain(state)
    pages = sorted({page for _, page in work.transparent_states if page is not None})
    if pages:
        work.refuse(
            Phrase(
                "la transparence de la page %(pages)s n’existe pas en PDF/A-1b : choisissez PDF/A-2b pour cette nature",
                pages=", ".join(str(number + 1) for number in pages[:10]),
            )
        )
        return
    for holder in (*(page.obj for page in work.pdf.pages), *found.forms):
        group = holder.get("/Group")
        if isinstance(group, Dictionary) and group.get("/S") == Name.Transparency:
            del holder["/Group"]
