"""What a later signature may add to the structure of a tagged file: an element for its own field, and nothing else.

Word processors tag what they export, and Acrobat gives the field it adds an element of its own (ISO 32000-1 §14.7).
No page is drawn from the structure, but it is what is read aloud: what stood in it stays, word for word.
"""

from __future__ import annotations

from typing import Any

from pyhanko.pdf_utils import generic

from pli.trust.objects import Ref, key_of, raw, resolved, same
from pli.trust.signed_revision import SignedRevision

_ELEMENT_KEYS = frozenset(("/Type", "/S", "/P", "/K", "/Pg", "/ID", "/T", "/A", "/Alt", "/Lang"))
_POINTER_KEYS = frozenset(("/Type", "/Obj", "/Pg"))
_DEEPEST = 20
_MOST_NODES = 100_000


class StructureGrowth:
    """Collects the objects that new elements speak of; each question is whether nothing else was done."""

    def __init__(self, signed: SignedRevision) -> None:
        self._signed = signed
        self.spoken_of: set[Ref] = set()
        self._is_touched = False

    def is_grown_root(self, old: Any, new: Any) -> bool:
        """Whether the catalogue's entry (both resolved) only gained elements; ``old`` may be None."""
        return isinstance(new, dict) and self.is_grown(old if isinstance(old, dict) else {}, new)

    def is_grown(self, old: Any, new: Any) -> bool:
        """Whether an object of the structure only gained elements; its tree of numbers is for :meth:`keeps_numbers`."""
        self._is_touched = True
        if isinstance(old, list):
            return isinstance(new, list) and self._only_gains(list(list.__iter__(old)), list(list.__iter__(new)))
        if not isinstance(old, dict) or not isinstance(new, dict) or set(old) - set(new):
            return False
        return all(
            same(raw(old, name), raw(new, name)) or self._is_grown_entry(name, raw(old, name), raw(new, name))
            for name in new
        )

    def _is_grown_entry(self, name: str, old: Any, new: Any) -> bool:
        if name in ("/ParentTreeNextKey", "/Limits") or (name in ("/Type", "/RoleMap") and old is None):
            return name != "/RoleMap" or not resolved(new)
        if name == "/K":
            return self._only_gains(_items(old), _items(new))
        return name in ("/Nums", "/Kids", "/ParentTree")

    def keeps_numbers(self) -> bool:
        """Whether the tree of numbers leads from every number of the page's texts where it led."""
        old, new = (
            resolved(raw(root, "/StructTreeRoot")) for root in (self._signed.old.root, self._signed.reader.root)
        )
        return not self._is_touched or self._only_gains_numbers(raw(old, "/ParentTree"), raw(new, "/ParentTree"))

    def _only_gains(self, old: list[Any], new: list[Any]) -> bool:
        """Whether ``new`` is ``old`` with new elements anywhere."""
        left = list(old)
        for item in new:
            if left and same(left[0], item):
                left.pop(0)
            elif not self._is_new_element(item):
                return False
        return not left

    def _only_gains_numbers(self, old: Any, new: Any) -> bool:
        """Two trees of numbers, however they are shared out to nodes (ISO 32000-1 §7.9.7)."""
        before, after = _numbers(old), _numbers(new)
        if before is None or after is None or before.keys() - after.keys():
            return False
        gained = [value for number, value in after.items() if number not in before]
        return all(_leads_alike(value, after[number]) for number, value in before.items()) and all(
            self._is_new_element(one) for value in gained for one in _items(value)
        )

    def _is_new_element(self, item: Any, depth: int = 0) -> bool:
        """An element that was not there, and that says nothing but where the widget of a field is."""
        if depth > _DEEPEST or (isinstance(item, generic.IndirectObject) and self._signed.existed(key_of(item))):
            return False
        entry = resolved(item)
        if not isinstance(entry, dict):
            return False
        pointed = raw(entry, "/Obj")
        if raw(entry, "/Type") == "/OBJR" and isinstance(pointed, generic.IndirectObject):
            self.spoken_of.add(key_of(pointed))
            return not set(entry) - _POINTER_KEYS
        below = _items(raw(entry, "/K"))
        return not set(entry) - _ELEMENT_KEYS and all(self._is_new_element(one, depth + 1) for one in below)


def _leads_alike(old: Any, new: Any) -> bool:
    """Whether two values are written alike, or lead to lists that are."""
    return same(old, new) or (isinstance(resolved(old), list) and same(resolved(old), resolved(new)))


def _items(value: Any) -> list[Any]:
    """One or several, as a list; a reference to a list followed."""
    if value is None:
        return []
    content = resolved(value)
    return list(list.__iter__(content)) if isinstance(content, list) else [value]


def _numbers(tree: Any) -> dict[int, Any] | None:
    """The values of a tree of numbers; None where it is none."""
    found: dict[int, Any] = {}
    waiting, visited = [tree], 0
    while waiting:
        node = resolved(waiting.pop())
        visited += 1
        if node is None:
            continue
        if not isinstance(node, dict) or visited > _MOST_NODES:
            return None
        waiting += _items(raw(node, "/Kids"))
        numbers = _items(raw(node, "/Nums"))
        for number, value in zip(numbers[::2], numbers[1::2], strict=False):
            if not isinstance(number, int) or number in found:
                return None
            found[int(number)] = value
    return found
