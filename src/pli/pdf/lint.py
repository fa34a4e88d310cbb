"""The search for what a signer can't see or what could change after signing. Runs in the sandbox only.

Two passes: page by page for what stands on pages (so that a finding names its page), then every dictionary the trailer
leads to, because an action can hide in places no list of places names (outlines, fields, structure, private data).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from urllib.parse import urlsplit

from pli.pdf.findings import Finding, FindingCode, note
from pli.pdf.structure import Node, Structure

MAX_FINDINGS = 300
_MAX_POINTS = 14_400  # ISO 32000-2 annex C: what viewers accept

_ACTIONS = {
    "/JavaScript": FindingCode.JAVASCRIPT,
    "/Launch": FindingCode.LAUNCH,
    "/SubmitForm": FindingCode.SUBMIT_FORM,
    "/ImportData": FindingCode.IMPORT_DATA,
    "/GoToR": FindingCode.GOTO_REMOTE,
    "/GoToE": FindingCode.GOTO_REMOTE,
    "/Thread": FindingCode.GOTO_REMOTE,
    "/ResetForm": FindingCode.OTHER_ACTION,
    "/Hide": FindingCode.OTHER_ACTION,
    "/SetOCGState": FindingCode.OTHER_ACTION,
    "/Rendition": FindingCode.MULTIMEDIA,
    "/Movie": FindingCode.MULTIMEDIA,
    "/Sound": FindingCode.MULTIMEDIA,
    "/GoTo3DView": FindingCode.MULTIMEDIA,
    "/RichMediaExecute": FindingCode.MULTIMEDIA,
}
_MULTIMEDIA_ANNOTATIONS = {"/Movie", "/Sound", "/Screen", "/3D", "/RichMedia", "/PS3D"}
_QUIET_ANNOTATIONS = {"/Link", "/Popup", "/Widget", "/PrinterMark", "/TrapNet"}
_WEB_SCHEMES = {"http", "https", "mailto", "tel"}
_FACTUR_X_NAMES = {"factur-x.xml", "zugferd-invoice.xml", "xrechnung.xml", "order-x.xml", "cii-xrechnung.xml"}
_READ_ONLY, _HIDDEN_FLAGS = 1, 0b100010  # Ff bit 1; annotation flags Hidden (2) and NoView (6)


def find_all(structure: Structure, pages: list[dict[str, Node]]) -> list[Finding]:
    """Every finding, without repeats, blocking ones first, at most :data:`MAX_FINDINGS`."""
    found: dict[Finding, None] = {}
    seen_in_pages: set[FindingCode] = set()
    for number, page in enumerate(pages, start=1):
        for finding in _on_page(structure, page, number):
            if len(found) < MAX_FINDINGS:
                found[finding] = None
            seen_in_pages.add(finding.code)
    for finding in (*_in_catalogue(structure), *_in_form(structure), *_anywhere(structure, seen_in_pages)):
        found[finding] = None
    return sorted(found, key=lambda finding: (not finding.is_blocking, finding.code, finding.page or 0))


def _on_page(structure: Structure, page: dict[str, Node], number: int) -> Iterator[Finding]:
    yield from _automatic(structure, page.get("/AA"), number, "page")
    for item in structure.items(page.get("/Annots")):
        annotation = structure.entries(item)
        kind = structure.get(annotation.get("/Subtype"))
        yield from _automatic(structure, annotation.get("/AA"), number, "annotation")
        yield from _action(structure, annotation.get("/A"), number)
        yield from _annotation(structure, annotation, kind, number)


def _annotation(structure: Structure, annotation: dict[str, Node], kind: Node, number: int) -> Iterator[Finding]:
    if kind in _MULTIMEDIA_ANNOTATIONS:
        yield note(FindingCode.MULTIMEDIA, number, str(kind)[1:])
    elif kind == "/FileAttachment":
        yield note(FindingCode.EMBEDDED_FILE, number, _file_name(structure, annotation.get("/FS")))
    elif kind == "/Text":
        yield note(FindingCode.COMMENT, number)
    elif kind == "/Widget":
        if structure.get(annotation.get("/FT")) != "/Sig" and _is_invisible(structure, annotation):
            yield note(FindingCode.FORM_FIELD_HIDDEN, number, structure.text(annotation.get("/T")))
    elif kind not in _QUIET_ANNOTATIONS:
        yield note(FindingCode.ANNOTATION_OVERLAY, number, structure.text(annotation.get("/Subtype")))


def _is_invisible(structure: Structure, annotation: dict[str, Node]) -> bool:
    if int(structure.number(annotation.get("/F"))) & _HIDDEN_FLAGS:
        return True
    sides = [structure.number(side) for side in structure.items(annotation.get("/Rect"))]
    return len(sides) != 4 or abs(sides[2] - sides[0]) < 1 or abs(sides[3] - sides[1]) < 1


def _automatic(structure: Structure, node: Node, number: int | None, where: str) -> Iterator[Finding]:
    """Additional actions (§12.6.3): run by opening, showing, entering; a contract needs none."""
    actions = structure.entries(node)
    if not actions:
        return
    yield note(FindingCode.AUTOMATIC_ACTION, number, where)
    for action in actions.values():
        yield from _action(structure, action, number)


def _action(structure: Structure, node: Node, number: int | None) -> Iterator[Finding]:
    action = structure.entries(node)
    kind = structure.get(action.get("/S"))
    if kind in _ACTIONS:
        yield note(_ACTIONS[kind], number)
    elif kind == "/URI":
        yield _link(structure, action, number)


def _link(structure: Structure, action: dict[str, Node], number: int | None) -> Finding:
    address = structure.text(action.get("/URI")).strip()
    try:
        scheme = urlsplit(address).scheme.lower()
    except ValueError:
        scheme = "?"
    if scheme in _WEB_SCHEMES or (scheme == "" and not address.startswith(("\\", "//", "/"))):
        return note(FindingCode.WEB_LINK, number)
    return note(FindingCode.UNSAFE_LINK, number, address)


def _in_catalogue(structure: Structure) -> Iterator[Finding]:
    root = structure.root
    opening = structure.get(root.get("/OpenAction"))
    if isinstance(opening, dict) and structure.get(opening.get("/S")) not in ("/GoTo", None):
        yield note(FindingCode.AUTOMATIC_ACTION, None, "open")
        yield from _action(structure, opening, None)
    yield from _automatic(structure, root.get("/AA"), None, "document")
    names = structure.entries(root.get("/Names"))
    if any(True for _ in structure.name_tree(names.get("/JavaScript"))):
        yield note(FindingCode.JAVASCRIPT)
    yield from _attachments(structure, names)
    yield from _layers(structure)


def _attachments(structure: Structure, names: dict[str, Node]) -> Iterator[Finding]:
    files = {name: spec for name, spec in structure.name_tree(names.get("/EmbeddedFiles"))}
    specs = [*files.values(), *structure.items(structure.root.get("/AF"))]
    reported: set[str] = set()
    for spec in specs:
        name = _file_name(structure, spec)
        if name in reported:
            continue
        reported.add(name)
        yield note(FindingCode.FACTUR_X if is_factur_x(structure, spec) else FindingCode.EMBEDDED_FILE, None, name)
    if "/Collection" in structure.root:
        yield note(FindingCode.EMBEDDED_FILE, None, "portfolio")


def is_factur_x(structure: Structure, spec: Node) -> bool:
    """Whether a file specification is a Factur-X attachment, by its name and its place (Factur-X 1.0 §6.2)."""
    return _file_name(structure, spec).lower() in _FACTUR_X_NAMES


def _file_name(structure: Structure, spec: Node) -> str:
    entries = structure.entries(spec)
    return structure.text(entries.get("/UF")) or structure.text(entries.get("/F"))


def _layers(structure: Structure) -> Iterator[Finding]:
    """Optional content (§8.11): hidden by default, or shown on one device and not the other."""
    properties = structure.entries(structure.root.get("/OCProperties"))
    if not properties:
        return
    default = structure.entries(properties.get("/D"))
    hidden = structure.get(default.get("/BaseState")) in ("/OFF", "/Unchanged") or structure.items(default.get("/OFF"))
    for group in structure.items(properties.get("/OCGs")):
        usage = structure.entries(structure.entries(group).get("/Usage"))
        for purpose, key in (("/Print", "/PrintState"), ("/View", "/ViewState"), ("/Export", "/ExportState")):
            if structure.get(structure.entries(usage.get(purpose)).get(key)) == "/OFF":
                hidden = True
    yield note(FindingCode.OPTIONAL_CONTENT_HIDDEN if hidden else FindingCode.OPTIONAL_CONTENT)


def _in_form(structure: Structure) -> Iterator[Finding]:
    form = structure.entries(structure.root.get("/AcroForm"))
    if "/XFA" in form:
        yield note(FindingCode.XFA)
    if structure.get(structure.root.get("/NeedsRendering")) is True:
        yield note(FindingCode.XFA_DYNAMIC)
    for field in structure.form_fields():
        name = structure.text(field.get("/T"))
        yield from _automatic(structure, field.get("/AA"), None, f"field {name}")
        if structure.get(field.get("/FT")) == "/Sig":
            if not structure.entries(field.get("/V")):
                yield note(FindingCode.EMPTY_SIGNATURE_FIELD, None, name)
        elif int(structure.number(field.get("/Ff"))) & _READ_ONLY:
            yield note(FindingCode.READ_ONLY_FORM)
        else:
            yield note(FindingCode.FORM_OVERLAY, None, name)


def _anywhere(structure: Structure, seen_in_pages: set[FindingCode]) -> Iterator[Finding]:
    """What no page and no list of the catalogue showed."""
    found: set[FindingCode] = set()
    for node in structure.reachable():
        kind = node.get("/S")
        if isinstance(kind, str) and kind in _ACTIONS:
            found.add(_ACTIONS[kind])
        if "/JS" in node and kind in (None, "/JavaScript", "/Rendition"):
            found.add(FindingCode.JAVASCRIPT)
        if kind == "/URI" and _link(structure, node, None).is_blocking:
            found.add(FindingCode.UNSAFE_LINK)
        subtype = node.get("/Subtype")
        if subtype == "/Image" and "/Alternates" in node:
            found.add(FindingCode.ALTERNATE_IMAGE)
        if subtype == "/PS" or (subtype == "/Form" and node.get("/Subtype2") == "/PS"):
            found.add(FindingCode.POSTSCRIPT)
        if subtype == "/Form" and "/Ref" in node:
            found.add(FindingCode.EXTERNAL_STREAM)
        if "/FFilter" in node or ("/Length" in node and isinstance(structure.get(node.get("/F")), dict | str)):
            found.add(FindingCode.EXTERNAL_STREAM)
        if _lacks_font(node):
            found.add(FindingCode.FONT_NOT_EMBEDDED)
    yield from (note(code) for code in sorted(found - seen_in_pages))


def _lacks_font(node: dict[str, Node]) -> bool:
    """A font without its program: a descriptor without a file, or one of the fourteen standard fonts."""
    if node.get("/Type") == "/FontDescriptor":
        return not node.keys() & {"/FontFile", "/FontFile2", "/FontFile3"}
    return node.get("/Subtype") in ("/Type1", "/TrueType") and "/FontDescriptor" not in node


def find_signatures(structure: Structure) -> tuple[int, int | None, list[Finding]]:
    """How many signatures the file carries, the level of its certification, and what that forbids (§12.8.2).

    Level 1 allows no change at all, 2 form filling and signing, 3 annotations too; ``None`` when it is not certified.
    """
    count, level, findings = 0, None, []
    if certification := structure.entries(structure.entries(structure.root.get("/Perms")).get("/DocMDP")):
        level = _permission(structure, certification, "/DocMDP", default=2)
        if level == 1:
            findings.append(note(FindingCode.CERTIFIED_NO_CHANGE))
    for field in structure.form_fields():
        value = structure.entries(field.get("/V"))
        if structure.get(field.get("/FT")) != "/Sig" or not value:
            continue
        count += 1
        if _locks_everything(structure, field, value):
            findings.append(note(FindingCode.SIGNATURES_LOCKED, None, structure.text(field.get("/T"))))
    if count:
        findings.append(note(FindingCode.ALREADY_SIGNED, None, str(count)))
    return count, level, findings


def _permission(structure: Structure, signature: dict[str, Node], method: str, *, default: int | None) -> int | None:
    for reference in structure.items(signature.get("/Reference")):
        entries = structure.entries(reference)
        if structure.get(entries.get("/TransformMethod")) == method:
            parameters = structure.entries(entries.get("/TransformParams"))
            if "/P" in parameters or default is not None:
                return int(structure.number(parameters.get("/P"), default or 0))
    return None


def _locks_everything(structure: Structure, field: dict[str, Node], signature: dict[str, Node]) -> bool:
    """A field lock with P=1 (ISO 32000-2 table 236), in the field or as applied in the signature's references."""
    if structure.number(structure.entries(field.get("/Lock")).get("/P"), 9) == 1:
        return True
    return _permission(structure, signature, "/FieldMDP", default=None) == 1


