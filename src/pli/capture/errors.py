"""What capture refuses at the door."""

from __future__ import annotations

from pli.kit.errors import PliError


class EmptyFile(PliError):
    code = "CAP-001"
    status = 422
    message = "Le fichier « %(name)s » est vide."
    kept = "Rien n’a été enregistré."
    remedy = "Vérifiez le fichier sur votre poste, puis déposez-le de nouveau."


class FileTooLarge(PliError):
    code = "CAP-002"
    status = 413
    message = "Le fichier « %(name)s » dépasse la taille permise (%(limit)s)."
    kept = "Rien n’a été enregistré."
    remedy = "Réduisez le fichier, ou découpez-le."


class KeyReused(PliError):
    code = "CAP-003"
    status = 409
    message = "Cette clé d’envoi a déjà servi pour un autre fichier."
    kept = "Le premier envoi est intact ; celui-ci n’a pas été enregistré."
    remedy = "Utilisez une nouvelle clé d’idempotence."


class LengthMissing(PliError):
    """A body of unknown length is not taken: nobody could tell a whole file from half of one (RFC 9110 §15.5.12)."""

    code = "CAP-004"
    status = 411
    message = "La longueur du fichier n’est pas annoncée."
    kept = "Rien n’a été enregistré."
    remedy = "Envoyez l’en-tête Content-Length."


class UploadInterrupted(PliError):
    """Fewer bytes came than were announced."""

    code = "CAP-005"
    status = 400
    message = "L’envoi a été interrompu avant la fin du fichier."
    kept = "Rien n’a été enregistré."
    remedy = "Renvoyez le fichier."
