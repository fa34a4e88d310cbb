"""Why billing refuses."""

from __future__ import annotations

from pli.kit.errors import PliError


class NothingLeft(PliError):
    """The prepaid account is empty, and was set to refuse new sendings then."""

    code = "BIL-001"
    status = 402
    message = "Le compte prépayé de votre organisation est épuisé : ce nouvel envoi n’est pas parti."
    kept = "Vos documents et les demandes déjà envoyées ne sont pas touchés."
    remedy = "Créditez le compte (Réglages › Compte prépayé), puis recommencez."


class SpaceFull(PliError):
    """The organisation keeps as much as it may; signed files never count."""

    code = "BIL-002"
    status = 507
    message = "L’espace de votre organisation est plein (%(used)s sur %(quota)s) : ce fichier n’a pas été ajouté."
    kept = "Tout ce qui est déjà dans Pli est conservé ; signer reste possible, les fichiers signés ne comptent pas."
    remedy = "Demandez davantage d’espace à la personne qui gère l’installation."


class AmountRefused(PliError):
    """An amount, a price, a rate or a date that can't be booked."""

    code = "BIL-003"
    status = 422
    message = "Cette valeur ne convient pas : %(reason)s"
    kept = "Rien n’a été enregistré."
    remedy = "Corrigez-la, puis recommencez."


class StatementRefused(PliError):
    """A bank statement that can't be read."""

    code = "BIL-004"
    status = 422
    message = "Ce relevé bancaire n’a pas pu être lu : %(reason)s"
    kept = "Aucun compte n’a été crédité."
    remedy = "Exportez de nouveau le relevé depuis votre banque, en CAMT.053 (XML) ou en CSV."


class AlreadySettled(PliError):
    """Somebody settled this movement meanwhile, or the entry was cancelled before."""

    code = "BIL-005"
    status = 409
    message = "C’est déjà réglé."
    kept = "Le compte n’a pas changé."
    remedy = "Rechargez la page pour voir ce qu’il en est."


class SignatureRefused(PliError):
    """A payment provider's message that is not signed as it must be, or too old."""

    code = "BIL-006"
    status = 401
    message = "La signature de ce message n’est pas la bonne, ou le message est trop ancien."
    kept = "Aucun compte n’a été crédité."
    remedy = "Vérifiez le secret (PLI_PAYMENT_SECRET) et l’heure des deux machines."


class PaymentUnreadable(PliError):
    """A provider's message, rightly signed, that says nothing Pli understands."""

    code = "BIL-007"
    status = 422
    message = "Ce message de paiement n’est pas lisible : %(reason)s"
    kept = "Aucun compte n’a été crédité."
    remedy = "Comparez-le au format décrit dans la documentation."


class SellerUnknown(PliError):
    """An invoice needs who sells."""

    code = "BIL-008"
    status = 409
    message = "Aucune facture ne peut être faite : l’identité du vendeur manque."
    kept = "Les consommations restent inscrites au compte et seront facturées."
    remedy = "Remplissez le nom, l’adresse et le SIREN du vendeur dans Comptes prépayés."