def page_boxes(structure: Structure, pages: list[dict[str, Node]]) -> tuple[list[list[float]], list[Finding]]:
    """Each page's displayed width, height and rotation, and the findings for those that can't be."""
    sizes, findings = [], []
    for number, page in enumerate(pages, start=1):
        inherited = _inherited(structure, page)
        media = _rectangle(structure, inherited.get("/MediaBox")) or (0.0, 0.0, 612.0, 792.0)
        crop = _rectangle(structure, inherited.get("/CropBox")) or media
        left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
        right, top = min(media[2], crop[2]), min(media[3], crop[3])
        width, height = right - left, top - bottom
        if width < 1 or height < 1:  # An empty intersection: viewers fall back to the media box.
            width, height = media[2] - media[0], media[3] - media[1]
        if not (3 <= width <= _MAX_POINTS and 3 <= height <= _MAX_POINTS):
            findings.append(note(FindingCode.PAGE_SIZE, number, f"{width:.0f} × {height:.0f} pt"))
            width, height = min(max(width, 3.0), _MAX_POINTS), min(max(height, 3.0), _MAX_POINTS)
        rotation = int(structure.number(inherited.get("/Rotate")) // 90 * 90) % 360
        if rotation in (90, 270):
            width, height = height, width
        sizes.append([round(width, 3), round(height, 3), rotation])
    return sizes, findings


def _inherited(structure: Structure, page: dict[str, Node]) -> dict[str, Node]:
    merged: dict[str, Node] = {}
    node, steps = page, 0
    while node and steps < 64:
        for key in ("/MediaBox", "/CropBox", "/Rotate"):
            if key in node and key not in merged:
                merged[key] = node[key]
        node, steps = structure.entries(node.get("/Parent")), steps + 1
    return merged


def _rectangle(structure: Structure, node: Node) -> tuple[float, float, float, float] | None:
    sides = [structure.number(side, math.nan) for side in structure.items(node)]
    if len(sides) != 4 or not all(math.isfinite(side) for side in sides):
        return None
    return min(sides[0], sides[2]), min(sides[1], sides[3]), max(sides[0], sides[2]), max(sides[1], sides[3])
