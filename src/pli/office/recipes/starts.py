"""Ready-made recipes to start from: what most companies do with a kind of paper, to be adjusted on a sample."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pli.documents.api import kinds_of
from pli.office.recipes.drafts import Draft, DraftStep, find_installed
from pli.parties.api import StaffActor

Text = str | Promise
NUMBER_AFTER = r"(?:[Ff]acture|FACTURE)\s*(?:[Nn]°|[Nn]uméro)?\s*:?\s*([A-Z]{0,4}[-/]?\d[\w/-]{2,})"
DELIVERY_AFTER = r"(?:[Bb]on de livraison|BON DE LIVRAISON|BL)\s*(?:[Nn]°)?\s*:?\s*([A-Z]{0,4}[-/]?\d[\w/-]{2,})"
EMPLOYEE_AFTER = r"[Mm]atricule\s*:?\s*(\w{2,})"


@dataclass(frozen=True)
class Start:
    """One of them. ``steps``: (slug, options); those of steps that are not installed are left out."""

    slug: str
    title: Text
    text: Text
    icon: str
    kind: str
    steps: tuple[tuple[str, Mapping[str, Any]], ...] = ()
    asks_below: int = 0
    needs_party: bool = False


STARTS: tuple[Start, ...] = (
    Start(
        "printed-invoices",
        _("Factures imprimées en lot"),
        _("Le logiciel imprime toutes les factures d’un coup : elles sont séparées par leur numéro, lues et scellées."),
        "printer",
        "invoice",
        (
            ("split", {"by": "changing-text", "pattern": NUMBER_AFTER, "joins_previous": True}),
            ("index", {"party_kinds": ["CLIENT"]}),
            ("pdfa", {"part": "1b"}),
            ("seal", {}),
        ),
    ),
    Start(
        "scanned-suppliers",
        _("Factures fournisseurs scannées"),
        _("Les pages du scanner sont reconnues, séparées par une page blanche, et le fournisseur est retrouvé."),
        "scan",
        "invoice",
        (
            ("ocr", {}),
            ("split", {"by": "blank"}),
            ("identify", {}),
            ("index", {"party_kinds": ["SUPPLIER"]}),
            ("pdfa", {"part": "2b"}),
        ),
        asks_below=80,
        needs_party=True,
    ),
    Start(
        "delivery-notes",
        _("Bons de livraison"),
        _("Imprimés ou scannés, séparés par leur numéro et rangés chez le client."),
        "truck-delivery",
        "delivery-note",
        (
            ("ocr", {}),
            ("split", {"by": "changing-text", "pattern": DELIVERY_AFTER, "joins_previous": True}),
            ("index", {"party_kinds": ["CLIENT"]}),
            ("pdfa", {"part": "1b"}),
        ),
    ),
    Start(
        "payslips",
        _("Bulletins de paie"),
        _("Le fichier de la paie est séparé par matricule ; chaque bulletin est scellé pour son salarié."),
        "users",
        "payslip",
        (
            ("split", {"by": "changing-text", "pattern": EMPLOYEE_AFTER, "joins_previous": True}),
            ("index", {"party_kinds": ["EMPLOYEE"]}),
            ("pdfa", {"part": "1b"}),
            ("seal", {}),
        ),
        needs_party=True,
    ),
    Start("empty", _("Vide"), _("Aucune étape : vous choisissez tout."), "file-plus", "other"),
)


def find_start(slug: str) -> Start | None:
    """The ready-made recipe of that name."""
    return next((start for start in STARTS if start.slug == slug), None)


def draft_from(start: Start, actor: StaffActor) -> Draft:
    """The draft it begins with."""
    kinds = {kind.slug for kind in kinds_of(actor.organisation_id)}
    installed = [(slug, dict(options)) for slug, options in start.steps if find_installed(slug) is not None]
    return Draft(
        name="" if start.slug == "empty" else str(start.title),
        kind=start.kind if start.kind in kinds else "other",
        asks_below=start.asks_below,
        needs_party=start.needs_party,
        steps=tuple(DraftStep(at, slug, options) for at, (slug, options) in enumerate(installed)),
    )
