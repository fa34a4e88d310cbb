"""Why parties refuse."""

from __future__ import annotations

from collections.abc import Sequence

from pli.kit.errors import PliError
from pli.parties.problems import Problem


class UnableToSave(PliError):
    """What was typed has problems, field by field, in ``problems``."""

    code = "PAR-001"
    status = 422
    message = "Certaines informations sont à corriger."
    kept = "Rien n’a été enregistré ; votre saisie est conservée."
    remedy = "Corrigez les champs signalés, puis enregistrez de nouveau."

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__()
        self.problems = tuple(problems)


class UnableToLeaveNoAdmin(PliError):
    """The last active administrator can be neither removed nor demoted."""

    code = "PAR-002"
    status = 409
    message = "C’est le dernier administrateur de l’organisation."
    kept = "Son rôle et son accès sont inchangés."
    remedy = "Nommez d’abord un autre administrateur."


class AlreadyMember(PliError):
    """The account already belongs to the team."""

    code = "PAR-003"
    status = 409
    message = "Cette personne fait déjà partie de l’équipe."
    remedy = "Retrouvez-la dans la liste pour changer son rôle ou renvoyer son invitation."


class ActivationRefused(PliError):
    """The link or code is unknown, used, voided or too old; which one is not said to a stranger."""

    code = "PAR-004"
    status = 410
    message = "Ce lien ou ce code n’est plus valable."
    kept = "Votre accès n’est pas modifié."
    remedy = "Demandez-en un nouveau à l’entreprise qui vous l’a envoyé."


class AlreadyActivated(PliError):
    """The person has already accepted: there is nothing left to activate."""

    code = "PAR-005"
    status = 409
    message = "Cette personne a déjà activé son accès."
    remedy = "Si elle a perdu son mot de passe, elle peut le changer depuis la page de connexion."


class UnableToMapColumns(PliError):
    """A column is used twice, does not exist, or the code or name has none."""

    code = "PAR-007"
    status = 422
    message = "Les colonnes choisies ne suffisent pas."
    kept = "Votre fichier est conservé."
    remedy = "Indiquez une colonne pour le code et une pour le nom, et chaque colonne une seule fois."


class AlreadyOpen(PliError):
    """The person already has this access."""

    code = "PAR-008"
    status = 409
    message = "Cette personne a déjà un accès à ce portail."
    remedy = "Retrouvez-la dans la liste des accès."
