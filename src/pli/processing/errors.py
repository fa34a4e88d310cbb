"""What processing refuses, and how it says so."""

from __future__ import annotations

from typing import Any

from pli.kit.errors import PliError


class RecipeRefused(PliError):
    """A recipe that cannot run as it was filled in. ``problems``: one per step and option."""

    code = "PRO-001"
    status = 422
    message = "Cette recette ne peut pas être enregistrée telle quelle."
    kept = "La recette n’a pas changé."
    remedy = "Corrigez les étapes signalées, puis enregistrez de nouveau."

    def __init__(self, problems: list[Any]) -> None:
        super().__init__(count=len(problems))
        self.problems = problems


class RecipeNameTaken(PliError):
    """Another recipe has that name."""

    code = "PRO-002"
    status = 409
    message = "Une recette s’appelle déjà « %(name)s »."
    remedy = "Choisissez un autre nom."


class RecipeMissing(PliError):
    """The recipe a file was sent to is gone or switched off."""

    code = "PRO-003"
    status = 409
    message = "La recette demandée n’existe plus ou est désactivée."
    kept = "Le fichier est conservé tel qu’il est arrivé."
    remedy = "Choisissez une autre recette, puis relancez."


class ResourceRefused(PliError):
    """A file that cannot serve as a letterhead, a back page or an attachment."""

    code = "PRO-004"
    status = 422
    message = "Ce fichier ne peut pas servir de ressource : %(reason)s."
    remedy = "Déposez un PDF ou une image PNG ou JPEG."


class UnableToRun(PliError):
    """A step of the recipe is no longer installed, or its options changed."""

    code = "PRO-005"
    status = 409
    message = "Une étape de la recette n’existe plus ou a changé depuis qu’elle a été enregistrée."
    kept = "Le fichier est conservé tel qu’il est arrivé."
    remedy = "Ouvrez la recette, enregistrez-la de nouveau, puis relancez."


class UnableToRead(PliError):
    """A file whose pages can't be read within the limits."""

    code = "PRO-010"
    status = 422
    message = "La lecture des pages a été interrompue (%(reason)s)."
    kept = "Le fichier est conservé tel qu’il est arrivé."
    remedy = "Vérifiez le fichier, ou enregistrez-le de nouveau depuis le programme qui l’a produit, puis relancez."


class PieceUnreadable(PliError):
    """A piece whose pages could not be taken out or written."""

    code = "PRO-011"
    status = 422
    message = "Ces pages n’ont pas pu être traitées : leur contenu est abîmé ou trop lourd (%(reason)s)."
    kept = "Les pages sont conservées dans le fichier d’origine ; les autres documents ont continué."
    remedy = "Vérifiez ces pages dans le fichier d’origine, puis relancez, ou écartez-les."


class PieceFailed(PliError):
    """A step failed in a way nobody foresaw."""

    code = "PRO-012"
    status = 500
    message = "Une étape a échoué sur ces pages (%(reason)s)."
    kept = "Les pages sont conservées dans le fichier d’origine ; les autres documents ont continué."
    remedy = "Relancez ; si cela se répète, transmettez ce message à l’administrateur."


class OrphanPages(PliError):
    """Pages that belong to no document."""

    code = "PRO-013"
    status = 422
    message = "Ces pages n’appartiennent à aucun document : rien n’y a été reconnu."
    kept = "Elles sont conservées dans le fichier d’origine ; les autres documents ont continué."
    remedy = "Rattachez-les à un document du lot, faites-en un document, ou écartez-les."


class NothingRecognised(PliError):
    """A file none of whose pages said whose they are: no document was found in it."""

    code = "PRO-017"
    status = 422
    message = "Rien n’a été reconnu dans ce fichier : aucune de ses pages n’a pu être attribuée à un document."
    kept = "Toutes ses pages sont conservées ; rien n’est classé."
    remedy = "Rejouez-le avec la recette qui lui convient, classez ces pages à la main, ou écartez-les."


