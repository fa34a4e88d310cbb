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
    message = "Une imprimante s’appelle déjà « %(name)s »."
    kept = "Rien n’a été enregistré."
    remedy = "Choisissez un autre nom."


class AddressLost(PliError):
    """The key that seals the printers' addresses is not the one that sealed this one (a partial restore)."""

    code = "CAP-008"
    status = 409
    message = "L’adresse de cette imprimante ne peut plus être relue."
    kept = "Les postes où elle est installée impriment toujours."
    remedy = "Renouvelez l’adresse, puis installez-la de nouveau sur chaque poste."


class SourceNameTaken(PliError):
    """Two sources of one organisation with one name could not be told apart."""

    code = "CAP-009"
    status = 409
    message = "Une source s’appelle déjà « %(name)s »."
    kept = "Rien n’a été enregistré."
    remedy = "Choisissez un autre nom."


class FolderRefused(PliError):
    """A folder the server's administrator has not opened, or one another source watches."""

    code = "CAP-010"
    status = 422
    message = "Ce dossier ne peut pas être surveillé : %(reason)s."
    kept = "Rien n’a été enregistré."
    remedy = "Choisissez un dossier ouvert par PLI_FOLDERS, ou laissez Pli créer le sien."


class NotADocument(PliError):
    """Neither a PDF nor a picture Pli can make pages of."""

    code = "CAP-011"
    status = 422
    message = "Le fichier « %(name)s » n’est ni un PDF ni une image (JPEG, PNG, TIFF)."
    kept = "Ses octets sont conservés tels quels."
    remedy = (
        "Enregistrez-le en PDF, ou réglez l’appareil ou le logiciel pour qu’il envoie du PDF ; puis écartez celui-ci."
    )


class UnableToTake(PliError):
    """A file of a watched folder that can't be read; it stays on the disk."""

    code = "CAP-012"
    status = 422
    message = "Le fichier « %(name)s » n’a pas pu être pris : %(reason)s."
    kept = "Il est toujours sur le disque."
    remedy = "Corrigez ce qui l’empêche, puis remettez-le dans le dossier surveillé."


class FolderUnreachable(PliError):
    """A watched folder that is gone or closed."""

    code = "CAP-013"
    status = 503
    message = "Le dossier surveillé « %(name)s » est inaccessible : %(reason)s."
    kept = "Ce qui s’y trouve y reste, et sera pris dès qu’il répondra."
    remedy = "Vérifiez qu’il existe et que Pli peut y écrire."


class SourceClosed(PliError):
    """Switched off, or its member may not file any more."""

    code = "CAP-014"
    status = 409
    message = "La source « %(name)s » n’accepte plus rien."
    kept = "Rien n’a été enregistré."
    remedy = "Rallumez-la, ou reprenez-la à votre nom."


class TransferIncomplete(PliError):
    """A drop whose connection was cut, or that has a hole."""

    code = "CAP-015"
    status = 400
    message = "L’envoi de « %(name)s » s’est interrompu avant la fin."
    kept = "Rien n’a été enregistré ; l’original est toujours sur l’appareil."
    remedy = "Renvoyez-le."


class TooManyFiles(PliError):
    """One session that never ends would fill the table of what it may rename."""

    code = "CAP-016"
    status = 429
    message = "Cette connexion a déjà envoyé %(limit)s fichiers."
    kept = "Ceux qui ont été acceptés sont enregistrés."
    remedy = "Ouvrez une nouvelle connexion pour la suite."


class MailboxUnreachable(PliError):
    """The mail server does not answer, refuses the password, or is not where Pli may go."""

    code = "CAP-017"
    status = 503
    message = "La boîte aux lettres « %(name)s » ne peut pas être lue : %(reason)s."
    kept = "Les messages y restent, et seront pris dès qu’elle répondra."
    remedy = "Vérifiez le serveur, l’identifiant et le mot de passe."


class MailWithoutDocument(PliError):
    """A message that carries neither PDF nor picture."""

    code = "CAP-018"
    status = 422
    message = "Le message « %(subject)s » ne contient aucun document : %(reason)s."
    kept = "Il est conservé tel quel."
    remedy = "Réglez l’appareil pour qu’il joigne un PDF, ou prenez la pièce jointe à la main."


