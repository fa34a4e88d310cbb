"""What can be wrong with a file, or with a wish about it, in words a person can act on."""

from __future__ import annotations

from typing import ClassVar

from pli.kit.errors import PliError, listed

_NOTHING_CHANGED = "Le fichier d’origine est conservé tel quel."
_SAVE_AGAIN = "Enregistrez-le de nouveau en PDF depuis le programme qui l’a produit, puis déposez-le encore."


class PdfError(PliError):
    """Base of everything this package refuses, so that a caller can catch it whole."""

    code: ClassVar[str] = "PDF-000"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Ce PDF n’a pas pu être traité."
    kept: ClassVar[str] = _NOTHING_CHANGED


class NotAPdf(PdfError):
    """The bytes are not a PDF at all."""

    code: ClassVar[str] = "PDF-001"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Ce fichier n’est pas un PDF."
    kept: ClassVar[str] = _NOTHING_CHANGED
    remedy: ClassVar[str] = "Choisissez un fichier PDF, ou convertissez le document en PDF d’abord."


class DamagedPdf(PdfError):
    """A PDF whose structure can't be read, even with repair."""

    code: ClassVar[str] = "PDF-002"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Ce PDF est endommagé et n’a pas pu être réparé."
    kept: ClassVar[str] = _NOTHING_CHANGED
    remedy: ClassVar[str] = _SAVE_AGAIN


class EncryptedPdf(PdfError):
    """A password is needed to open the file, or it uses a protection Pli can't read."""

    code: ClassVar[str] = "PDF-003"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Ce PDF est protégé par un mot de passe."
    kept: ClassVar[str] = _NOTHING_CHANGED
    remedy: ClassVar[str] = "Enregistrez-en une copie sans mot de passe, puis déposez cette copie."


class PdfTooLarge(PdfError):
    """The file, or what it unpacks to, exceeds the limits; ``reason`` says which one."""

    code: ClassVar[str] = "PDF-004"
    status: ClassVar[int] = 413
    message: ClassVar[str] = "Ce PDF est trop volumineux, ou son contenu le devient une fois décompressé."
    kept: ClassVar[str] = _NOTHING_CHANGED
    remedy: ClassVar[str] = "Réduisez la taille des images, ou découpez le document."


class TooManyPages(PdfError):
    """More pages than allowed for this use."""

    code: ClassVar[str] = "PDF-005"
    status: ClassVar[int] = 413
    message: ClassVar[str] = "Ce PDF compte %(pages)s pages ; le maximum est de %(limit)s."
    kept: ClassVar[str] = _NOTHING_CHANGED
    remedy: ClassVar[str] = "Découpez le document en plusieurs fichiers."


class PdfTimeout(PdfError):
    """Reading took longer than allowed."""

    code: ClassVar[str] = "PDF-006"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "La lecture de ce PDF prend trop de temps ; elle a été interrompue."
    kept: ClassVar[str] = _NOTHING_CHANGED
    remedy: ClassVar[str] = _SAVE_AGAIN


class PageOutOfRange(PdfError):
    """A page that the document does not have. Pages count from 1."""

    code: ClassVar[str] = "PDF-007"
    status: ClassVar[int] = 404
    message: ClassVar[str] = "Ce document n’a pas de page %(page)s ; il en compte %(pages)s."


class UnableToFlatten(PdfError):
    """Active content can't be removed without breaking the file: it already carries a signature."""

    code: ClassVar[str] = "PDF-008"
    status: ClassVar[int] = 409
    message: ClassVar[str] = "Ce PDF porte déjà une signature : le modifier la rendrait invalide."
    kept: ClassVar[str] = _NOTHING_CHANGED
    remedy: ClassVar[str] = (
        "Demandez à l’émetteur une version sans contenu actif, ou retirez ce document de la demande."
    )


class BadImage(PdfError):
    """A signature image that is not a readable PNG or JPEG, or is too large or empty."""

    code: ClassVar[str] = "PDF-009"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Cette image de signature n’a pas pu être lue."
    kept: ClassVar[str] = "Votre saisie est conservée."
    remedy: ClassVar[str] = "Dessinez votre signature de nouveau, ou choisissez une image PNG ou JPEG de moins de 5 Mo."


