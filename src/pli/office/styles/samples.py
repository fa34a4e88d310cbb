"""Sample words for the style page: the same few people as everywhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from pli.kit.clock import SYSTEM_CLOCK

COMPANY = {"name": "Menuiserie Duval", "colour": "#2f6f4f", "logo_url": ""}
PEOPLE = [
    {
        "id": "1",
        "name": "Julie Martin",
        "email": "julie.martin@exemple.fr",
        "mobile": "+33612345678",
        "organisation": "Dupont SARL",
    },
    {"id": "2", "name": "Paul Durand", "email": "paul.durand@exemple.fr", "mobile": "", "organisation": "Dupont SARL"},
    {
        "id": "3",
        "name": "Zoé Le Goff",
        "email": "zoe.legoff@exemple.fr",
        "mobile": "",
        "organisation": "Atelier Breizh",
    },
]
PAGE_TEXT = "Devis 2026-041\nFourniture et pose d’un escalier en chêne.\nTotal TTC : 4 860,00 €"
DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def everything() -> dict[str, Any]:
    """The things the components show."""
    now = SYSTEM_CLOCK.now()
    return {
        "now": now,
        "two_hours": now - timedelta(hours=2, minutes=5),
        "yesterday": now - timedelta(days=1),
        "long_ago": now - timedelta(days=40),
        "today": now.date(),
        "people": PEOPLE[:2],
        "names": [person["name"] for person in PEOPLE],
        "digest": DIGEST,
        "steps": [_("Papiers"), _("Personnes"), _("Emplacements"), _("Envoi")],
        "tabs": [
            {"title": _("Document"), "url": "#document", "current": True, "count": None},
            {"title": _("Signataires"), "url": "#signers", "current": False, "count": 2},
            {"title": _("Preuve"), "url": "#proof", "current": False, "count": None},
        ],
        "facts": [
            (_("Client"), "Dupont SARL"),
            (_("Montant TTC"), "4 860,00 €"),
            (_("Numéro de preuve"), "PLI-7K2M-94QX", _("À communiquer pour vérifier le document.")),
            (_("Remplace"), ""),
        ],
        "rows": [
            {
                "id": "a",
                "title": _("Devis 2026-041"),
                "client": "Dupont SARL",
                "tone": "waiting",
                "word": _("Attend Julie Martin"),
                "at": now - timedelta(hours=2),
            },
            {
                "id": "b",
                "title": _("Contrat de maintenance"),
                "client": "Atelier Breizh",
                "tone": "signed",
                "word": _("Signé"),
                "at": now - timedelta(days=1),
            },
            {
                "id": "c",
                "title": _("Avenant no 3, chantier des Quatre-Chemins"),
                "client": "Société des Eaux du Val",
                "tone": "refused",
                "word": _("Refusé"),
                "at": now - timedelta(days=3),
            },
            {
                "id": "d",
                "title": _("Facture F-2026-118"),
                "client": "Dupont SARL",
                "tone": "active",
                "word": _("Scellement en cours"),
                "at": now - timedelta(minutes=4),
            },
        ],
        "events": [
            {"at": now - timedelta(days=2), "title": _("Demande envoyée"), "who": "Alice Moreau", "tone": "idle"},
            {
                "at": now - timedelta(days=1),
                "title": _("Page de signature ouverte"),
                "who": "Julie Martin",
                "tone": "active",
            },
            {
                "at": now - timedelta(hours=3),
                "title": _("Signé"),
                "who": "Julie Martin",
                "tone": "signed",
                "detail": _("Code reçu par SMS"),
            },
            {"at": now - timedelta(hours=2), "title": _("Attend Paul Durand"), "tone": "waiting"},
        ],
    }


def portal() -> dict[str, Any]:
    """What a client sees."""
    now = SYSTEM_CLOCK.now()
    return {
        "portal_places": [
            {"title": _("Mes documents"), "url": "#documents", "current": True, "count": 0},
            {"title": _("À signer"), "url": "#sign", "current": False, "count": 1},
            {"title": _("Factures"), "url": "#invoices", "current": False, "count": 0},
        ],
        "rows": [
            {
                "title": _("Devis 2026-041"),
                "tone": "waiting",
                "word": _("Attend votre signature"),
                "at": now - timedelta(hours=2),
            },
            {"title": _("Facture F-2026-118"), "tone": "idle", "word": _("Nouveau"), "at": now - timedelta(days=1)},
            {
                "title": _("Contrat de maintenance"),
                "tone": "signed",
                "word": _("Signé"),
                "at": now - timedelta(days=12),
            },
        ],
    }


def verdict() -> dict[str, Any]:
    """What the verify page says of an intact document."""
    return {
        "facts": [
            (_("Scellé par"), "Menuiserie Duval"),
            (_("Signataires"), "Julie Martin, Paul Durand"),
            (_("Empreinte"), DIGEST, _("Le résumé chiffré du fichier : un seul octet changé en donne un autre.")),
        ]
    }
