"""One signed revision of a file beside the newest: its objects, which place each has, and what came later."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader

from pli.trust.objects import Ref, is_empty_text, key_of, raw, resolved

_LARGEST_GRAPH = 400_000
# What LibreOffice leaves in a trailer for itself (the document it exported): no reader of PDF looks there, and programs
# that add to the file renumber it, drop it, or leave it leading nowhere.
NOT_READ = frozenset(("/AdditionalStreams", "/DocChecksum"))


_APART = NOT_READ | {"/Root"}
_BESIDE = ("/DSS", "/Extensions", "/Metadata", "/StructTreeRoot")


def _is_page(node: generic.IndirectObject) -> bool:
    return not isinstance(resolved(raw(node.get_object(), "/Kids")), list)


class SignedRevision:
    """The objects of revision ``number`` (from 0) of ``reader``."""

    def __init__(self, reader: PdfFileReader, number: int) -> None:
        self.reader = reader
        self.number = number
        self.last = reader.xrefs.total_revisions - 1
        self.old: HistoricalResolver = reader.get_historical_resolver(number)

    @property
    def later_numbers(self) -> range:
        """The revisions after it."""
        return range(self.number + 1, self.last + 1)

    def touched(self) -> tuple[set[Ref], set[Ref]]:
        touched: set[Ref] = set()
        freed: set[Ref] = set()
        for later in self.later_numbers:
            touched |= {key_of(ref) for ref in self.reader.xrefs.explicit_refs_in_revision(later)}
            freed |= {key_of(ref) for ref in self.reader.xrefs.refs_freed_in_revision(later)}
        return touched, freed

    def existed(self, ref: Ref) -> bool:
        reference = generic.Reference(ref[0], ref[1], pdf=self.reader)
        return self.reader.xrefs.get_historical_ref(reference, self.number) is not None

    def old_object(self, ref: Ref) -> Any:
        return self.old.get_object(generic.Reference(ref[0], ref[1], pdf=self.old))

    def new_object(self, ref: Ref) -> Any:
        return self.reader.get_object(generic.Reference(ref[0], ref[1], pdf=self.reader))

    def roles(self) -> dict[Ref, str]:
        """The places in which a later signature may write."""
        roles: dict[Ref, str] = {}
        root = self.old.root
        roles[key_of(self.old.root_ref)] = "catalog"
        info = raw(self.old.trailer_view, "/Info")
        if isinstance(info, generic.IndirectObject):
            roles[key_of(info)] = "info"
        form = raw(root, "/AcroForm")
        if isinstance(form, generic.IndirectObject):
            roles[key_of(form)] = "form"
        fields = raw(resolved(form), "/Fields")
        if isinstance(fields, generic.IndirectObject):
            roles[key_of(fields)] = "fields"
        for item in resolved(fields) or ():
            entry = resolved(item)
            is_empty = isinstance(entry, dict) and entry.get("/FT") == "/Sig" and "/V" not in entry
            if isinstance(item, generic.IndirectObject) and is_empty and "/Kids" not in entry:
                roles[key_of(item)] = "empty_signature_field"
            elif isinstance(item, generic.IndirectObject) and is_empty_text(entry):
                roles[key_of(item)] = "empty_text_field"
        for page in self._page_nodes(raw(root, "/Pages")):
            if not _is_page(page):
                roles.setdefault(key_of(page), "page_node")
                continue
            roles.setdefault(key_of(page), "page")
            annotations = raw(page.get_object(), "/Annots")
            if isinstance(annotations, generic.IndirectObject):
                roles.setdefault(key_of(annotations), "annotations")
        return roles

    @cached_property
    def has_only_signatures(self) -> bool:
        """Whether no field or widget is anything but a signature's."""
        entries = list(resolved(raw(resolved(raw(self.old.root, "/AcroForm")), "/Fields")) or ())
        for page in self._pages(raw(self.old.root, "/Pages")):
            entries += resolved(raw(page.get_object(), "/Annots")) or ()
        found = [resolved(one) for one in entries]
        return all(
            isinstance(one, dict) and (one.get("/FT") == "/Sig" or (one.get("/Subtype") not in (None, "/Widget")))
            for one in found
        )

    def _pages(self, top: Any) -> Iterator[generic.IndirectObject]:
        return (node for node in self._page_nodes(top) if _is_page(node))

    def _page_nodes(self, top: Any) -> Iterator[generic.IndirectObject]:
        waiting, seen = [top], set()
        while waiting:
            node = waiting.pop()
            if not isinstance(node, generic.IndirectObject) or key_of(node) in seen:
                continue
            seen.add(key_of(node))
            if len(seen) > _LARGEST_GRAPH:
                raise ValueError("page tree too large")
            content = node.get_object()
            if not isinstance(content, dict):
                continue
            kids = resolved(raw(content, "/Kids"))
            if isinstance(kids, list):
                waiting.extend(list.__iter__(kids))
            yield node

    def walk_old(self) -> tuple[set[Ref], set[Ref]]:
        """Every object reachable in the signed revision but through what no page is drawn with (/DSS, /Extensions, the
        catalogue's /Metadata, the structure), and the references that lead nowhere."""
        root_key = key_of(self.old.root_ref)
        reached: set[Ref] = {root_key}
        dangling: set[Ref] = set()
        catalog = {name: value for name, value in dict.items(self.old.root) if name not in _BESIDE}
        trailer = {name: value for name, value in dict.items(self.old.trailer_view) if name not in _APART}
        waiting: list[Any] = [catalog, trailer]
        self._walk(waiting, reached, dangling)
        return reached, dangling

    def _walk(self, waiting: list[Any], reached: set[Ref], dangling: set[Ref]) -> None:
        while waiting:
            value = waiting.pop()
            if isinstance(value, generic.IndirectObject):
                ref = key_of(value)
                if ref in reached or ref in dangling:
                    continue
                if not self.existed(ref):
                    dangling.add(ref)
                    continue
                reached.add(ref)
                if len(reached) > _LARGEST_GRAPH:
                    raise ValueError("object graph too large")
                waiting.append(self.old_object(ref))
            elif isinstance(value, dict):
                waiting.extend(dict.values(value))
            elif isinstance(value, list):
                waiting.extend(list.__iter__(value))

    def metadata_apart(self, reached: set[Ref], dangling: set[Ref]) -> Ref | None:
        """What the file says of itself, when nothing else leads there: a page could be drawn with it. Adds it to what
        is reached."""
        metadata = raw(self.old.root, "/Metadata")
        is_apart = isinstance(metadata, generic.IndirectObject) and key_of(metadata) not in reached
        self._walk([metadata], reached, dangling)
        return key_of(metadata) if is_apart else None

    def structure_apart(self, reached: set[Ref], dangling: set[Ref]) -> set[Ref]:
        """The objects of a tagged file's structure that are nothing else. Adds them to what is reached."""
        structure = self.only_through("/StructTreeRoot", reached)
        self._walk([raw(self.old.root, "/StructTreeRoot")], reached, dangling)
        return structure

    def only_through(self, name: str, reached: set[Ref]) -> set[Ref]:
        """The objects to which this entry of the catalogue alone leads: not in ``reached``, by any other way."""
        entry = raw(self.old.root, name)
        if entry is None:
            return set()
        everything = set(reached)
        self._walk([entry], everything, set())
        return everything - reached

    def changes_validation_data(self, revision: int) -> bool:
        """Whether a later revision writes the security store."""
        now = self.reader.get_historical_resolver(revision)
        store = raw(now.root, "/DSS")
        if store is None:
            return False
        touched = {key_of(ref) for ref in self.reader.xrefs.explicit_refs_in_revision(revision)}
        if isinstance(store, generic.IndirectObject):
            return key_of(store) in touched
        return key_of(now.root_ref) in touched
