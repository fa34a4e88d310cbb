"""Why a ceremony says no, in words a signer or a sender understands."""

from __future__ import annotations

from pli.kit.errors import PliError


class LinkUnknown(PliError):
    code = "SIG-001"
    status = 404
    message = "Ce lien de signature n’est pas ou n’est plus valable."
    kept = "Aucune signature n’a été enregistrée par ce lien."
    remedy = "Utilisez le dernier message reçu, ou demandez à l’expéditeur de vous renvoyer l’invitation."


class DeviceUnknown(PliError):
    code = "SIG-002"
    status = 403
    message = "Cette page a été ouverte sur un autre appareil, ou votre session est terminée."
    kept = "Votre demande de signature est toujours ouverte."
    remedy = "Rouvrez le lien reçu par e-mail, puis demandez un nouveau code."


class NotYourTurn(PliError):
    code = "SIG-003"
    status = 409
    message = "Une autre personne doit signer avant vous."
    kept = "Votre invitation reste valable."
    remedy = "Vous recevrez un e-mail quand ce sera votre tour."


class CeremonyEnded(PliError):
    code = "SIG-004"
    status = 410
    message = "Cette demande de signature est terminée : %(state)s."
    remedy = "Si cela vous surprend, écrivez à l’expéditeur."


class CodeWrong(PliError):
    code = "SIG-010"
    status = 422
    message = "Ce code n’est pas le bon. Essais restants : %(left)s."
    kept = "Rien n’est signé."
    remedy = "Vérifiez le dernier message reçu, ou demandez un nouveau code."


class CodeExpired(PliError):
    code = "SIG-011"
    status = 422
    message = "Ce code n’est plus valable : il a expiré, il a déjà servi, ou un plus récent l’a remplacé."
    kept = "Rien n’est signé."
    remedy = "Demandez un nouveau code."


class TooManyTries(PliError):
    code = "SIG-012"
    status = 429
    message = "Trop de codes faux ont été saisis : par sécurité, ce lien est bloqué."
    kept = "Rien n’est signé ; la demande reste ouverte."
    remedy = "Demandez à l’expéditeur de vous renvoyer l’invitation."


class TooManyCodes(PliError):
    code = "SIG-013"
    status = 429
    message = "Vous avez demandé trop de codes aujourd’hui."
    kept = "La demande de signature reste ouverte."
    remedy = "Réessayez demain, ou contactez l’expéditeur."


class ConsentMissing(PliError):
    code = "SIG-020"
    status = 422
    message = "La case de consentement n’est pas cochée."
    kept = "Rien n’est signé."
    remedy = "Cochez la case, puis signez."


class MarkMissing(PliError):
    code = "SIG-021"
    status = 422
    message = "Votre signature est vide."
    kept = "Rien n’est signé."
    remedy = "Dessinez votre signature, ou tapez votre nom."


class PlacementOutside(PliError):
    code = "SIG-022"
    status = 422
    message = "La signature doit être posée entièrement sur une page du document."
    kept = "Rien n’est signé."
    remedy = "Touchez la page à l’endroit voulu."


class PapersChanged(PliError):
    code = "SIG-023"
    status = 409
    message = "Le document affiché n’est plus la version à signer."
    kept = "Rien n’est signé."
    remedy = "Rechargez la page pour lire la version actuelle."


class DelegationRefused(PliError):
    """A signer cannot be replaced by that person; ``reason`` says why, as part of a sentence."""

    code = "SIG-024"
    status = 422
    message = "Cette personne ne peut pas répondre à votre place : %(reason)s"
    kept = "Rien n’a changé : c’est toujours à vous de répondre."
    remedy = "Corrigez son nom ou son adresse, ou écrivez à l’expéditeur."


class FieldsMissing(PliError):
    """Something the signer must fill in is not right; ``reason`` is a French sentence."""

    code = "SIG-025"
    status = 422
    message = "%(reason)s"
    kept = "Rien n’est signé."
    remedy = "Complétez la page, puis signez."


