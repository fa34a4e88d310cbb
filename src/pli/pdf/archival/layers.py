"""Layers (optional content, ISO 32000-1 §8.11): the file keeps what it shows by default, and no switch."""

from __future__ import annotations

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Stream

from pli.pdf.archival.conversion import Conversion
from pli.pdf.archival.walk import Content, find_all


def settle_layers(work: Conversion) -> None:
    """Cut out what is hidden by default, then drop the layers themselves."""
    properties = work.pdf.Root.get("/OCProperties")
    if not isinstance(properties, Dictionary):
        return
    hidden = _hidden_groups(properties)
    found = find_all(work.pdf)
    for drawn in (*found.images, *found.forms):
        if "/OC" in drawn:
            layer = drawn.OC
            del drawn["/OC"]
            if _is_hidden(layer, hidden):
                _empty(drawn)
    if hidden:
        for content in found.contents:
            _cut(content, hidden)
        work.note("Un calque masqué a été retiré ; ce qui se voyait est gardé.")
    del work.pdf.Root["/OCProperties"]
    work.note("Calques réunis en une seule page fixe.")


def _hidden_groups(properties: Object) -> set[tuple[int, int]]:
    default = properties.get("/D")
    if not isinstance(default, Dictionary):
        return set()
    groups = _places(properties.get("/OCGs"))
    hidden = groups if str(default.get("/BaseState")) == "/OFF" else set()
    return (hidden - _places(default.get("/ON"))) | _places(default.get("/OFF"))


def _places(groups: Object | None) -> set[tuple[int, int]]:
    return {item.objgen for item in groups.as_list()} if isinstance(groups, Array) else set()


def _is_hidden(layer: Object, hidden: set[tuple[int, int]]) -> bool:
    if not isinstance(layer, Dictionary):
        return False
    if str(layer.get("/Type")) != "/OCMD":
        return layer.objgen in hidden
    members = layer.get("/OCGs")
    states = [
        item.objgen not in hidden
        for item in (members.as_list() if isinstance(members, Array) else [members])
        if isinstance(item, Dictionary)
    ]
    if not states:
        return False
    policy = str(layer.get("/P", "/AnyOn"))
    seen = {"/AllOn": all(states), "/AnyOff": not all(states), "/AllOff": not any(states)}.get(policy, any(states))
    return not seen


def _empty(drawn: Object) -> None:
    if drawn.get("/Subtype") == Name.Image:
        for key in [key for key in drawn.keys() if key not in ("/Type", "/Length")]:  # noqa: SIM118 - not a dict
            del drawn[key]
        drawn.Subtype, drawn.BBox, drawn.Resources = Name.Form, Array([0, 0, 0, 0]), Dictionary()
    drawn.write(b"")


def _cut(content: Content, hidden: set[tuple[int, int]]) -> None:
    names = content.resources.get("/Properties")
    if not isinstance(names, Dictionary) or not content.streams:
        return
    off = {key for key, layer in names.items() if _is_hidden(layer, hidden)}
    operators = content.read() or b""
    if not any(key[1:].encode() in operators for key in off):
        return
    streams = [stream for stream in content.streams if isinstance(stream, Stream)]
    joined = pikepdf.Pdf.new()
    whole = joined.make_stream(operators)
    kept = []
    depth = 0
    for instruction in pikepdf.parse_content_stream(whole):
        operator = str(instruction.operator)
        if depth:
            depth += operator in ("BDC", "BMC")
            depth -= operator == "EMC"
            continue
        if operator == "BDC" and str(instruction.operands[0]) == "/OC" and str(instruction.operands[1]) in off:
            depth = 1
            continue
        kept.append(instruction)
    streams[0].write(pikepdf.unparse_content_stream(kept))
    for rest in streams[1:]:
        rest.write(b"")
