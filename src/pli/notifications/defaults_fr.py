"""Pli's own wording of every message in French: slug → (subject, text), and the text of SMS.

SMS keep to the GSM-7 alphabet and leave room for the values, so that they stay within one segment (see ``sms``).
"""

from __future__ import annotations

_HELLO = "Bonjour #destinataire#,"
_BYE = "Cordialement,\n#expéditeur#\n#société#"
_PERSONAL = "Ce lien vous est personnel : ne transférez pas ce message."


def _mail(title: str, *paragraphs: str) -> tuple[str, str]:
    return title, "\n\n".join((_HELLO, *paragraphs, _BYE))


MAILS: dict[str, tuple[str, str]] = {
    "signature.invitation": _mail(
        "#société# vous demande de signer : #document#",
        "#société# vous invite à lire et à signer électroniquement « #document# ».",
        "#message#",
        "#lien#",
        "À signer avant le : #date_limite#",
        "Quelques minutes suffisent, sur téléphone ou ordinateur, sans créer de compte. "
        "Vous pouvez aussi refuser, en disant pourquoi.",
        _PERSONAL,
    ),
    "signature.code_email": _mail(
        "Votre code pour signer",
        "Voici le code à saisir pour signer « #document# » :",
        "#code#",
        "Il ne sert qu’une fois.\nDurée de validité : #validité#",
        "Si vous n’avez rien demandé, ignorez ce message. Ne donnez ce code à personne, même à #société#.",
    ),
    "signature.reminder": _mail(
        "Rappel : « #document# » attend votre signature",
        "« #document# », envoyé par #société#, attend toujours votre signature.",
        "#message#",
        "#lien#",
        "À signer avant le : #date_limite#",
        _PERSONAL,
    ),
    "signature.completed": _mail(
        "Signé : #document#",
        "« #document# » est signé par toutes les personnes demandées.",
        "Vous trouverez le document et son fichier de preuve en pièces jointes ou en ligne. "
        "Gardez le fichier PDF tel quel : imprimé ou modifié, il perd sa preuve.",
        "#lien#",
        "Numéro de preuve : #numéro_preuve#",
    ),
    "quote.ordered": _mail(
        "Commande reçue : #document#",
        "#signataire# a accepté « #document# ». Voici ce qui est commandé :",
        "#message#",
        "Le fichier signé dit la même chose ; il suit, avec sa preuve, dès qu’il est scellé.",
        "#lien#",
        "Numéro de preuve : #numéro_preuve#",
    ),
    "signature.refused": _mail(
        "Signature refusée : #document#",
        "#signataire# a refusé de signer « #document# ».",
        "Motif donné : #motif#",
        "#lien#",
        "La demande est close ; le document d’origine est conservé sans signature.",
    ),
    "gateway.refused": _mail(
        "Votre courriel n’est pas parti : #document#",
        "#motif#",
        "#lien#",
    ),
    "gateway.undelivered": _mail(
        "Non remis : #document#",
        "Votre courriel « #document# » n’a pas pu être remis à #message#.",
        "Réponse du serveur : #motif#",
        "#lien#",
    ),
    "gateway.mobiles": _mail(
        "Il manque des numéros de mobile : #document#",
        "Pour que la demande de signature « #document# » parte, donnez le numéro de mobile de : #message#.",
        "#lien#",
        "Sans réponse avant le #date_limite#, rien ne part.",
    ),
    "gateway.tracked": _mail(
        "#motif# : #document#",
        "Votre envoi suivi « #document# » à #message# : #motif#.",
        "#lien#",
        "La preuve, scellée et horodatée, se télécharge sur la page de l’envoi.",
    ),
    "signature.refused_goes_on": _mail(
        "Signature refusée : #document#",
        "#signataire# a refusé de signer « #document# ».",
        "Motif donné : #motif#",
        "#lien#",
        "La demande continue avec les autres personnes, comme l’expéditeur l’a prévu.",
    ),
    "signature.approval": _mail(
        "#société# attend votre accord : #document#",
        "#société# vous invite à lire « #document# » et à dire si vous l’approuvez.",
        "#message#",
        "#lien#",
        "Votre réponse est attendue avant le : #date_limite#",
        "Vous n’avez rien à signer : un code reçu à votre adresse prouve que c’est bien vous.",
        _PERSONAL,
    ),
    "signature.copy": _mail(
        "Pour information : #document# est signé",
        "#expéditeur# (#société#) vous envoie « #document# », signé par toutes les personnes demandées.",
        "#lien#",
        "Gardez le fichier PDF tel quel : imprimé ou modifié, il perd sa preuve.",
    ),
    "signature.delegated": _mail(
        "Quelqu’un d’autre répondra : #document#",
        "Une personne à qui vous avez demandé de répondre pour « #document# » en a désigné une autre.",
        "#motif#",
        "#lien#",
        "Son ancien lien ne fonctionne plus ; l’autre personne a reçu le sien.",
    ),
    "signature.in_person": _mail(
        "Au tour de #signataire# de signer, sur place : #document#",
        "C’est au tour de #signataire# de signer « #document# » sur votre appareil, comme vous l’aviez prévu.",
        "#lien#",
        "Rien ne lui est envoyé. Sur la page de la demande, vous pouvez lui prêter l’appareil ou lui envoyer un lien.",
        "À signer avant le : #date_limite#",
    ),
    "signature.expired": _mail(
        "Délai dépassé : #document#",
        "Le délai pour signer « #document# » est dépassé. Le lien de signature ne fonctionne plus.",
        "#lien#",
        "Le document est conservé ; une nouvelle demande peut être envoyée.",
    ),
    "signature.list_stopped": _mail(
        "Envoi arrêté : #document#",
        "L’envoi en nombre de « #document# » s’est arrêté.",
        "#motif#",
        "#lien#",
        "Les demandes déjà parties suivent leur cours ; les autres attendent.",
    ),
    "signature.form_paused": _mail(
        "Formulaire à l’arrêt : #document#",
        "Une personne a voulu utiliser votre formulaire public « #document# », qui ne peut pas prendre de demande.",
        "#motif#",
        "#lien#",
        "Rien de ce qu’elle a écrit n’est conservé ; elle a lu qu’elle pouvait réessayer plus tard.",
    ),
    "signature.withdrawn": _mail(
        "Demande retirée : #document#",
        "#société# a retiré sa demande de signature de « #document# ». Vous n’avez rien à faire.",
        "#motif#",
    ),
    "portal.activation": _mail(
        "Votre espace chez #société#",
        "#société# vous ouvre un espace où retrouver vos documents.",
        "#message#",
        "#lien#",
        "Ce lien sert une fois, à choisir votre mot de passe.\nIl est valable jusqu’au : #date_limite#",
        _PERSONAL,
    ),
    "portal.document_available": _mail(
        "Nouveau document : #document#",
        "« #document# » vous attend dans votre espace chez #société#.",
        "#message#",
        "#lien#",
    ),
    "staff.invitation": _mail(
        "Rejoignez #société# sur Pli",
        "#société# vous invite à travailler sur Pli, où l’on signe, envoie et classe ses documents.",
        "#message#",
        "#lien#",
        "Ce lien sert une fois.\nIl est valable jusqu’au : #date_limite#",
        _PERSONAL,
    ),
    "account.password_reset": _mail(
        "Votre nouveau mot de passe",
        "Quelqu’un, sans doute vous, a demandé à changer le mot de passe de votre compte.",
        "#lien#",
        "Ce lien sert une fois. Durée de validité : une heure.",
        "Si vous n’avez rien demandé, ignorez ce message : votre mot de passe ne change pas.",
        _PERSONAL,
    ),
    "billing.balance_low": (
        "Compte prépayé : il reste #document#",
        _HELLO + "\n\nLe compte prépayé de #société# passe sous son seuil d’alerte : il reste #document#."
        "\n\n#message#\n\n#lien#\n\nVous pouvez le créditer dès maintenant ; rien n’est interrompu.",
    ),
    "billing.balance_empty": (
        "Compte prépayé épuisé : #document#",
        _HELLO + "\n\nLe compte prépayé de #société# est épuisé. Son solde : #document#."
        "\n\n#message#\n\n#lien#\n\nLes demandes de signature déjà envoyées suivent leur cours.",
    ),
    "api.webhook_disabled": (
        "Notifications automatiques suspendues : #document#",
        _HELLO + "\n\n"
        "L’adresse « #document# » ne répond plus comme attendu : Pli a cessé de lui envoyer ses notifications "
        "automatiques. Ce qui s’est passé dans Pli n’est pas touché ; le détail des essais est dans les réglages."
        "\n\n#lien#\n\n"
        "Quand elle répondra de nouveau, réactivez-la : les messages à venir repartiront.",
    ),
}
SMS: dict[str, str] = {
    "signature.invitation": "#société# vous demande de signer #document# : #lien#",
    "signature.code_sms": "#code# : votre code pour signer #document#. Ne le donnez à personne. #société#",
    "signature.reminder": "Rappel : #document# (#société#) attend votre signature : #lien#",
    "signature.completed": "#document# est signé. Le document vous est envoyé par e-mail. #société#",
    "portal.activation": "#société# vous ouvre un espace pour vos documents : #lien#",
    "portal.document_available": "Nouveau document dans votre espace #société# : #document#. #lien#",
}
