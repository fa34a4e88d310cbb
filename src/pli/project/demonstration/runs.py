"""The demonstration's recipe, its printer, and a first print run: twenty invoices, as a small company's software prints
them in one go, a cover sheet before them, two of them for somebody the address book does not know."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from pli.capture.api import (
    PrinterSettings,
    Wishes,
    captures_for,
    create_printer,
    printer_address,
    printers_for,
    receive,
    set_printer_recipe,
)
from pli.documents.api import store_bytes
from pli.parties.api import Party, Role, StaffActor
from pli.pdf.api import typeset
from pli.processing.api import Recipe, RecipeWishes, recipes_for, save_recipe
from pli.project.demonstration.papers import COMPANY, make_invoice

RECIPE = "Factures clients (lot d’impression)"
PRINTER = "Pli – Factures du logiciel de gestion"
INVOICES = 20
_STRANGERS = {7: ["Garage Petit", "2 RUE DU PORT", "56100 LORIENT"], 15: ["Mme Odette Blanc", "17510 NERE"]}
_STEPS: tuple[dict[str, Any], ...] = (
    {"slug": "split", "options": {"by": "changing-text", "pattern": r"F2026-\d{4}"}},
    {
        "slug": "index",
        "options": {
            "rules": [
                {"field": "number", "how": "pattern", "pattern": r"(F2026-\d{4})", "page": 1},
                {"field": "date", "how": "anchor", "anchor": "Nantes, le", "side": "right", "page": 1},
                {"field": "total", "how": "anchor", "anchor": "Total TTC", "side": "right", "page": -1},
            ],
            "party_kinds": ["CLIENT"],
        },
    },
    {"slug": "pdfa", "options": {"part": "1b"}},
    {"slug": "seal", "options": {"is_visible": True}},
)


def make_runs(
    staff: Mapping[Role, StaffActor], parties: Mapping[str, Party], *, today: date
) -> tuple[dict[str, str], dict[str, str]]:
    """The recipe and its printer, and the run sent through it; the workers do the rest. Safe to repeat.

    What demo.json says of them: the recipe, the printer.
    """
    admin = staff[Role.ADMIN]
    recipe = recipes_for(admin).filter(name=RECIPE).first() or save_recipe(
        admin, RecipeWishes(name=RECIPE, kind="invoice", steps=_STEPS, needs_party=True)
    )
    printer = printers_for(admin).filter(name=PRINTER).first()
    if printer is None:
        printer = create_printer(admin, chosen=PrinterSettings(PRINTER, kind="invoice"), is_shared=True)
        set_printer_recipe(admin, printer.id, recipe.id)
    _send(admin, recipe, [parties[code] for code in ("C001", "C002", "C003", "C004")], today)
    told = {"name": printer.name, "uri": printer_address(admin, printer.id)}
    return {"id": str(recipe.id), "name": recipe.name}, told


def _send(admin: StaffActor, recipe: Recipe, clients: Sequence[Party], today: date) -> None:
    if captures_for(admin).filter(source_key="demonstration-run").exists():
        return
    receive(
        admin,
        channel="upload",
        stored=store_bytes([print_run(clients, today)]),
        file_name="factures de la semaine.pdf",
        source_key="demonstration-run",
        wishes=Wishes(kind="invoice", recipe_id=recipe.id),
    )


def print_run(clients: Sequence[Party], today: date) -> bytes:
    """The run's file: its cover sheet, then the invoices."""
    import pikepdf

    papers = [_cover(today)]
    for rank in range(1, INVOICES + 1):
        client = _STRANGERS.get(rank) or _address(clients[rank % len(clients)])
        papers.append(make_invoice(client, f"F2026-{rank + 200:04d}", today - timedelta(days=rank % 5)))
    whole = pikepdf.new()
    for paper in papers:
        with pikepdf.open(io.BytesIO(paper)) as one:
            whole.pages.extend(one.pages)
    out = io.BytesIO()
    whole.save(out)
    return out.getvalue()


def _cover(today: date) -> bytes:
    data = {
        "title": "Bordereau", "heading": "Bordereau d’impression", "reference": f"{INVOICES} factures",
        "company": COMPANY, "client": ["Service comptable"], "place_and_date": f"Nantes, le {today:%d/%m/%Y}",
        "opening": ["Page de garde du logiciel de gestion : elle n’appartient à aucune facture."],
        "lines": [], "totals": [], "articles": [], "signature": None,
    }  # fmt: skip
    return typeset("business_paper", data)


def _address(party: Party) -> list[str]:
    address = party.addresses.filter(is_main=True).first()
    return [
        party.name,
        *(address.lines if address else []),
        *([f"{address.postcode} {address.city}"] if address else []),
    ]
