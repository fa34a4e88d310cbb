"""What a file says of itself in XMP (ISO 16684-1): programs that add to a file write there when, and with what.

Nothing of it is drawn; a reader may show the title. So dates, programs and counters may change after a signature, and
nothing else. It is read as text, not as XML: what is written so that this reading could be deceived is a change.
"""

from __future__ import annotations

import re
from typing import Any

from pyhanko.pdf_utils import generic

_LARGEST = 1 << 20
_ELEMENT = re.compile(r"<([\w:.-]+)(?:\s[^<>]*)?>\s*([^<>]*?)\s*(?=<)")
_ATTRIBUTE = re.compile(r"""\s([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
# By local name: a prefix may be any, and under none of these names does a reader show anything.
_MAY_CHANGE = frozenset(
    (
        "ModifyDate", "MetadataDate", "CreateDate", "Producer", "CreatorTool", "InstanceID", "DocumentID", "VersionID",
        "OriginalDocumentID", "RenditionClass", "xmptk", "about", "lang", "parseType", "action", "changed", "when",
        "softwareAgent", "parameters", "instanceID", "documentID", "id", "bytes", "begin", "end",
    )
)  # fmt: skip


def tells_the_same(old: Any, new: Any, known: frozenset[str]) -> bool:
    """Whether ``new`` says nothing that ``old`` did not, dates and programs apart; ``known`` may be said besides."""
    after = _facts(new)
    before = _facts(old) if old is not None else set()
    if after is None or before is None:
        return False
    lost = before - after
    gained = {(name, value) for name, value in after - before if value not in known}
    return not lost and not gained


def _facts(stream: Any) -> set[tuple[str, str]] | None:
    """Each property with its value; None for what can't be read for certain."""
    if not isinstance(stream, generic.StreamObject):
        return None
    try:
        content = bytes(stream.data)
        text = content.decode("utf-8-sig") if len(content) <= _LARGEST else "<!"
    except Exception:  # noqa: BLE001 - whatever a filter stumbles over: it can't be read
        return None
    if "<!" in text or "&#" in text:
        return None
    found = [(name, value) for name, value in _ELEMENT.findall(text)]
    found += [(name, one or other) for name, one, other in _ATTRIBUTE.findall(text)]
    return {
        (name, value)
        for name, value in found
        if value and not name.startswith("xmlns") and name.rpartition(":")[2] not in _MAY_CHANGE
    }
