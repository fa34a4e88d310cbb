"""PDF objects as they are written: what two revisions of a file are compared by."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pyhanko.pdf_utils import generic

Ref = tuple[int, int]


def key_of(ref: Any) -> Ref:
    """A reference as (number, generation)."""
    return int(ref.idnum), int(ref.generation)


def same(old: Any, new: Any) -> bool:
    """Whether two values are written alike; references compare by number, for what they lead to is compared apart."""
    if isinstance(old, generic.IndirectObject) or isinstance(new, generic.IndirectObject):
        return type(old) is type(new) and key_of(old) == key_of(new)
    if isinstance(old, generic.StreamObject) or isinstance(new, generic.StreamObject):
        if not (isinstance(old, generic.StreamObject) and isinstance(new, generic.StreamObject)):
            return False
        if old.encoded_data != new.encoded_data:
            return False
    if isinstance(old, dict):
        return (
            isinstance(new, dict)
            and old.keys() == new.keys()
            and all(same(value, dict.__getitem__(new, key)) for key, value in dict.items(old))
        )
    if isinstance(old, list):
        return (
            isinstance(new, list)
            and len(old) == len(new)
            and all(same(a, b) for a, b in zip(list.__iter__(old), list.__iter__(new), strict=True))
        )
    if hasattr(old, "original_bytes") or hasattr(new, "original_bytes"):
        return getattr(old, "original_bytes", None) == getattr(new, "original_bytes", None)
    if isinstance(old, (int, Decimal)) and isinstance(new, (int, Decimal)):
        return isinstance(old, bool) is isinstance(new, bool) and old == new  # 612 and 612.0
    return type(old) is type(new) and bool(old == new)


def raw(container: Any, key: str) -> Any:
    """``container[key]`` as written, a reference staying one; None when absent."""
    return dict.get(container, key) if isinstance(container, dict) else None


def resolved(value: Any) -> Any:
    """What a value leads to."""
    return value.get_object() if isinstance(value, generic.IndirectObject) else value


def is_empty_text(entry: Any) -> bool:
    """Whether an object is a text field with its own place, and nothing in it yet."""
    is_field = isinstance(entry, dict) and entry.get("/FT") == "/Tx" and entry.get("/Subtype") == "/Widget"
    return bool(is_field and "/Kids" not in entry and "/AA" not in entry and not str(resolved(raw(entry, "/V")) or ""))


def is_visible(entry: Any) -> bool:
    rectangle = resolved(raw(entry, "/Rect"))
    if not isinstance(rectangle, list) or len(rectangle) != 4:
        return False
    a, b, c, d = (float(item) for item in rectangle)
    return a != c and b != d


def describe(old: Any) -> str:
    """A word for what a changed object was; only a word: whatever it was, it changed."""
    kind = old.get("/Type") if isinstance(old, dict) else None
    subtype = old.get("/Subtype") if isinstance(old, dict) else None
    if isinstance(old, dict) and ("/FT" in old or "/T" in old):
        return "signature_field_changed" if old.get("/FT") == "/Sig" else "form_field_changed"
    if kind in ("/Sig", "/DocTimeStamp"):
        return "signature_field_changed"
    if kind == "/Annot" or subtype in ("/Widget", "/FreeText", "/Stamp"):
        return "annotation_changed"
    if kind in ("/Font", "/FontDescriptor") or (isinstance(old, dict) and "/Length1" in old):
        return "font_changed"
    if kind == "/Pages":
        return "pages_replaced"
    if subtype == "/Form":
        return "appearance_changed"
    return "page_content_changed" if isinstance(old, generic.StreamObject) else "object_changed"
