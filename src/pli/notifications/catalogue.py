"""Every message Pli can write: its fields, what it needs, its button, how long it is of use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pli.notifications.defaults import DEFAULTS
from pli.notifications.merge import CODE, LINK, canonical

# How a field is written on screen, and the value shown in a preview. Order is that of the screen.
FIELDS: dict[str, tuple[str, str]] = {
    "societe": ("société", "Atelier Mercier"),
    "expediteur": ("expéditeur", "Alice Mercier"),
    "destinataire": ("destinataire", "Julie Martin"),
    "signataire": ("signataire", "Julie Martin"),
    "document": ("document", "Devis 2026-041"),
    "message": ("message", "Voici le devis dont nous avons parlé hier.\nBonne lecture !"),
    "date_limite": ("date_limite", "5 décembre 2026"),
    "lien": ("lien", "https://pli.exemple.fr/s/abcdefghijklmnopqrstuv"),
    "code": ("code", "482913"),
    "validite": ("validité", "5 minutes"),
    "motif": ("motif", "Le montant ne correspond pas à notre accord."),
    "numero_preuve": ("numéro_preuve", "PV-7K3M-Q9TX-2B4D-8HNC"),
    "date": ("date", "21 novembre 2026"),
}
_ALWAYS = ("societe", "expediteur", "destinataire", "date")
_ABOUT_A_SIGNATURE = (*_ALWAYS, "signataire", "document", "message", "date_limite")
THREE_DAYS, ONE_HOUR, TEN_MINUTES = timedelta(days=3), timedelta(hours=1), timedelta(minutes=10)


@dataclass(frozen=True)
class NoticeKind:
    """One kind of message. ``needs`` are the fields without which it would be useless."""

    slug: str
    name: str | Promise
    button_fr: str = ""
    button_en: str = ""
    fields: tuple[str, ...] = _ALWAYS
    needs: frozenset[str] = field(default_factory=frozenset)
    useful_for: timedelta = THREE_DAYS

    def button(self, language: str) -> str:
        """The word on the button of ``#lien#``."""
        return self.button_en if language == "en" else self.button_fr

    def has_channel(self, channel: str) -> bool:
        """Whether Pli has a wording of it for that channel."""
        return (self.slug, channel, "fr") in DEFAULTS