class SecretLost(PliError):
    """The key that seals the mailboxes' passwords is not the one that sealed this one (a partial restore)."""

    code = "CAP-019"
    status = 409
    message = "Le mot de passe de cette boîte aux lettres ne peut plus être relu."
    kept = "Les messages y restent."
    remedy = "Donnez-le de nouveau."


class PictureRefused(PliError):
    """HEIC, for one: its decoders are patented and not among the system's."""

    code = "CAP-020"
    status = 415
    message = "La photo « %(name)s » est dans un format que Pli ne sait pas lire (%(format)s)."
    kept = "Rien n’a été enregistré."
    remedy = "Sur un iPhone : Réglages, Appareil photo, Formats, « Le plus compatible ». Sinon, envoyez-la en JPEG."


class PicturesMiscounted(PliError):
    """None, or more than one document takes."""

    code = "CAP-021"
    status = 422
    message = "Un document se fait de 1 à %(limit)s photos."
    kept = "Rien n’a été enregistré."
    remedy = "Envoyez-en moins à la fois."


class UnreadableImage(PliError):
    """A scan or a photograph that can't be made into pages."""

    code = "CAP-022"
    status = 422
    message = "L’image n’a pas pu être lue : %(reason)s."
    kept = "Ce que l’appareil a envoyé est conservé tel quel."
    remedy = (
        "Réduisez-la si elle est trop grande ; sinon, numérisez la page de nouveau, en PDF si l’appareil le permet."
    )


class UnreadableInvoice(PliError):
    """XML that is hostile (entities, a document type), broken, or no electronic invoice."""

    code = "CAP-023"
    status = 422
    message = "Le fichier « %(name)s » n’est pas une facture électronique lisible. %(reason)s"
    kept = "Ses octets sont conservés tels quels."
    remedy = "Demandez à son auteur une facture UBL, CII ou Factur-X, ou un PDF, puis écartez ce fichier."


class FormerPrinterAddress(PliError):
    """Noted for « À traiter »; the sender hears what any stranger hears."""

    code = "CAP-024"
    status = 404
    message = "Le poste %(who)s imprime encore à l’ancienne adresse de « %(name)s »."
    kept = "Rien n’a été reçu de ses impressions."
    remedy = "Installez l’imprimante sur ce poste avec sa nouvelle adresse, puis imprimez de nouveau."


class UnknownPrinterAddress(PliError):
    """Noted for « À traiter » of the organisation that runs the installation."""

    code = "CAP-025"
    status = 404
    message = "Le poste %(who)s imprime à une adresse qui n’est celle d’aucune imprimante."
    kept = "Rien n’a été reçu de ses impressions."
    remedy = "Vérifiez l’adresse installée sur ce poste : celle de chaque imprimante est dans Réglages › Imprimantes."


class PrinterClosed(PliError):
    """A printer that takes nothing, into which somebody printed."""

    code = "CAP-026"
    status = 409
    message = "Une impression du poste %(who)s sur « %(name)s » a été refusée : %(reason)s."
    kept = "Rien n’en a été reçu."
    remedy = "Rallumez cette imprimante ou remplacez-la, puis imprimez de nouveau."


class PrintNotTaken(PliError):
    """A print whose document is none that a printer takes."""

    code = "CAP-027"
    status = 415
    message = "Une impression du poste %(who)s sur « %(name)s » a été refusée : %(reason)s."
    kept = "Rien n’en a été reçu."
    remedy = (
        "Sur ce poste, installez l’imprimante comme sa page l’indique, sans autre pilote, puis imprimez de nouveau."
    )


class WrongDropPassword(PliError):
    """Noted at the source; the device hears what any stranger hears."""

    code = "CAP-028"
    status = 401
    message = "Un appareil s’est présenté à « %(name)s » avec un mauvais mot de passe."
    kept = "Rien n’a été reçu de lui."
    remedy = "Donnez-lui le mot de passe de ce compte ; s’il est perdu, renouvelez-le sur la page de la source."
