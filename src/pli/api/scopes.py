"""What a token may be allowed to do."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

SCOPES: dict[str, Promise] = {
    "documents:read": _("Consulter les documents et leurs envois"),
    "documents:write": _("Modifier les métadonnées et le classement"),
    "captures:write": _("Déposer des documents, suivre et confirmer ce qui arrive"),
    "recipes:read": _("Consulter les recettes"),
    "recipes:write": _("Créer et modifier les recettes"),
    "runs:read": _("Suivre les lots"),
    "runs:write": _("Annuler, relancer et compléter les lots"),
    "printers:read": _("Consulter les imprimantes, et l’adresse de celles où l’on peut imprimer"),
    "printers:write": _("Créer et modifier les imprimantes, renouveler leur adresse"),
    "sources:read": _("Consulter les sources de numérisation"),
    "sources:write": _("Créer et modifier les sources de numérisation"),
    "mails:read": _("Consulter ce qu’on a envoyé par courriel"),
    "parties:read": _("Consulter clients, salariés et fournisseurs"),
    "parties:write": _("Créer et modifier clients, salariés et fournisseurs"),
    "ceremonies:read": _("Suivre les demandes de signature"),
    "ceremonies:write": _("Demander des signatures"),
    "quotes:read": _("Suivre les devis"),
    "quotes:write": _("Envoyer et retirer des devis"),
    "billing:read": _("Consulter le compte prépayé, les prix et les factures"),
    "billing:write": _("Créditer les comptes, pour qui gère l’installation"),
    "seal:read": _("Consulter le cachet"),
    "seal:write": _("Changer le cachet, pour un administrateur"),
    "events:read": _("Lire le journal"),
    "local-outbox:read": _("Lire la boîte d’envoi locale, liens et codes compris (essai)"),
    "webhooks:write": _("Gérer les notifications automatiques"),
}
