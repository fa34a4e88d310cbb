"""Refusals of the notifications room."""

from pli.kit.errors import NotFound, PliError


class UnableToSaveTemplate(PliError):
    """The wording uses a field that does not exist here, lacks one it needs, or could give a secret away."""

    code = "NOT-001"
    status = 422
    message = "Ce modèle ne peut pas être enregistré : %(reasons)s"
    kept = "Votre texte est toujours à l’écran ; le modèle en vigueur n’a pas changé."
    remedy = "Corrigez le texte. Champs possibles : %(allowed)s"


class UnableToResend(PliError):
    """The message carried a link or a code, which was erased once it had left."""

    code = "NOT-002"
    status = 409
    message = (
        "Ce message contenait un lien ou un code personnel, effacé après l’envoi : il ne peut pas repartir tel quel."
    )
    kept = "La trace de l’envoi est conservée."
    remedy = "Relancez la personne depuis la demande d’origine : un nouveau lien lui sera envoyé."


class SecretLost(PliError):
    """The encrypted link or code can't be read: its key is gone or is another one."""

    code = "NOT-003"
    status = 500
    message = "Le lien ou le code de ce message ne peut plus être déchiffré (clé notices.key absente ou changée)."
    remedy = "Restaurez le dossier keys/ de la sauvegarde, ou relancez la personne depuis la demande d’origine."


class NoLocalOutbox(NotFound):
    """A real provider is in force, or the actor is no administrator: said as if there were nothing there."""
