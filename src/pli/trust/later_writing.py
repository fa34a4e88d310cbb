"""What may be written into a signed file afterwards, place by place: catalogue, form, lists of fields and annotations,
pages, empty fields. Whatever these rules do not name is a change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pyhanko.pdf_utils import generic

from pli.trust.objects import Ref, is_visible, key_of, raw, resolved, same
from pli.trust.properties import tells_the_same
from pli.trust.signed_revision import SignedRevision
from pli.trust.tagging import StructureGrowth

_INFO_UPDATES = frozenset(("/ModDate", "/Producer"))
_CATALOG_ADDITIONS = frozenset(("/DSS", "/Extensions", "/Version"))
_SIGNATURE_FIELD_KEYS = frozenset(
    ("/FT", "/T", "/TU", "/TM", "/Type", "/Subtype", "/F", "/Ff", "/Rect", "/P", "/V", "/AP", "/AS", "/Lock", "/SV",
     "/MK", "/DA", "/BS", "/Border", "/NM", "/M", "/StructParent",
     # How it answers a pointer, and resources that nothing of it uses: it has a drawing of its own.
     "/H", "/DR")
)  # fmt: skip
_WIDGET_KEYS = (_SIGNATURE_FIELD_KEYS | {"/Parent"}) - {"/FT", "/T", "/V", "/Ff", "/Lock", "/SV"}
_PAGE_NODE_KEYS = frozenset(("/Type", "/Parent", "/Kids", "/Count", "/Resources", "/MediaBox", "/CropBox", "/Rotate"))
# What a page says of the structure, when it had none: in which order one goes through its fields, and its number there.
_TAGGING = frozenset(("/Tabs", "/StructParents"))
_PLAIN = (generic.TextStringObject, generic.ByteStringObject, generic.NameObject, generic.NumberObject)
_FILLING_KEYS = frozenset(("/V", "/AP", "/MK", "/F", "/M", "/DA"))
_FRAME = ("/XObject", "/FRM")
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


class Judge:
    """Collects ``codes`` (changes) and ``later`` (allowed additions) while places are shown to it."""

    def __init__(self, signed: SignedRevision, known: list[KnownSignature]) -> None:
        self.signed = signed
        self.known = known
        self.codes: dict[str, None] = {}
        self.later: dict[str, None] = {}
        self.additions = _Additions()
        self.structure = StructureGrowth(signed)

    def judge_place(self, role: str, ref: Ref, old: Any, new: Any) -> bool:
        """Judge an object in a place of its own; False when the place is none in which anything may be written."""
        if role == "empty_text_field":
            self._check_text_filled(ref, old, new)
            return True
        check = {
            "catalog": self._check_catalog,
            "info": self.check_info,
            "form": self._check_form,
            "fields": self._check_fields,
            "metadata": self._check_metadata,
            "page": self._check_page,
            "page_node": self._check_page_node,
            "structure": self._check_structure,
            "annotations": self._check_annotations,
            "empty_signature_field": self._check_filled,
        }.get(role)
        if check is not None:
            check(old, new)
        return check is not None

    def flag(self, code: str) -> None:
        """Note a change."""
        self.codes[code] = None

    def check_info(self, old: Any, new: Any) -> None:
        """The document information: software refreshes its date."""
        if not isinstance(new, dict) or not isinstance(old, dict):
            self.flag("document_information_changed")
            return
        differing = {name for name in set(old) | set(new) if not same(raw(old, name), raw(new, name))}
        if differing - _INFO_UPDATES:
            self.flag("document_information_changed")

    def _check_metadata(self, old: Any, new: Any) -> None:
        """The same in XMP; a file that had none is given what it says of itself elsewhere."""
        info = resolved(raw(self.signed.old.trailer_view, "/Info"))
        told = dict.values(info) if isinstance(info, dict) else ()
        known = frozenset(str(resolved(value)) for value in told)
        if not tells_the_same(old, new, known):
            self.flag("document_information_changed")

    def _check_catalog(self, old: Any, new: Any) -> None:
        if not isinstance(new, dict):
            self.flag("catalog_replaced")
            return
        for name in set(old) | set(new):
            before, after = raw(old, name), raw(new, name)
            if same(before, after) or name in _CATALOG_ADDITIONS:
                continue
            if name == "/AcroForm":
                self._check_form(resolved(before) or {}, resolved(after))
            elif name == "/Metadata":
                self._check_metadata(resolved(before), resolved(after))
            elif name != "/StructTreeRoot" or not self.structure.is_grown_root(resolved(before), resolved(after)):
                self.flag(_CATALOG_CODES.get(name, "catalog_changed"))

    def _check_form(self, old: Any, new: Any) -> None:
        if not isinstance(new, dict):
            self.flag("form_changed")
            return
        for name in set(old) | set(new):
            before, after = raw(old, name), raw(new, name)
            if same(before, after) or name == "/SigFlags" or (name == "/NeedAppearances" and after is None):
                continue
            if name == "/Fields":
                self._check_fields(resolved(before) or [], resolved(after))
            elif name == "/DR" and before is not None:
                self._check_form_resources(resolved(before), resolved(after))
            elif not (name in ("/DR", "/DA") and before is None and self.signed.has_only_signatures):
                self.flag("form_changed")

    def _check_form_resources(self, old: Any, new: Any) -> None:
        """What fields are drawn with, should a reader draw them anew: none is changed, and one is only added to a form
        that has nothing but signatures, whose drawings are their own.

        ``/XObject /FRM`` is where older programs keep the frame of the last signature: no field is drawn with it.
        """
        if not isinstance(old, dict) or not isinstance(new, dict):
            self.flag("form_changed")
            return
        for kind in set(old) | set(new):
            before, after = resolved(raw(old, kind)), resolved(raw(new, kind))
            if same(before, after) or kind == "/ProcSet":
                continue
            if not isinstance(before or {}, dict) or not isinstance(after, dict):
                self.flag("form_changed")
                continue
            kept = {name: value for name, value in dict.items(before or {}) if (kind, name) != _FRAME}
            gained = {name for name in set(after) - set(before or ()) if (kind, name) != _FRAME}
            is_kept = all(same(value, raw(after, name)) for name, value in kept.items())
            if not is_kept or (gained and not self.signed.has_only_signatures):
                self.flag("form_changed")

    def _check_fields(self, old: Any, new: Any) -> None:
        self._check_grown(old, new, self.additions.fields, "form_changed")

    def _check_annotations(self, old: Any, new: Any) -> None:
        self._check_grown(old, new, self.additions.annotations, "annotation_changed")

    def _check_grown(self, old: Any, new: Any, added: set[Ref], code: str) -> None:
        """A list may only grow, by references; at any place, for some programs put theirs first."""
        if not isinstance(new, list) or not isinstance(old, list):
            self.flag(code)
            return
        kept = list(list.__iter__(old))
        for item in list.__iter__(new):
            if kept and same(kept[0], item):
                kept.pop(0)
            elif isinstance(item, generic.IndirectObject):
                added.add(key_of(item))
            else:
                self.flag(code)
        if kept:
            self.flag(code)

    def _check_page(self, old: Any, new: Any) -> None:
        if not isinstance(new, dict):
            self.flag("page_content_changed")
            return
        for name in set(old) | set(new):
            before, after = raw(old, name), raw(new, name)
            if same(before, after):
                continue
            if name in _TAGGING and before is None:
                continue
            if name == "/Annots":
                self._check_annotations(resolved(before) or generic.ArrayObject(), resolved(after))
            elif name != "/Resources" or not same(resolved(before), resolved(after)):  # The same, written elsewhere.
                self.flag("page_content_changed")

    def _check_structure(self, old: Any, new: Any) -> None:
        if not self.structure.is_grown(old, new):
            self.flag("structure_changed")

    def _check_page_node(self, old: Any, new: Any) -> None:
        """A node between the pages: a program may leave its own name there."""
        if not isinstance(new, dict):
            self.flag("pages_replaced")
            return
        for name in set(old) | set(new):
            is_private = name not in _PAGE_NODE_KEYS and isinstance(raw(new, name), _PLAIN)
            if not same(raw(old, name), raw(new, name)) and not is_private:
                self.flag("pages_replaced")

    def _check_filled(self, old: Any, new: Any) -> None:
        if not isinstance(new, dict):
            self.flag("form_changed")
            return
        differing = {name for name in set(old) | set(new) if not same(raw(old, name), raw(new, name))}
        value = raw(new, "/V")
        is_signed = isinstance(value, generic.IndirectObject) and any(
            key_of(value) == item.value for item in self.known
        )
        if differing - _FILLING_KEYS or not is_signed:
            self.flag("form_changed")

    def _check_text_filled(self, ref: Ref, old: Any, new: Any) -> None:
        """An empty field may be filled once, by the revision of a signature that thereby covers it, with a value and a
        drawing that is new: one that stood in the file unseen would be shown without having been signed as seen."""
        if not isinstance(new, dict):
            self.flag("form_field_changed")
            return
        differing = {name for name in set(old) | set(new) if not same(raw(old, name), raw(new, name))}
        touched = [
            later
            for later in self.signed.later_numbers
            if ref in {key_of(one) for one in self.signed.reader.xrefs.explicit_refs_in_revision(later)}
        ]
        is_signed = len(touched) == 1 and any(
            item.revision == touched[0] and not item.is_timestamp for item in self.known
        )
        look = resolved(raw(new, "/AP"))
        drawing = raw(look, "/N") if isinstance(look, dict) else None
        is_new = isinstance(drawing, generic.IndirectObject) and not self.signed.existed(key_of(drawing))
        if differing != {"/V", "/AP"} or set(look or ()) != {"/N"} or not is_signed or not is_new:
            self.flag("form_field_changed")
        else:
            self.later["field_filled"] = None

    def check_additions(self, *, is_certified: bool) -> None:
        """What grew the lists: each one a signature's own field, and no other annotation."""
        for ref in self.additions.fields:
            self._check_new_field(ref, is_certified=is_certified)
        widgets = {widget for ref in self.additions.fields for widget in self._widgets(ref)}
        if self.additions.annotations - self.additions.fields - widgets:
            self.flag("annotation_added")
        if self.structure.spoken_of - self.additions.fields - widgets or not self.structure.keeps_numbers():
            self.flag("structure_changed")

    def _widgets(self, field: Ref) -> list[Ref]:
        """The objects that show a new field, where they are apart from it (ISO 32000-1 §12.7.3.1)."""
        kids = resolved(raw(self.signed.new_object(field), "/Kids"))
        items = list(list.__iter__(kids)) if isinstance(kids, list) else []
        return [key_of(item) for item in items if isinstance(item, generic.IndirectObject)]

    def _check_new_field(self, ref: Ref, *, is_certified: bool) -> None:
        entry = self.signed.new_object(ref)
        signature = next((item for item in self.known if item.field == ref), None)
        if not isinstance(entry, dict) or signature is None or signature.revision <= self.signed.number:
            self.flag("form_field_added")
            return
        widgets = self._widgets(ref)
        known = _SIGNATURE_FIELD_KEYS | {"/Kids"} if len(widgets) == 1 else _SIGNATURE_FIELD_KEYS
        if set(entry) - known or entry.get("/FT") != "/Sig" or self.signed.existed(ref):
            self.flag("form_field_added")
        is_shown = is_visible(entry)
        for widget in widgets:
            shown = self.signed.new_object(widget)
            if not self._is_widget_of(ref, shown) or self.signed.existed(widget):
                self.flag("form_field_added")
            is_shown = is_shown or is_visible(shown)
        if signature.is_timestamp and is_shown:
            self.flag("annotation_added")
        elif is_certified and is_shown:
            self.flag("drawn_over_certification")

    def _is_widget_of(self, field: Ref, entry: Any) -> bool:
        parent = raw(entry, "/Parent")
        return (
            (parent is None or (isinstance(parent, generic.IndirectObject) and key_of(parent) == field))
            and isinstance(entry, dict)
            and entry.get("/Subtype") == "/Widget"
            and not set(entry) - _WIDGET_KEYS
        )
