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


class UnreadablePrint(PliError):
    """A printed raster or picture that can't be made into pages."""

    code = "CAP-006"
    status = 422
    message = "L’impression n’a pas pu être lue : %(reason)s."
    kept = "Ce que l’ordinateur a envoyé est conservé tel quel."
    remedy = "Imprimez le document de nouveau ; si cela se répète, enregistrez-le en PDF et déposez-le."


class PrinterNameTaken(PliError):
    """Two queues of one organisation with one name could not be told apart in a print dialogue."""

    code = "CAP-007"
    status = 409
    message = "Une imprimante s’appelle déjà « %(name)s »."
    kept = "Rien n’a été enregistré."
    remedy = "Choisissez un autre nom."


class AddressLost(PliError):
    """The key that seals the printers' addresses is not the one that sealed this one (a partial restore)."""

    code = "CAP-008"
    status = 409
    message = "L’adresse de cette imprimante ne peut plus être relue."
    kept = "Les postes où elle est installée impriment toujours."
    remedy = "Renouvelez l’adresse, puis installez-la de nouveau sur chaque poste."
