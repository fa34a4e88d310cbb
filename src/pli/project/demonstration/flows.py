"""The demonstration's other flows: suppliers' invoices from the scanner, delivery notes, payslips.

Each has its recipe, its layouts, and papers that went through them. One supplier and one employee are strangers, so
that somebody is asked.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pli.capture.api import Wishes, captures_for, receive
from pli.documents.api import store_bytes
from pli.parties.api import Party, Role, StaffActor
from pli.pdf.api import render_page
from pli.processing.api import LayoutWishes, Recipe, RecipeWishes, layouts_for, recipes_for, save_layout, save_recipe
from pli.project.demonstration.layouts import (
    LAYOUTS,
    make_delivery_note,
    make_payslip,
    make_stranger_invoice,
    make_supplier_invoice,
)

_SCAN_WIDTH = 2480
"""Pixels: A4 at 300 dots an inch, as copiers are set."""
_MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
           "décembre")  # fmt: skip


@dataclass(frozen=True)
class Flow:
    """A recipe, and how its papers come in."""

    key: str
    name: str
    kind: str
    steps: tuple[dict[str, Any], ...]
    file_name: str
    asks_below: int = 0
    needs_party: bool = True
    is_scan: bool = False


FLOWS = (
    Flow(
        "suppliers",
        "Factures fournisseurs (scanner)",
        "invoice",
        (
            {"slug": "ocr", "options": {}},
            {"slug": "split", "options": {"by": "blank"}},
            {"slug": "index", "options": {"party_kinds": ["SUPPLIER"]}},
            {"slug": "pdfa", "options": {"part": "2b"}},
        ),
        "scan du matin.pdf",
        asks_below=60,
        is_scan=True,
    ),
    Flow(
        "deliveries",
        "Bons de livraison",
        "delivery-note",
        (
            {"slug": "ocr", "options": {}},
            {"slug": "split", "options": {"by": "changing-text", "pattern": r"N° de bon\s*:\s*(BL-\d+)"}},
            {"slug": "index", "options": {"party_kinds": ["SUPPLIER"]}},
            {"slug": "pdfa", "options": {"part": "1b"}},
        ),
        "bons de livraison.pdf",
    ),
    Flow(
        "payslips",
        "Bulletins de paie",
        "payslip",
        (
            {"slug": "split", "options": {"by": "changing-text", "pattern": r"Matricule\s*:\s*(\w{2,})"}},
            {"slug": "index", "options": {"party_kinds": ["EMPLOYEE"]}},
            {"slug": "pdfa", "options": {"part": "1b"}},
            {"slug": "seal", "options": {}},
        ),
        "paie du mois.pdf",
    ),
)


def make_flows(staff: Mapping[Role, StaffActor], parties: Mapping[str, Party], *, today: date) -> list[dict[str, str]]:
    """Layouts, recipes, and one file sent through each; the workers do the rest. Safe to repeat.

    What demo.json says of the recipes.
    """
    admin = staff[Role.ADMIN]
    _make_layouts(admin, parties)
    told = []
    for flow in FLOWS:
        recipe = recipes_for(admin).filter(name=flow.name).first() or save_recipe(
            admin,
            RecipeWishes(
                name=flow.name,
                kind=flow.kind,
                steps=flow.steps,
                needs_party=flow.needs_party,
                asks_below=flow.asks_below,
            ),
        )
        _send(admin, flow, recipe, today)
        told.append({"id": str(recipe.id), "name": recipe.name})
    return told


def _make_layouts(admin: StaffActor, parties: Mapping[str, Party]) -> None:
    known = set(layouts_for(admin).values_list("name", flat=True))
    for layout in LAYOUTS:
        if layout["name"] in known:
            continue
        party = parties.get(layout["party_code"])
        wishes = LayoutWishes(
            name=layout["name"],
            kind=layout["kind"],
            party_id=party.id if party else None,
            keywords=layout["keywords"],
            rules=layout["rules"],
        )
        save_layout(admin, wishes)


def _send(admin: StaffActor, flow: Flow, recipe: Recipe, today: date) -> None:
    key = f"demonstration-{flow.key}"
    if captures_for(admin).filter(source_key=key).exists():
        return
    papers = _papers(flow, today)
    content = _scan(papers) if flow.is_scan else _join(papers)
    receive(
        admin,
        channel="upload",
        stored=store_bytes([content]),
        file_name=flow.file_name,
        source_key=key,
        wishes=Wishes(kind=flow.kind, recipe_id=recipe.id),
    )


def _papers(flow: Flow, today: date) -> list[bytes]:
    if flow.key == "suppliers":
        return [
            make_supplier_invoice("PO-26118", today - timedelta(days=3)),
            make_stranger_invoice("2026-0417", today - timedelta(days=2)),
            make_supplier_invoice("PO-26131", today - timedelta(days=1)),
        ]
    if flow.key == "deliveries":
        return [make_delivery_note(number, today) for number in ("BL-8841", "BL-8846")]
    period = f"{_MONTHS[today.month - 1]} {today.year}"
    return [make_payslip(code, name, period) for code, name in (("S001", "Karim Benali"), ("S002", "Léa Fontaine"))]


def _join(papers: Sequence[bytes]) -> bytes:
    import pikepdf

    whole = pikepdf.new()
    for paper in papers:
        with pikepdf.open(io.BytesIO(paper)) as one:
            whole.pages.extend(one.pages)
    out = io.BytesIO()
    whole.save(out)
    return out.getvalue()


def _scan(papers: Sequence[bytes]) -> bytes:
    """Pictures of the papers with a blank sheet between them, as they come from the copier's glass."""
    from PIL import Image

    sheets: list[Image.Image] = []
    with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
        for paper in papers:
            Path(file.name).write_bytes(paper)
            picture = Image.open(io.BytesIO(render_page(Path(file.name), 1, width_px=_SCAN_WIDTH))).convert("L")
            sheets += [picture, Image.new("L", picture.size, 252)] if paper is not papers[-1] else [picture]
    out = io.BytesIO()
    sheets[0].save(out, "PDF", resolution=300, save_all=True, append_images=sheets[1:], quality=80)
    return out.getvalue()
