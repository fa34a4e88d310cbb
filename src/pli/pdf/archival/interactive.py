"""What acts, moves or can change: programs, forms, annotations, layers, attachments."""

from __future__ import annotations

from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from pli.kit.errors import Phrase
from pli.pdf.archival.conversion import Conversion
from pli.pdf.archival.destinations import drop, is_allowed, settle_opening, settle_outlines, write_destination_here

_FROM_ROOT = ("/AA", "/Collection", "/Perms", "/Requirements", "/NeedsRendering", "/Legal", "/SpiderInfo", "/PieceInfo")
_FROM_PAGE = ("/AA", "/PresSteps", "/Trans", "/Dur", "/PieceInfo", "/Metadata")
_FACTUR_X = {"factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml", "cii-xrechnung.xml"}
# Print set; Invisible, Hidden, NoView and ToggleNoView clear (§6.5.3 of part 1, §6.3.2 of parts 2 and 3).
_PRINT, _UNSEEN = 4, 1 | 2 | 32 | 256
_MOST_FIELDS = 100_000


def is_signed(pdf: Pdf) -> bool:
    """Whether the file carries a signature, which any rewriting would break."""
    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, Dictionary):
        return False
    pending = _items(form.get("/Fields"))
    for _ in range(_MOST_FIELDS):
        if not pending:
            return False
        field = pending.pop()
        if field.get("/FT") == Name.Sig and isinstance(field.get("/V"), Dictionary):
            return True
        pending.extend(_items(field.get("/Kids")))
    return False


def settle_interaction(work: Conversion) -> None:
    """Draw forms and annotations into their pages, keep links, drop what acts."""
    pdf = work.pdf
    if any(True for page in pdf.pages for item in _annotations(page.obj) if not _is_link(item)):
        _draw_annotations(work)
    elif "/AcroForm" in pdf.Root:
        del pdf.Root["/AcroForm"]
    for page in pdf.pages:
        _settle_links(work, page.obj)
        drop(page.obj, _FROM_PAGE)
    _settle_root(work)
    settle_outlines(work)


def _items(value: Object | None) -> list[Object]:
    if not isinstance(value, Array):
        return []
    return [item for item in value.as_list() if isinstance(item, Dictionary)]


def _annotations(page: Object) -> list[Object]:
    return _items(page.get("/Annots"))


def _is_link(annotation: Object) -> bool:
    return annotation.get("/Subtype") == Name.Link


def _draw_annotations(work: Conversion) -> None:
    pdf = work.pdf
    for page in pdf.pages:
        for item in _annotations(page.obj):
            if _is_link(item):
                drop(item, ("/AP",))
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, Dictionary):
        drop(form, ("/XFA",))
        if form.get("/NeedAppearances", False) or _lacks_appearance(pdf):
            pdf.generate_appearance_streams()
    pdf.flatten_annotations("print")
    drop(pdf.Root, ("/AcroForm",))
    work.note("Champs de formulaire et annotations dessinés dans la page.")


def _lacks_appearance(pdf: Pdf) -> bool:
    return any(
        item.get("/Subtype") == Name.Widget and "/AP" not in item
        for page in pdf.pages
        for item in _annotations(page.obj)
    )


def _settle_links(work: Conversion, page: Object) -> None:
    if "/Annots" not in page:
        return
    kept = []
    for item in _annotations(page):
        if not _is_link(item):
            continue
        drop(item, ("/AA", "/PA", "/OC", "/CA", "/AP", "/BM"))
        write_destination_here(item)
        item.F = (int(item.get("/F", 0)) | _PRINT) & ~_UNSEEN
        if "/A" in item and not is_allowed(item.get("/A")):
            drop(item, ("/A",))
            work.note("Une action interdite a été retirée d’un lien.")
        kept.append(item)
    if kept:
        page.Annots = Array(kept)
    else:
        del page["/Annots"]


def _settle_root(work: Conversion) -> None:
    root = work.pdf.Root
    drop(root, _FROM_ROOT)
    settle_opening(work)
    names = root.get("/Names")
    if isinstance(names, Dictionary):
        if "/JavaScript" in names:
            work.note("Un programme (JavaScript) a été retiré.")
        drop(names, ("/JavaScript", "/AlternatePresentations", "/Renditions"))
    _settle_attachments(work)


def _settle_attachments(work: Conversion) -> None:
    pdf = work.pdf
    names = pdf.Root.get("/Names")
    tree = names.get("/EmbeddedFiles") if isinstance(names, Dictionary) else None
    if work.part == "3b" and isinstance(tree, Dictionary):
        _relate_attachments(work)
        return
    carried = list(pdf.attachments) if isinstance(tree, Dictionary) else []
    if any(name.lower() in _FACTUR_X for name in carried):
        work.refuse("le fichier porte une facture électronique (Factur-X) : choisissez PDF/A-3b pour cette nature")
        return
    for name in carried:
        work.note(Phrase("Pièce jointe retirée du fichier : %(name)s", name=name))
    if isinstance(tree, Dictionary) and isinstance(names, Dictionary):
        del names["/EmbeddedFiles"]
    for holder in (pdf.Root, *(page.obj for page in pdf.pages)):
        drop(holder, ("/AF",))
    # A file may be carried from anywhere else: a structure, an annotation.
    for item in pdf.objects:
        if isinstance(item, Dictionary) and "/EF" in item:
            del item["/EF"]


def _relate_attachments(work: Conversion) -> None:
    """Part 3 §6.8: each file says what it is to the document, and the document says it carries it."""
    related = []
    for name, spec in work.pdf.attachments.items():
        item = spec.obj
        item.Type = Name.Filespec
        for key in ("/F", "/UF"):
            if key not in item:
                item[key] = name
        if "/AFRelationship" not in item:
            item.AFRelationship = Name.Unspecified
        files = item.get("/EF")
        for stream in files.values() if isinstance(files, Dictionary) else ():
            if isinstance(stream, Stream) and "/Subtype" not in stream:
                stream.Subtype = Name("/application/octet-stream")
        related.append(item)
    if related and "/AF" not in work.pdf.Root:
        work.pdf.Root.AF = Array(related)