class AskedFileMissing(PliError):
    code = "SIG-026"
    status = 422
    message = "Il manque une pièce demandée : %(label)s."
    kept = "Rien n’est signé."
    remedy = "Joignez-la en PDF ou en photo, puis signez."


class AskedFileRefused(PliError):
    """A file that a signer joins is not kept; ``reason`` says why, as part of a sentence."""

    code = "SIG-027"
    status = 422
    message = "Ce fichier n’a pas été joint : %(reason)s."
    kept = "Rien n’est changé."
    remedy = "Choisissez un PDF ou une photo (PNG, JPEG) de 10 Mo au plus."


class UnableToSend(PliError):
    """A request that cannot go out as it was filled in; ``reason`` is a French sentence."""

    code = "SIG-030"
    status = 422
    message = "%(reason)s"
    kept = "La demande n’est pas partie."
    remedy = "Corrigez puis envoyez de nouveau."


class UnableToSignFile(PliError):
    code = "SIG-031"
    status = 422
    message = "« %(title)s » ne peut pas être signé tel quel : %(reason)s"
    kept = "Le document est conservé dans Pli, inchangé."
    remedy = "Exportez-le de nouveau en PDF simple depuis votre logiciel, puis déposez-le."


class PreferenceRefused(PliError):
    """A choice of the organisation for its signatures is not possible; ``reason`` says which."""

    code = "SIG-040"
    status = 422
    message = "Ce réglage n’a pas été enregistré : %(reason)s."
    kept = "Le réglage en place n’a pas changé."
    remedy = "Corrigez-le, puis enregistrez de nouveau."


class SealingStopped(PliError):
    """Sealing met something nobody foresaw; its trace is in the server's log."""

    code = "SIG-041"
    status = 500
    message = "Le scellement s’est arrêté sur une erreur imprévue."
    kept = "Les signatures recueillies sont conservées ; rien n’est à refaire signer."
    remedy = "Pli réessaie tout seul ; si cela dure, demandez à l’administrateur de lire le journal du serveur."


class PairingRefused(PliError):
    """A pairing code that is wrong, used or late."""

    code = "KEY-001"
    status = 403
    message = "Ce code d’association n’est pas valable : il sert une fois, pendant dix minutes."
    remedy = "Demandez-en un autre dans « Mon compte › Ma clé de signature »."


class AgentUnknown(PliError):
    """A workstation that is not paired, or no longer."""

    code = "KEY-002"
    status = 401
    message = "Ce poste n’est pas associé, ou ne l’est plus."
    remedy = "Associez-le de nouveau avec un code de « Mon compte › Ma clé de signature »."


class NoOwnKey(PliError):
    """No workstation of this member reaches a key."""

    code = "KEY-003"
    status = 409
    message = "Aucun poste n’est associé à votre compte pour signer avec votre clé."
    remedy = "Associez-en un dans « Mon compte › Ma clé de signature »."


class OwnKeyNeeded(PliError):
    """The sender wants the signer's own certificate; the organisation's seal does not do."""

    code = "KEY-007"
    status = 422
    message = "L’expéditeur demande que vous signiez avec votre propre clé, et non avec le cachet de l’organisation."
    kept = "Rien n’est signé."
    remedy = "Choisissez votre clé. Si aucun poste n’est associé, voyez « Mon compte › Ma clé de signature »."


class OwnSignatureEnded(PliError):
    """What is given comes too late, or was given already."""

    code = "KEY-004"
    status = 409
    message = "Cette demande n’attend plus de signature."
    kept = "Ce qui a déjà été signé est conservé."
    remedy = "Demandez de nouveau la signature depuis le document."


class SignatureOvertaken(PliError):
    """Somebody else's signature came into the file first."""

    code = "KEY-006"
    status = 409
    message = "Une autre signature vient d’entrer dans ce document : il a changé depuis que le poste l’a reçu."
    kept = "Rien n’a été ajouté au document."
    remedy = "Le poste reçoit la version actuelle dans un instant : signez-la."
