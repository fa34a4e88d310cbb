"""Why a prepared request says no."""

from __future__ import annotations

from pli.kit.errors import PliError


class TemplateRefused(PliError):
    """A template cannot be kept as it is; ``reason`` is a French sentence."""

    code = "SIG-050"
    status = 422
    message = "%(reason)s"
    kept = "Le modèle n’a pas été enregistré ; ce que vous avez saisi est toujours là."
    remedy = "Corrigez, puis enregistrez de nouveau."


class TemplateChanged(PliError):
    code = "SIG-051"
    status = 409
    message = "Quelqu’un a modifié ce modèle entre-temps."
    kept = "Ses modifications sont conservées ; les vôtres ne sont pas enregistrées."
    remedy = "Rouvrez le modèle, puis refaites vos modifications."


class ListRefused(PliError):
    """A list cannot be sent as it is; ``reason`` is a French sentence."""

    code = "SIG-052"
    status = 422
    message = "%(reason)s"
    kept = "Aucune demande n’est partie."
    remedy = "Corrigez la liste ou le choix des colonnes."


class SenderGone(PliError):
    code = "SIG-053"
    status = 409
    message = "La personne au nom de qui ces demandes partent ne peut plus en envoyer."
    kept = "Rien n’est perdu : ce qui n’est pas parti attend."
    remedy = "Rendez-lui son accès, ou préparez un nouvel envoi en votre nom."


class FormUnknown(PliError):
    code = "SIG-054"
    status = 404
    message = "Ce formulaire n’existe pas ou n’est plus ouvert."
    kept = "Rien n’a été enregistré."
    remedy = "Vérifiez l’adresse, ou écrivez à l’organisation qui vous l’a donnée."


class FormRefused(PliError):
    """What was typed into a public form does not do; ``reason`` is a French sentence."""

    code = "SIG-055"
    status = 422
    message = "%(reason)s"
    kept = "Rien n’a été enregistré."
    remedy = "Corrigez, puis envoyez de nouveau."


class FormBusy(PliError):
    code = "SIG-056"
    status = 429
    message = "Ce formulaire a été envoyé trop souvent."
    kept = "Rien n’a été enregistré."
    remedy = "Réessayez dans une heure."


class FormPaused(PliError):
    """An open form that can take nothing now, for a reason of the organisation's own (its credit, its document): the
    visitor is told that it is so, not why; the sender is told both."""

    code = "SIG-057"
    status = 503
    message = "Ce formulaire est ouvert, mais il ne peut pas prendre de demande en ce moment."
    kept = "Rien n’a été enregistré, et aucun message n’est parti. La cause n’est pas de votre côté."
    remedy = "L’organisation en est prévenue : réessayez plus tard, ou écrivez-lui."


class FormOver(PliError):
    """An open form that ended by itself: its last day, its greatest number, its template changed; told to its own
    people, never to a visitor. ``reason`` is a French sentence."""

    code = "SIG-058"
    status = 409
    message = "%(reason)s"
    kept = "Les demandes déjà faites suivent leur cours."
    remedy = "Fermez ce formulaire ; vous pouvez ensuite en ouvrir un autre."
