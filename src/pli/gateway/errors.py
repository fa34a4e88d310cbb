"""Why the gateway says no, to the sender of a message or on their screen."""

from __future__ import annotations

from pli.kit.errors import PliError


class TagRefused(PliError):
    """What the subject asks can't be done as it was asked; ``reason`` is a French sentence."""

    code = "GTW-001"
    status = 422
    message = "Ce que demande l’objet de ce courriel n’a pas pu être fait : %(reason)s"
    kept = "Rien n’est parti vers vos destinataires."
    remedy = "Corrigez, puis envoyez de nouveau le courriel."


class LinkLost(PliError):
    """A link that waited to leave can't be read any more: its key is gone or is another one."""

    code = "GTW-002"
    status = 500
    message = "Le lien de ce courriel ne peut plus être déchiffré (clé gateway.key absente ou changée)."
    remedy = "Restaurez le dossier keys/ de la sauvegarde, ou relancez la personne depuis la demande d’origine."


class AddressRefused(PliError):
    """An address that may not be a sender's."""

    code = "GTW-003"
    status = 422
    message = "« %(address)s » n’est pas une adresse e-mail valable."
    kept = "Les réglages n’ont pas changé."
    remedy = "Corrigez l’adresse, puis enregistrez de nouveau."


class FilesGone(PliError):
    """The link to files is unknown or has expired."""

    code = "GTW-004"
    status = 404
    message = "Ce lien de téléchargement n’est pas ou n’est plus valable."
    kept = "Les fichiers restent chez l’expéditeur."
    remedy = "Demandez à l’expéditeur de vous les envoyer de nouveau."


class TrackedGone(PliError):
    """The link to a tracked sending is unknown, or its content is no longer shown."""

    code = "GTW-005"
    status = 404
    message = "Ce lien n’est pas ou n’est plus valable."
    kept = "L’expéditeur garde ses preuves."
    remedy = "Demandez à l’expéditeur de vous écrire de nouveau."


class TrackedOver(PliError):
    """It can't be received or declined any more."""

    code = "GTW-006"
    status = 409
    message = "Cet envoi est déjà clos : %(state)s."
    remedy = "Demandez à l’expéditeur de vous écrire de nouveau."


class TrackedUnread(PliError):
    """Its content is asked for by a device it was not received on."""

    code = "GTW-007"
    status = 403
    message = "Cet envoi n’a pas encore été reçu sur cet appareil."
    remedy = "Ouvrez de nouveau le lien de votre courriel, puis choisissez de le lire."


class AskOver(PliError):
    """A link that asks for mobile numbers serves no more."""

    code = "GTW-008"
    status = 404
    message = "Ce lien n’est pas ou n’est plus valable."
    kept = "Rien n’a changé."
    remedy = "Voyez « Mes courriels » ; au besoin, envoyez de nouveau votre courriel."