class OnlySeparators(PliError):
    """A file that holds nothing but the sheets that separate documents."""

    code = "PRO-018"
    status = 422
    message = "Ce fichier ne contient que des séparateurs ou des pages blanches : aucun document n’y a été trouvé."
    kept = "Le fichier est conservé tel qu’il est arrivé."
    remedy = "Vérifiez que les pages n’ont pas été numérisées à l’envers, ou réessayez avec une autre recette."


class PartyUnknown(PliError):
    """Nobody was recognised though the recipe asks for it."""

    code = "PRO-014"
    status = 422
    message = "Le client ou le fournisseur n’a pas été reconnu."
    kept = "Le document attend dans « À indexer »."
    remedy = "Choisissez-le, puis validez."


class FactsMissing(PliError):
    """Some facts are missing, of the wrong type or not sure enough."""

    code = "PRO-015"
    status = 422
    message = "Des métadonnées sont à compléter ou à vérifier : %(fields)s."
    kept = "Le document attend dans « À indexer »."
    remedy = "Complétez-les, puis validez."


class FileSigned(PliError):
    """Changing a file somebody signed would break the signature."""

    code = "PRO-016"
    status = 422
    message = "Ce fichier porte déjà une signature : le découper ou le modifier la rendrait invalide."
    kept = "Le fichier est conservé tel qu’il est arrivé."
    remedy = "Envoyez-le avec une recette qui ne modifie pas les documents, ou sans recette."


class UnableToSplit(PliError):
    """The step that cuts refused the file."""

    code = "PRO-020"
    status = 422
    message = "Ce fichier n’a pas pu être découpé : %(reason)s"
    kept = "Le fichier est conservé tel qu’il est arrivé."
    remedy = "Corrigez la recette ou le fichier, puis relancez."


class NotHere(PliError):
    """A piece of another run, or one that takes no pages any more."""

    code = "PRO-022"
    status = 409
    message = "Ces pages ne peuvent pas être rattachées à ce document."
    kept = "Rien n’a changé."
    remedy = "Choisissez un document du même lot qui attend encore, ou faites-en un document à part."


class NothingLeft(PliError):
    """A cancelled run that gave nothing up."""

    code = "PRO-023"
    status = 409
    message = "Il ne reste rien à reprendre : ce traitement n’a abandonné aucun document."
    kept = "Le fichier est conservé tel qu’il est arrivé ; les documents classés le restent."
    remedy = "Rejouez-le pour traiter le fichier de nouveau en entier."


class ReadingsForgotten(PliError):
    """What was read of a run's pages is kept for a month after it; its pieces can't be made any more."""

    code = "PRO-024"
    status = 409
    message = "Ce traitement est trop ancien pour être repris : ce qui avait été lu de ses pages n’est plus gardé."
    kept = "Le fichier est conservé tel qu’il est arrivé ; les documents classés le restent."
    remedy = "Rejouez-le en entier, puis écartez les documents qui sont déjà classés."


class LayoutRefused(PliError):
    """A layout that could not read anything as it was filled in. ``problems``: one per rule."""

    code = "PRO-040"
    status = 422
    message = "Ce modèle ne peut pas être enregistré tel quel."
    kept = "Le modèle n’a pas changé."
    remedy = "Corrigez ce qui est signalé, puis enregistrez de nouveau."

    def __init__(self, problems: list[Any]) -> None:
        super().__init__(count=len(problems))
        self.problems = problems


class LayoutNameTaken(PliError):
    """Another layout has that name."""

    code = "PRO-041"
    status = 409
    message = "Un modèle s’appelle déjà « %(name)s »."
    remedy = "Choisissez un autre nom."


class ResourceUnusable(PliError):
    """A file of the recipe (letterhead, stamp, attachment) is gone, or is none a step can use."""

    code = "PRO-060"
    status = 422
    message = "Le fichier « %(name)s » de la recette ne peut pas être utilisé."
    kept = "Le document est conservé tel qu’il est arrivé."
    remedy = "Déposez de nouveau ce fichier dans la recette, en PDF (ou en PNG, JPEG pour une image)."
