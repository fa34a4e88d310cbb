"""A PDF's objects as plain Python values, read once. Runs in the sandbox only.

qpdf writes the whole structure as JSON (version 2) faster than it can be walked object by object, and plain values
can't surprise: no lazy parsing, no recursion, no native object behind them. In that form ``"/Name"`` is a name,
``"u:…"`` and ``"b:…"`` are strings, ``"12 0 R"`` is a reference.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from typing import Any

import pikepdf

from pli.pdf.errors import DamagedPdf, PdfTooLarge

_REFERENCE = re.compile(r"\d+ \d+ R\Z")
Node = Any


class Structure:
    """Every object of a file, with references resolved on demand."""

    def __init__(self, pdf: pikepdf.Pdf, *, max_objects: int) -> None:
        if len(pdf.objects) > max_objects:
            raise PdfTooLarge(reason="objects")
        written = io.BytesIO()
        pdf.write_qpdf_json(written, json_stream_data=pikepdf.JSONStreamData.none)
        try:
            told = json.loads(written.getbuffer().tobytes())["qpdf"][1]
        except (ValueError, RecursionError, KeyError, IndexError):
            raise DamagedPdf(reason="structure") from None
        self._values: dict[str, Node] = {}
        self.streams: dict[str, dict[str, Node]] = {}
        for key, entry in told.items():
            name = key.removeprefix("obj:")
            if "stream" in entry:
                self.streams[name] = entry["stream"].get("dict") or {}
                self._values[name] = self.streams[name]
            else:
                self._values[name] = entry.get("value")
        self.trailer: dict[str, Node] = as_dict(self._values.pop("trailer", None))
        self.root: dict[str, Node] = self.entries(self.trailer.get("/Root"))

    def get(self, node: Node) -> Node:
        """What ``node`` stands for: itself, or the object it refers to (``None`` when that does not exist)."""
        for _ in range(16):
            if not (isinstance(node, str) and _REFERENCE.match(node)):
                return node
            node = self._values.get(node)
        return None

    def entries(self, node: Node) -> dict[str, Node]:
        """The dictionary ``node`` stands for; empty when it is something else."""
        return as_dict(self.get(node))

    def items(self, node: Node) -> list[Node]:
        """The array ``node`` stands for; a lone value counts as an array of one, nothing as empty."""
        value = self.get(node)
        if value is None:
            return []
        return value if isinstance(value, list) else [value]

    def text(self, node: Node) -> str:
        """A string or a name as text; empty when it is neither."""
        value = self.get(node)
        if not isinstance(value, str):
            return ""
        if value.startswith("u:"):
            return value[2:]
        if value.startswith("b:"):
            return bytes.fromhex(value[2:]).decode("latin-1")
        return value.lstrip("/") if value.startswith("/") else value

    def number(self, node: Node, default: float = 0) -> float:
        """A number; ``default`` when it is none."""
        value = self.get(node)
        return value if isinstance(value, int | float) and not isinstance(value, bool) else default

    def stream_of(self, node: Node) -> str | None:
        """The object number of the stream ``node`` refers to."""
        return node if isinstance(node, str) and node in self.streams else None

    def reachable(self) -> Iterator[dict[str, Node]]:
        """Every dictionary that the trailer leads to, each once, without recursion."""
        seen: set[str] = set()
        pending: list[Node] = [self.trailer]
        while pending:
            node = pending.pop()
            if isinstance(node, str):
                if not _REFERENCE.match(node) or node in seen:
                    continue
                seen.add(node)
                node = self._values.get(node)
            if isinstance(node, dict):
                yield node
                pending.extend(node.values())
            elif isinstance(node, list):
                pending.extend(node)

    def name_tree(self, node: Node) -> Iterator[tuple[str, Node]]:
        """The entries of a name tree (ISO 32000-2 §7.9.6), cycles cut."""
        seen: set[int] = set()
        pending = [node]
        while pending:
            branch = self.entries(pending.pop())
            if id(branch) in seen:
                continue
            seen.add(id(branch))
            pairs = self.items(branch.get("/Names"))
            for index in range(0, len(pairs) - 1, 2):
                yield self.text(pairs[index]), pairs[index + 1]
            pending.extend(self.items(branch.get("/Kids")))

    def form_fields(self) -> Iterator[dict[str, Node]]:
        """The terminal fields of the form, with what they inherit (§12.7.4), cycles cut."""
        form = self.entries(self.root.get("/AcroForm"))
        seen: set[int] = set()
        pending: list[tuple[Node, dict[str, Node]]] = [(field, {}) for field in self.items(form.get("/Fields"))]
        while pending:
            node, inherited = pending.pop()
            field = self.entries(node)
            if id(field) in seen:
                continue
            seen.add(id(field))
            own: dict[str, Node] = {key: field[key] for key in ("/FT", "/Ff", "/V") if key in field}
            merged: dict[str, Node] = {**inherited, **own}
            kids = [kid for kid in self.items(field.get("/Kids")) if "/T" in self.entries(kid)]
            if kids:
                pending.extend((kid, merged) for kid in kids)
            else:
                yield {**field, **merged}


def as_dict(node: Node) -> dict[str, Node]:
    """``node`` if it is a dictionary, else an empty one."""
    return node if isinstance(node, dict) else {}
