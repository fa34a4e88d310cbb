"""Taking out of a PDF what can act or change, keeping what is seen. Runs in the sandbox only."""

from __future__ import annotations

from collections.abc import Iterable

import pikepdf
from pikepdf import Array, Dictionary, Name, Object

from pli.pdf.archival.conversion import Conversion
from pli.pdf.archival.layers import settle_layers
from pli.pdf.errors import UnableToFlatten
from pli.pdf.lint import is_factur_x
from pli.pdf.structure import Structure

_KEPT_ACTIONS = {"/GoTo", "/URI", "/Named"}
_DROPPED_FROM_ROOT = ("/AA", "/OCProperties", "/Collection", "/Threads", "/Perms", "/Requirements", "/NeedsRendering")
_WEB = ("http://", "https://", "mailto:", "tel:")
# Those that neither act nor cover anything stay; the rest is drawn into the page, or dropped if it has no appearance.
_KEPT_ANNOTATIONS = {"/Link"}
_DROPPED_ANNOTATIONS = {"/Popup", "/Movie", "/Sound", "/Screen", "/3D", "/RichMedia", "/FileAttachment"}


def flatten(pdf: pikepdf.Pdf, structure: Structure, *, signature_count: int) -> None:
    """Change ``pdf`` in memory.

    :raises UnableToFlatten: it carries a signature, which any rewriting would break.
    """
    if signature_count:
        raise UnableToFlatten()
    _empty_signature_fields(pdf)
    _drop_multimedia(pdf)
    if "/AcroForm" in pdf.Root:
        if "/XFA" in pdf.Root.AcroForm:
            del pdf.Root.AcroForm["/XFA"]
        pdf.generate_appearance_streams()
    _mark_links(pdf)
    pdf.flatten_annotations("screen")
    if "/AcroForm" in pdf.Root:
        del pdf.Root["/AcroForm"]
    settle_layers(Conversion(pdf, "2b"))  # What was hidden stays hidden once the switches are gone.
    _clean_root(pdf, structure)
    for page in pdf.pages:
        _drop(page.obj, ("/AA", "/PresSteps"))
        _clean_links(page.obj)
    _clean_everywhere(pdf.objects)


def _annotations(page: Object) -> list[Object]:
    annotations = page.get("/Annots")
    if not isinstance(annotations, Array):
        return []
    return [item for item in annotations.as_list() if isinstance(item, Dictionary)]


def _empty_signature_fields(pdf: pikepdf.Pdf) -> None:
    """An empty place for a signature has nothing to draw: its widget goes."""
    for page in pdf.pages:
        kept = [item for item in _annotations(page.obj) if item.get("/FT") != Name.Sig]
        if "/Annots" in page.obj:
            page.obj.Annots = Array(kept)


def _drop_multimedia(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        if "/Annots" in page.obj:
            page.obj.Annots = Array(
                [item for item in _annotations(page.obj) if str(item.get("/Subtype")) not in _DROPPED_ANNOTATIONS]
            )


def _mark_links(pdf: pikepdf.Pdf) -> None:
    """Links have no appearance worth drawing; without one, the flattening leaves them where they are."""
    for page in pdf.pages:
        for item in _annotations(page.obj):
            if str(item.get("/Subtype")) in _KEPT_ANNOTATIONS:
                _drop(item, ("/AP",))


def _clean_links(page: Object) -> None:
    kept = []
    for item in _annotations(page):
        if str(item.get("/Subtype")) not in _KEPT_ANNOTATIONS:
            continue
        _drop(item, ("/AA", "/PA", "/OC"))
        if "/A" in item and not _is_harmless(item.get("/A")):
            continue
        kept.append(item)
    if "/Annots" in page:
        if kept:
            page.Annots = Array(kept)
        else:
            del page["/Annots"]


def _is_harmless(action: Object | None) -> bool:
    if not isinstance(action, Dictionary) or str(action.get("/S")) not in _KEPT_ACTIONS:
        return False
    if "/Next" in action:
        del action["/Next"]
    if action.get("/S") == Name.URI:
        address = str(action.get("/URI", "")).strip().lower()
        return address.startswith(_WEB) or (":" not in address and not address.startswith(("\\", "/")))
    return True


def _clean_root(pdf: pikepdf.Pdf, structure: Structure) -> None:
    _drop(pdf.Root, _DROPPED_FROM_ROOT)
    opening = pdf.Root.get("/OpenAction")
    if isinstance(opening, Dictionary) and opening.get("/S") != Name.GoTo:
        del pdf.Root["/OpenAction"]
    kept = {
        name
        for name, spec in structure.name_tree(structure.entries(structure.root.get("/Names")).get("/EmbeddedFiles"))
        if is_factur_x(structure, spec)
    }
    for name in list(pdf.attachments):
        if name not in kept:
            del pdf.attachments[name]
    if not kept:
        _drop(pdf.Root, ("/AF",))
        for page in pdf.pages:
            _drop(page.obj, ("/AF",))
    names = pdf.Root.get("/Names")
    if isinstance(names, Dictionary):
        _drop(names, ("/JavaScript", "/AlternatePresentations", "/Renditions"))
        if not kept:
            _drop(names, ("/EmbeddedFiles",))


def _clean_everywhere(objects: Iterable[Object]) -> None:
    """Actions in outlines and wherever else: emptied in place, so that no reference dangles."""
    for item in objects:
        if isinstance(item, pikepdf.Stream):
            _drop(item.stream_dict, ("/OC", "/Alternates", "/OPI"))
        elif isinstance(item, Dictionary):
            _clean_dictionary(item, depth=0)
        elif isinstance(item, Array):
            for entry in item.as_list():
                if isinstance(entry, Dictionary) and not entry.is_indirect:
                    _clean_dictionary(entry, depth=0)


def _clean_dictionary(item: Object, depth: int) -> None:
    if "/AA" in item:
        del item["/AA"]
    if "/A" in item and isinstance(item.get("/A"), Dictionary) and "/S" in item["/A"] and not _is_harmless(item["/A"]):
        del item["/A"]
    if "/JS" in item:
        del item["/JS"]
    if str(item.get("/S")) in ("/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/GoToR", "/GoToE", "/Thread"):
        _drop(item, tuple(key for key in list(item.keys()) if key != "/Type"))
    if depth < 8:
        for value in item.values():
            if isinstance(value, Dictionary) and not value.is_indirect:
                _clean_dictionary(value, depth + 1)


def _drop(item: Object, keys: Iterable[str]) -> None:
    for key in keys:
        if key in item:
            del item[key]
