"""What differs between a signed revision and the file as it is now.

The rule is a short list of what may be added after a signature (further signatures, document timestamps, validation
data); everything else is a change, whatever it does. Every object redefined or freed later is compared, reachable or
not; and every reference that led nowhere in the signed revision must still lead nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader

Ref = tuple[int, int]

_LARGEST_GRAPH = 400_000
# Plumbing of the cross-reference section itself.
_TRAILER_PLUMBING = frozenset(
    ("/Size", "/Prev", "/XRefStm", "/Type", "/W", "/Index", "/Filter", "/DecodeParms", "/Length", "/ID", "/Info")
)
_INFO_UPDATES = frozenset(("/ModDate", "/Producer"))
_CATALOG_ADDITIONS = frozenset(("/DSS", "/Extensions", "/Version"))
_SIGNATURE_FIELD_KEYS = frozenset(
    (
        "/FT",
        "/T",
        "/TU",
        "/TM",
        "/Type",
        "/Subtype",
        "/F",
        "/Ff",
        "/Rect",
        "/P",
        "/V",
        "/AP",
        "/AS",
        "/Lock",
        "/SV",
        "/MK",
        "/DA",
        "/BS",
        "/Border",
        "/NM",
        "/M",
    )
)
_FILLING_KEYS = frozenset(("/V", "/AP", "/MK", "/F", "/M", "/DA"))
_CATALOG_CODES = {"/Pages": "pages_replaced", "/Names": "names_changed", "/OCProperties": "layers_changed"}


@dataclass
class _Additions:
    """What later revisions added in the places where signatures go."""

    fields: set[Ref] = field(default_factory=set)
    annotations: set[Ref] = field(default_factory=set)


@dataclass(frozen=True)
class KnownSignature:
    """A signature of the file whose mathematics hold: what a later revision may add."""

    value: Ref
    field: Ref
    revision: int
    is_timestamp: bool


@dataclass(frozen=True)
class Changes:
    """``codes``: what was changed and may not be; ``later``: the allowed additions."""

    codes: tuple[str, ...]
    later: tuple[str, ...]


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
    return type(old) is type(new) and bool(old == new)


def raw(container: Any, key: str) -> Any:
    """``container[key]`` as written, a reference staying one; None when absent."""
    return dict.get(container, key) if isinstance(container, dict) else None


def resolved(value: Any) -> Any:
    """What a value leads to."""
    return value.get_object() if isinstance(value, generic.IndirectObject) else value


class RevisionComparison:
    """One signed revision against the newest one."""

    def __init__(self, reader: PdfFileReader, revision: int, known: list[KnownSignature]) -> None:
        self.reader = reader
        self.revision = revision
        self.last = reader.xrefs.total_revisions - 1
        self.known = known
        self.old: HistoricalResolver = reader.get_historical_resolver(revision)
        self.codes: dict[str, None] = {}
        self.later: dict[str, None] = {}
        self.additions = _Additions()
        self.roles: dict[Ref, str] = {}

    def run(self, *, is_locking: bool) -> Changes:
        """Compare; ``is_locking`` says that the signature forbids further ones."""
        if self.revision == self.last:
            return Changes((), ())
        self._assign_roles()
        touched, freed = self._touched()
        self._check_trailer()
        reached, dangling = self._walk_old()
        dss_only = self._dss_only(reached)
        for ref in touched | freed:
            self._check_object(ref, touched, reached, dangling, dss_only)
        self._check_additions()
        self._check_revisions_explained(is_locking=is_locking)
        return Changes(tuple(self.codes), tuple(self.later))

    def _flag(self, code: str) -> None:
        self.codes[code] = None

    def _touched(self) -> tuple[set[Ref], set[Ref]]:
        touched: set[Ref] = set()
        freed: set[Ref] = set()
        for later in range(self.revision + 1, self.last + 1):
            touched |= {key_of(ref) for ref in self.reader.xrefs.explicit_refs_in_revision(later)}
            freed |= {key_of(ref) for ref in self.reader.xrefs.refs_freed_in_revision(later)}
        return touched, freed

    def _existed(self, ref: Ref) -> bool:
        reference = generic.Reference(ref[0], ref[1], pdf=self.reader)
        return self.reader.xrefs.get_historical_ref(reference, self.revision) is not None

    def _old_object(self, ref: Ref) -> Any:
        return self.old.get_object(generic.Reference(ref[0], ref[1], pdf=self.old))

    def _new_object(self, ref: Ref) -> Any:
        return self.reader.get_object(generic.Reference(ref[0], ref[1], pdf=self.reader))

    # -- where signatures go -------------------------------------------------------------------------------------

    def _assign_roles(self) -> None:
        root = self.old.root
        self.roles[key_of(self.old.root_ref)] = "catalog"
        info = raw(self.old.trailer_view, "/Info")
        if isinstance(info, generic.IndirectObject):
            self.roles[key_of(info)] = "info"
        form = raw(root, "/AcroForm")
        if isinstance(form, generic.IndirectObject):
            self.roles[key_of(form)] = "form"
        fields = raw(resolved(form), "/Fields")
        if isinstance(fields, generic.IndirectObject):
            self.roles[key_of(fields)] = "fields"
        for item in resolved(fields) or ():
            entry = resolved(item)
            is_empty = isinstance(entry, dict) and entry.get("/FT") == "/Sig" and "/V" not in entry
            if isinstance(item, generic.IndirectObject) and is_empty and "/Kids" not in entry:
                self.roles[key_of(item)] = "empty_signature_field"
            elif isinstance(item, generic.IndirectObject) and _is_empty_text(entry):
                self.roles[key_of(item)] = "empty_text_field"
        for page in self._pages(raw(root, "/Pages")):
            self.roles.setdefault(key_of(page), "page")
            annotations = raw(page.get_object(), "/Annots")
            if isinstance(annotations, generic.IndirectObject):
                self.roles.setdefault(key_of(annotations), "annotations")

    def _pages(self, top: Any) -> Iterator[generic.IndirectObject]:
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
            else:
                yield node

    # -- the signed revision's graph -----------------------------------------------------------------------------

    def _walk_old(self) -> tuple[set[Ref], set[Ref]]:
        """Every object reachable in the signed revision but through /DSS, and the references that lead nowhere."""
        root_key = key_of(self.old.root_ref)
        reached: set[Ref] = {root_key}
        dangling: set[Ref] = set()
        catalog = {name: value for name, value in dict.items(self.old.root) if name != "/DSS"}
        trailer = {name: value for name, value in dict.items(self.old.trailer_view) if name != "/Root"}
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
                if not self._existed(ref):
                    dangling.add(ref)
                    continue
                reached.add(ref)
                if len(reached) > _LARGEST_GRAPH:
                    raise ValueError("object graph too large")
                waiting.append(self._old_object(ref))
            elif isinstance(value, dict):
                waiting.extend(dict.values(value))
            elif isinstance(value, list):
                waiting.extend(list.__iter__(value))

    def _dss_only(self, reached: set[Ref]) -> set[Ref]:
        store = raw(self.old.root, "/DSS")
        if store is None:
            return set()
        everything = set(reached)
        self._walk([store], everything, set())
        return everything - reached

    # -- judging -------------------------------------------------------------------------------------------------

    def _check_trailer(self) -> None:
        old = self.old.trailer_view
        new = self.reader.trailer.flatten()
        for name in (set(dict.keys(old)) | set(dict.keys(new))) - _TRAILER_PLUMBING:
            if not same(raw(old, name), raw(new, name)):
                self._flag("catalog_replaced" if name == "/Root" else "trailer_changed")
        before, after = raw(old, "/Info"), raw(new, "/Info")
        if not same(before, after):
            self._check_info(resolved(before) or {}, resolved(after) or {})

    def _check_info(self, old: Any, new: Any) -> None:
        if not isinstance(new, dict) or not isinstance(old, dict):
            self._flag("document_information_changed")
            return
        differing = {name for name in set(old) | set(new) if not same(raw(old, name), raw(new, name))}
        if differing - _INFO_UPDATES:
            self._flag("document_information_changed")

    def _check_object(
        self, ref: Ref, touched: set[Ref], reached: set[Ref], dangling: set[Ref], dss_only: set[Ref]
    ) -> None:
        if not self._existed(ref):
            if ref in dangling:
                self._flag("hidden_object_revealed")
            return
        if ref in dss_only:
            return
        if ref not in touched:
            self._flag("object_removed")
            return
        old, new = self._old_object(ref), self._new_object(ref)
        if same(old, new):
            return
        if self.roles.get(ref) == "empty_text_field":
            self._check_text_filled(ref, old, new)
            return
        judge = {
            "catalog": self._check_catalog,
            "info": self._check_info,
            "form": self._check_form,
            "fields": self._check_fields,
            "page": self._check_page,
            "annotations": self._check_annotations,
            "empty_signature_field": self._check_filled,
        }.get(self.roles.get(ref, ""))
        if judge is None:
            self._flag(self._describe(ref, old) if ref in reached else "object_changed")
        else:
            judge(old, new)

    def _check_catalog(self, old: Any, new: Any) -> None:
        if not isinstance(new, dict):
            self._flag("catalog_replaced")
            return
        for name in set(old) | set(new):
            before, after = raw(old, name), raw(new, name)
            if same(before, after) or name in _CATALOG_ADDITIONS:
                continue
            if name == "/AcroForm":
                self._check_form(resolved(before) or {}, resolved(after))
            else:
                self._flag(_CATALOG_CODES.get(name, "catalog_changed"))

    def _check_form(self, old: Any, new: Any) -> None:
        if not isinstance(new, dict):
            self._flag("form_changed")
            return
        is_new = not old
        for name in set(old) | set(new):
            before, after = raw(old, name), raw(new, name)
            if same(before, after) or name == "/SigFlags" or (name == "/NeedAppearances" and after is None):
                continue
            if name == "/Fields":
                self._check_fields(resolved(before) or [], resolved(after))
            elif not (is_new and name in ("/DR", "/DA")):
                self._flag("form_changed")

    def _check_fields(self, old: Any, new: Any) -> None:
        self._check_grown(old, new, self.additions.fields, "form_changed")

    def _check_annotations(self, old: Any, new: Any) -> None:
        self._check_grown(old, new, self.additions.annotations, "annotation_changed")

    def _check_grown(self, old: Any, new: Any, added: set[Ref], code: str) -> None:
        """A list may only grow, by references."""
        if not isinstance(new, list) or not isinstance(old, list) or len(new) < len(old):
            self._flag(code)
            return
        before, after = list(list.__iter__(old)), list(list.__iter__(new))
        if not all(same(a, b) for a, b in zip(before, after, strict=False)):
            self._flag(code)
            return
        for item in after[len(before) :]:
            if isinstance(item, generic.IndirectObject):
                added.add(key_of(item))
            else:
                self._flag(code)

    def _check_page(self, old: Any, new: Any) -> None:
        if not isinstance(new, dict):
            self._flag("page_content_changed")
            return
        for name in set(old) | set(new):
            before, after = raw(old, name), raw(new, name)
            if same(before, after):
                continue
            if name == "/Annots":
                self._check_annotations(resolved(before) or generic.ArrayObject(), resolved(after))
            else:
                self._flag("page_content_changed")

    def _check_filled(self, old: Any, new: Any) -> None:
        if not isinstance(new, dict):
            self._flag("form_changed")
            return
        differing = {name for name in set(old) | set(new) if not same(raw(old, name), raw(new, name))}
        value = raw(new, "/V")
        is_signed = isinstance(value, generic.IndirectObject) and any(
            key_of(value) == item.value for item in self.known
        )
        if differing - _FILLING_KEYS or not is_signed:
            self._flag("form_changed")

    def _check_text_filled(self, ref: Ref, old: Any, new: Any) -> None:
        """An empty field may be filled once, by the revision of a signature that thereby covers it, with a value and a
        drawing that is new: one that stood in the file unseen would be shown without having been signed as seen."""
        if not isinstance(new, dict):
            self._flag("form_field_changed")
            return
        differing = {name for name in set(old) | set(new) if not same(raw(old, name), raw(new, name))}
        touched = [
            later
            for later in range(self.revision + 1, self.last + 1)
            if ref in {key_of(one) for one in self.reader.xrefs.explicit_refs_in_revision(later)}
        ]
        is_signed = len(touched) == 1 and any(
            item.revision == touched[0] and not item.is_timestamp for item in self.known
        )
        look = resolved(raw(new, "/AP"))
        drawing = raw(look, "/N") if isinstance(look, dict) else None
        is_new = isinstance(drawing, generic.IndirectObject) and not self._existed(key_of(drawing))
        if differing != {"/V", "/AP"} or set(look or ()) != {"/N"} or not is_signed or not is_new:
            self._flag("form_field_changed")
        else:
            self.later["field_filled"] = None

    def _check_additions(self) -> None:
        for ref in self.additions.fields:
            self._check_new_field(ref)
        if self.additions.annotations - self.additions.fields:
            self._flag("annotation_added")

    def _check_new_field(self, ref: Ref) -> None:
        entry = self._new_object(ref)
        signature = next((item for item in self.known if item.field == ref), None)
        if not isinstance(entry, dict) or signature is None or signature.revision <= self.revision:
            self._flag("form_field_added")
            return
        if set(entry) - _SIGNATURE_FIELD_KEYS or entry.get("/FT") != "/Sig" or self._existed(ref):
            self._flag("form_field_added")
        if signature.is_timestamp and _is_visible(entry):
            self._flag("annotation_added")

    def _check_revisions_explained(self, *, is_locking: bool) -> None:
        for later in range(self.revision + 1, self.last + 1):
            here = [item for item in self.known if item.revision == later]
            for item in here:
                self.later["timestamp_added" if item.is_timestamp else "signature_added"] = None
                if is_locking and not item.is_timestamp:
                    self._flag("signature_after_lock")
            store = self._changes_validation_data(later)
            if store:
                self.later["validation_data_added"] = None
            if not here and not store:
                self._flag("unexplained_revision")

    def _changes_validation_data(self, revision: int) -> bool:
        now = self.reader.get_historical_resolver(revision)
        store = raw(now.root, "/DSS")
        if store is None:
            return False
        touched = {key_of(ref) for ref in self.reader.xrefs.explicit_refs_in_revision(revision)}
        if isinstance(store, generic.IndirectObject):
            return key_of(store) in touched
        return key_of(now.root_ref) in touched

    def _describe(self, ref: Ref, old: Any) -> str:
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


def _is_empty_text(entry: Any) -> bool:
    """Whether an object is a text field with its own place, and nothing in it yet."""
    is_field = isinstance(entry, dict) and entry.get("/FT") == "/Tx" and entry.get("/Subtype") == "/Widget"
    return bool(is_field and "/Kids" not in entry and "/AA" not in entry and not str(resolved(raw(entry, "/V")) or ""))


def _is_visible(entry: Any) -> bool:
    rectangle = resolved(raw(entry, "/Rect"))
    if not isinstance(rectangle, list) or len(rectangle) != 4:
        return False
    a, b, c, d = (float(item) for item in rectangle)
    return a != c and b != d