_LINK, _CODE = frozenset({LINK}), frozenset({CODE})
_KINDS = (
    NoticeKind(
        "signature.invitation", _("Demande de signature"), "Lire et signer", "Read and sign",
        (*_ABOUT_A_SIGNATURE, LINK), _LINK,
    ),
    NoticeKind("signature.code_email", _("Code à usage unique, par e-mail"),
               fields=(*_ALWAYS, "signataire", "document", "validite", CODE), needs=_CODE, useful_for=TEN_MINUTES),
    NoticeKind("signature.code_sms", _("Code à usage unique, par SMS"),
               fields=(*_ALWAYS, "signataire", "document", "validite", CODE), needs=_CODE, useful_for=TEN_MINUTES),
    NoticeKind("signature.reminder", _("Rappel de signature"), "Lire et signer", "Read and sign",
               (*_ABOUT_A_SIGNATURE, LINK), _LINK),
    NoticeKind("signature.completed", _("Document signé"), "Voir le document", "See the document",
               (*_ABOUT_A_SIGNATURE, "numero_preuve", LINK)),
    NoticeKind("quote.ordered", _("Commande reçue"), "Voir la commande", "See the order",
               (*_ALWAYS, "signataire", "document", "message", "numero_preuve", LINK)),
    NoticeKind("signature.refused", _("Signature refusée"), "Voir la demande", "See the request",
               (*_ABOUT_A_SIGNATURE, "motif", "numero_preuve", LINK)),
    NoticeKind("signature.refused_goes_on", _("Signature refusée, la demande continue"), "Voir la demande",
               "See the request", (*_ABOUT_A_SIGNATURE, "motif", "numero_preuve", LINK)),
    NoticeKind("signature.approval", _("Demande d’approbation"), "Lire et répondre", "Read and answer",
               (*_ABOUT_A_SIGNATURE, LINK), _LINK),
    NoticeKind("signature.copy", _("Copie d’un document signé"), "Vérifier le document", "Verify the document",
               (*_ABOUT_A_SIGNATURE, LINK)),
    NoticeKind("signature.delegated", _("Signataire remplacé"), "Voir la demande", "See the request",
               (*_ABOUT_A_SIGNATURE, "motif", LINK)),
    NoticeKind("signature.in_person", _("Signature à recueillir sur place"), "Ouvrir la demande", "Open the request",
               (*_ABOUT_A_SIGNATURE, LINK)),
    NoticeKind("signature.expired", _("Demande de signature expirée"), "Voir la demande", "See the request",
               (*_ABOUT_A_SIGNATURE, LINK)),
    NoticeKind("signature.list_stopped", _("Envoi en nombre arrêté"), "Voir l’envoi", "See the sending",
               (*_ALWAYS, "document", "motif", LINK)),
    NoticeKind("signature.form_paused", _("Formulaire public à l’arrêt"), "Voir le formulaire", "See the form",
               (*_ALWAYS, "document", "motif", LINK)),
    NoticeKind("signature.withdrawn", _("Demande de signature retirée"), fields=(*_ABOUT_A_SIGNATURE, "motif")),
    NoticeKind("portal.activation", _("Ouverture de l’espace client"), "Ouvrir mon espace", "Open my space",
               (*_ALWAYS, "date_limite", "message", LINK), _LINK),
    NoticeKind("portal.document_available", _("Document disponible dans l’espace client"), "Voir le document",
               "See the document", (*_ALWAYS, "document", "message", LINK)),
    NoticeKind("staff.invitation", _("Invitation d’un collaborateur"), "Rejoindre l’organisation",
               "Join the organisation", (*_ALWAYS, "date_limite", "message", LINK), _LINK),
    NoticeKind("api.webhook_disabled", _("Notifications automatiques suspendues"), "Voir les réglages",
               "See the settings", (*_ALWAYS, "document", LINK)),
    NoticeKind("gateway.refused", _("Courriel refusé par la passerelle"), "Voir le courriel", "See the e-mail",
               (*_ALWAYS, "document", "motif", LINK)),
    NoticeKind("gateway.undelivered", _("Courriel non remis"), "Voir le courriel", "See the e-mail",
               (*_ALWAYS, "document", "motif", "message", LINK)),
    NoticeKind("gateway.mobiles", _("Numéros de mobile à donner"), "Donner les numéros", "Give the numbers",
               (*_ALWAYS, "document", "message", "date_limite", LINK), _LINK),
    NoticeKind("gateway.tracked", _("Réponse à un envoi suivi"), "Voir l’envoi", "See the sending",
               (*_ALWAYS, "document", "motif", "message", LINK)),
    NoticeKind("billing.balance_low", _("Compte prépayé bientôt épuisé"), "Voir le compte", "See the account",
               (*_ALWAYS, "document", "message", LINK)),
    NoticeKind("billing.balance_empty", _("Compte prépayé épuisé"), "Voir le compte", "See the account",
               (*_ALWAYS, "document", "message", LINK)),
    NoticeKind("account.password_reset", _("Nouveau mot de passe"), "Choisir un mot de passe", "Choose a password",
               (*_ALWAYS, LINK), _LINK, useful_for=ONE_HOUR),
)  # fmt: skip
KINDS: dict[str, NoticeKind] = {kind.slug: kind for kind in _KINDS}
SECRET_FIELDS = frozenset({LINK, CODE})
LANGUAGES = ("fr", "en")


def kind_of(slug: str) -> NoticeKind:
    """The kind called ``slug``.

    :raises ValueError: when Pli writes no such message.
    """
    if slug not in KINDS:
        raise ValueError(f"no notice is called {slug!r}")
    return KINDS[slug]


def shown(name: str) -> str:
    """A field as people write it: ``#société#``."""
    return f"#{FIELDS[canonical(name)][0]}#"