class FontsMissing(PdfError):
    """The fonts that the set-up unpacks into ``pli/pdf/fonts`` are not there."""

    code: ClassVar[str] = "PDF-010"
    status: ClassVar[int] = 500
    message: ClassVar[str] = "Les polices de caractères de Pli ne sont pas installées (%(font)s)."
    remedy: ClassVar[str] = "Relancez l’installation : elle télécharge les polices et vérifie leur empreinte."


class UnableToTypeset(PdfError):
    """A template and its data don't fit: a defect of the caller, not of the person at the screen."""

    code: ClassVar[str] = "PDF-011"
    status: ClassVar[int] = 500
    message: ClassVar[str] = "Le document « %(template)s » n’a pas pu être composé : %(reason)s"
    remedy: ClassVar[str] = "Réessayez ; si cela se répète, transmettez ce message à l’administrateur."


class IncompletePdf(PdfError):
    """Its structure could be rebuilt, but not all of it: what is left may look like a whole document, and is none."""

    code: ClassVar[str] = "PDF-012"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Ce PDF est incomplet ou abîmé : une partie de ses pages ne peut pas être lue."
    kept: ClassVar[str] = _NOTHING_CHANGED
    remedy: ClassVar[str] = _SAVE_AGAIN


class JoinedPdfs(PdfError):
    """Files put one behind the other as bytes: every reader shows the last one, and hides the others."""

    code: ClassVar[str] = "PDF-013"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Ce fichier est fait de plusieurs PDF mis bout à bout : seul le dernier serait lu."
    kept: ClassVar[str] = _NOTHING_CHANGED
    remedy: ClassVar[str] = (
        "Déposez chaque PDF à part, ou réunissez leurs pages avec un programme qui sait assembler des PDF."
    )


class PdfWithoutPages(PdfError):
    """Well formed, and empty."""

    code: ClassVar[str] = "PDF-014"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Ce PDF n’a aucune page."
    kept: ClassVar[str] = _NOTHING_CHANGED
    remedy: ClassVar[str] = _SAVE_AGAIN


class BadPicture(PdfError):
    """A picture of a page (a scan, a photograph) that can't be read, or is too large."""

    code: ClassVar[str] = "PDF-020"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "L’image de cette page n’a pas pu être lue."
    kept: ClassVar[str] = _NOTHING_CHANGED
    remedy: ClassVar[str] = "Numérisez la page de nouveau, ou enregistrez l’image en JPEG ou en PNG."


class RecognitionFailed(PdfError):
    """Optical recognition could not be done: its language is not installed, or the page took too long."""

    code: ClassVar[str] = "PDF-021"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Le texte de cette page n’a pas pu être reconnu (%(reason)s)."
    kept: ClassVar[str] = _NOTHING_CHANGED
    remedy: ClassVar[str] = "Indiquez les valeurs à la main, ou relancez l’installation si la langue manque."


READING_ERRORS = (
    NotAPdf,
    DamagedPdf,
    IncompletePdf,
    JoinedPdfs,
    PdfWithoutPages,
    EncryptedPdf,
    PdfTooLarge,
    TooManyPages,
    PdfTimeout,
    PageOutOfRange,
)
"""What any job that opens a PDF may refuse with."""


class UnableToConform(PdfError):
    """The file can't be made a PDF/A of the part asked for; ``reasons`` are French sentences, each worth showing."""

    code: ClassVar[str] = "PDF-030"
    status: ClassVar[int] = 422
    message: ClassVar[str] = "Ce PDF ne peut pas être mis au format d’archivage PDF/A : %(reason)s."
    kept: ClassVar[str] = "Le document est gardé tel qu’il est venu."
    remedy: ClassVar[str] = (
        "Choisissez une autre partie de la norme (PDF/A-2b, PDF/A-3b), ou enregistrez le document en PDF/A depuis le "
        "programme qui l’a produit."
    )

    def __init__(self, *, reasons: list[str]) -> None:
        super().__init__(reason=listed(reasons), reasons=reasons)
        self.reasons = reasons
