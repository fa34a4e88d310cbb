"""The forms of Réglages › API."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from pli.api.api import SCOPES

LIFETIMES = (("30", _("30 jours")), ("90", _("90 jours")), ("365", _("un an")), ("", _("sans fin")))

# What each public event says, in the words of the screens; a test holds this list and the API's together.
EVENTS = {
    "documents.document-filed": _("Un document est classé"),
    "documents.document-published": _("Un document paraît dans un portail"),
    "documents.document-moved": _("Un document change de répertoire"),
    "documents.facts-changed": _("Les métadonnées d’un document changent"),
    "capture.capture-filed": _("Un fichier reçu devient un document"),
    "capture.capture-parked": _("Un fichier reçu attend quelqu’un"),
    "signing.ceremony-sent": _("Une demande de signature part"),
    "signing.signer-opened": _("Un signataire ouvre son lien"),
    "signing.signer-signed": _("Un signataire signe"),
    "signing.signer-refused": _("Un signataire refuse"),
    "signing.ceremony-completed": _("Une demande de signature est terminée, les fichiers sont scellés"),
    "signing.ceremony-refused": _("Une demande de signature se termine par un refus"),
    "signing.ceremony-expired": _("Une demande de signature dépasse sa date limite"),
    "signing.ceremony-withdrawn": _("Une demande de signature est retirée"),
    "signing.seal-failed": _("Un scellement a besoin de quelqu’un"),
    "delivery.delivery-handed": _("Un document est confié à un transporteur"),
    "delivery.delivery-made": _("Un envoi est remis"),
    "delivery.delivery-failed": _("Un envoi échoue"),
    "quotes.quote-sent": _("Un devis part"),
    "quotes.quote-read": _("Le client ouvre un devis"),
    "quotes.quote-passed": _("Le client confie un devis à un collègue"),
    "quotes.quote-accepted": _("Le client accepte un devis"),
    "quotes.quote-signed": _("Un devis accepté est scellé et prouvé"),
    "quotes.quote-refused": _("Le client refuse un devis"),
    "quotes.quote-expired": _("Un devis dépasse sa date limite"),
    "quotes.quote-withdrawn": _("Un devis est retiré"),
    "billing.balance-low": _("Le compte prépayé passe sous son seuil"),
    "billing.balance-empty": _("Le compte prépayé est épuisé"),
    "billing.invoice-issued": _("La facture du mois est établie"),
    "archive.document-archived": _("Un document entre dans l’archive"),
}


class TokenForm(forms.Form):
    """What a new token is for, what it may do, for how long."""

    name = forms.CharField(label=_("À quoi il sert"), max_length=80, help_text=_("Par exemple : logiciel de gestion."))
    scopes = forms.MultipleChoiceField(
        label=_("Droits"), choices=[(name, word) for name, word in SCOPES.items()], widget=forms.CheckboxSelectMultiple
    )
    lifetime = forms.ChoiceField(label=_("Valable"), choices=LIFETIMES, initial="365", required=False)


class WebhookForm(forms.Form):
    """Which address is told of what."""

    name = forms.CharField(label=_("Nom"), max_length=80, required=False)
    url = forms.CharField(
        label=_("Adresse"), max_length=1000, widget=forms.URLInput(attrs={"placeholder": "https://"}),
        help_text=_("Une adresse https publique de votre propre logiciel."),
    )  # fmt: skip
    event_types = forms.MultipleChoiceField(
        label=_("Événements"), choices=list(EVENTS.items()), widget=forms.CheckboxSelectMultiple
    )
