"""Pli's own wording of every message: (slug, channel, language) → (subject, text). SMS have no subject.

SMS keep to the GSM-7 alphabet and leave room for the values, so that they stay within one segment (see ``sms``).
"""

from __future__ import annotations

_HELLO_FR, _HELLO_EN = "Bonjour #destinataire#,", "Hello #destinataire#,"
_BYE_FR, _BYE_EN = "Cordialement,\n#expéditeur#\n#société#", "Kind regards,\n#expéditeur#\n#société#"
_PERSONAL_FR = "Ce lien vous est personnel : ne transférez pas ce message."
_PERSONAL_EN = "This link is yours alone: please do not forward this message."


def _mail_fr(title: str, *paragraphs: str) -> tuple[str, str]:
    return title, "\n\n".join((_HELLO_FR, *paragraphs, _BYE_FR))


def _mail_en(title: str, *paragraphs: str) -> tuple[str, str]:
    return title, "\n\n".join((_HELLO_EN, *paragraphs, _BYE_EN))


_FR: dict[str, tuple[str, str]] = {
    "signature.invitation": _mail_fr(
        "#société# vous demande de signer : #document#",
        "#société# vous invite à lire et à signer électroniquement « #document# ».",
        "#message#",
        "#lien#",
        "À signer avant le : #date_limite#",
        "Quelques minutes suffisent, sur téléphone ou ordinateur, sans créer de compte. "
        "Vous pouvez aussi refuser, en disant pourquoi.",
        _PERSONAL_FR,
    ),
    "signature.code_email": _mail_fr(
        "Votre code pour signer",
        "Voici le code à saisir pour signer « #document# » :",
        "#code#",
        "Il ne sert qu’une fois.\nDurée de validité : #validité#",
        "Si vous n’avez rien demandé, ignorez ce message. Ne donnez ce code à personne, même à #société#.",
    ),
    "signature.reminder": _mail_fr(
        "Rappel : « #document# » attend votre signature",
        "« #document# », envoyé par #société#, attend toujours votre signature.",
        "#message#",
        "#lien#",
        "À signer avant le : #date_limite#",
        _PERSONAL_FR,
    ),
    "signature.completed": _mail_fr(
        "Signé : #document#",
        "« #document# » est signé par toutes les personnes demandées.",
        "Vous trouverez le document et son fichier de preuve en pièces jointes ou en ligne. "
        "Gardez le fichier PDF tel quel : imprimé ou modifié, il perd sa preuve.",
        "#lien#",
        "Numéro de preuve : #numéro_preuve#",
    ),
    "quote.ordered": _mail_fr(
        "Commande reçue : #document#",
        "#signataire# a accepté « #document# ». Voici ce qui est commandé :",
        "#message#",
        "Le fichier signé dit la même chose ; il suit, avec sa preuve, dès qu’il est scellé.",
        "#lien#",
        "Numéro de preuve : #numéro_preuve#",
    ),
    "signature.refused": _mail_fr(
        "Signature refusée : #document#",
        "#signataire# a refusé de signer « #document# ».",
        "Motif donné : #motif#",
        "#lien#",
        "La demande est close ; le document d’origine est conservé sans signature.",
    ),
    "gateway.refused": _mail_fr(
        "Votre courriel n’est pas parti : #document#",
        "#motif#",
        "#lien#",
    ),
    "gateway.undelivered": _mail_fr(
        "Non remis : #document#",
        "Votre courriel « #document# » n’a pas pu être remis à #message#.",
        "Réponse du serveur : #motif#",
        "#lien#",
    ),
    "gateway.mobiles": _mail_fr(
        "Il manque des numéros de mobile : #document#",
        "Pour que la demande de signature « #document# » parte, donnez le numéro de mobile de : #message#.",
        "#lien#",
        "Sans réponse avant le #date_limite#, rien ne part.",
    ),
    "gateway.tracked": _mail_fr(
        "#motif# : #document#",
        "Votre envoi suivi « #document# » à #message# : #motif#.",
        "#lien#",
        "La preuve, scellée et horodatée, se télécharge sur la page de l’envoi.",
    ),
    "signature.refused_goes_on": _mail_fr(
        "Signature refusée : #document#",
        "#signataire# a refusé de signer « #document# ».",
        "Motif donné : #motif#",
        "#lien#",
        "La demande continue avec les autres personnes, comme l’expéditeur l’a prévu.",
    ),
    "signature.approval": _mail_fr(
        "#société# attend votre accord : #document#",
        "#société# vous invite à lire « #document# » et à dire si vous l’approuvez.",
        "#message#",
        "#lien#",
        "Votre réponse est attendue avant le : #date_limite#",
        "Vous n’avez rien à signer : un code reçu à votre adresse prouve que c’est bien vous.",
        _PERSONAL_FR,
    ),
    "signature.copy": _mail_fr(
        "Pour information : #document# est signé",
        "#expéditeur# (#société#) vous envoie « #document# », signé par toutes les personnes demandées.",
        "#lien#",
        "Gardez le fichier PDF tel quel : imprimé ou modifié, il perd sa preuve.",
    ),
    "signature.delegated": _mail_fr(
        "Quelqu’un d’autre répondra : #document#",
        "Une personne à qui vous avez demandé de répondre pour « #document# » en a désigné une autre.",
        "#motif#",
        "#lien#",
        "Son ancien lien ne fonctionne plus ; l’autre personne a reçu le sien.",
    ),
    "signature.in_person": _mail_fr(
        "Au tour de #signataire# de signer, sur place : #document#",
        "C’est au tour de #signataire# de signer « #document# » sur votre appareil, comme vous l’aviez prévu.",
        "#lien#",
        "Rien ne lui est envoyé. Sur la page de la demande, vous pouvez lui prêter l’appareil ou lui envoyer un lien.",
        "À signer avant le : #date_limite#",
    ),
    "signature.expired": _mail_fr(
        "Délai dépassé : #document#",
        "Le délai pour signer « #document# » est dépassé. Le lien de signature ne fonctionne plus.",
        "#lien#",
        "Le document est conservé ; une nouvelle demande peut être envoyée.",
    ),
    "signature.list_stopped": _mail_fr(
        "Envoi arrêté : #document#",
        "L’envoi en nombre de « #document# » s’est arrêté.",
        "#motif#",
        "#lien#",
        "Les demandes déjà parties suivent leur cours ; les autres attendent que vous repreniez l’envoi.",
    ),
    "signature.form_paused": _mail_fr(
        "Formulaire à l’arrêt : #document#",
        "Une personne a voulu utiliser votre formulaire public « #document# », qui ne peut pas prendre de demande.",
        "#motif#",
        "#lien#",
        "Rien de ce qu’elle a écrit n’est conservé ; elle a lu qu’elle pouvait réessayer plus tard.",
    ),
    "signature.withdrawn": _mail_fr(
        "Demande retirée : #document#",
        "#société# a retiré sa demande de signature de « #document# ». Vous n’avez rien à faire.",
        "#motif#",
    ),
    "portal.activation": _mail_fr(
        "Votre espace chez #société#",
        "#société# vous ouvre un espace où retrouver vos documents.",
        "#message#",
        "#lien#",
        "Ce lien sert une fois, à choisir votre mot de passe.\nIl est valable jusqu’au : #date_limite#",
        _PERSONAL_FR,
    ),
    "portal.document_available": _mail_fr(
        "Nouveau document : #document#",
        "« #document# » vous attend dans votre espace chez #société#.",
        "#message#",
        "#lien#",
    ),
    "staff.invitation": _mail_fr(
        "Rejoignez #société# sur Pli",
        "#société# vous invite à travailler sur Pli, où l’on signe, envoie et classe ses documents.",
        "#message#",
        "#lien#",
        "Ce lien sert une fois.\nIl est valable jusqu’au : #date_limite#",
        _PERSONAL_FR,
    ),
    "account.password_reset": _mail_fr(
        "Votre nouveau mot de passe",
        "Quelqu’un, sans doute vous, a demandé à changer le mot de passe de votre compte.",
        "#lien#",
        "Ce lien sert une fois. Durée de validité : une heure.",
        "Si vous n’avez rien demandé, ignorez ce message : votre mot de passe ne change pas.",
        _PERSONAL_FR,
    ),
    "billing.balance_low": (
        "Compte prépayé : il reste #document#",
        _HELLO_FR + "\n\nLe compte prépayé de #société# passe sous son seuil d’alerte : il reste #document#."
        "\n\n#message#\n\n#lien#\n\nVous pouvez le créditer dès maintenant ; rien n’est interrompu.",
    ),
    "billing.balance_empty": (
        "Compte prépayé épuisé : #document#",
        _HELLO_FR + "\n\nLe compte prépayé de #société# est épuisé. Son solde : #document#."
        "\n\n#message#\n\n#lien#\n\nLes demandes de signature déjà envoyées suivent leur cours.",
    ),
    "api.webhook_disabled": (
        "Notifications automatiques suspendues : #document#",
        _HELLO_FR + "\n\n"
        "L’adresse « #document# » ne répond plus comme attendu : Pli a cessé de lui envoyer ses notifications "
        "automatiques. Ce qui s’est passé dans Pli n’est pas touché ; le détail des essais est dans les réglages."
        "\n\n#lien#\n\n"
        "Quand elle répondra de nouveau, réactivez-la : les messages à venir repartiront.",
    ),
}
_EN: dict[str, tuple[str, str]] = {
    "signature.invitation": _mail_en(
        "#société# asks you to sign: #document#",
        "#société# invites you to read and electronically sign “#document#”.",
        "#message#",
        "#lien#",
        "To be signed before: #date_limite#",
        "It takes a few minutes, on a phone or a computer, without an account. You may also refuse, and say why.",
        _PERSONAL_EN,
    ),
    "signature.code_email": _mail_en(
        "Your code to sign",
        "Here is the code to type in to sign “#document#”:",
        "#code#",
        "It works once.\nIt is valid for: #validité#",
        "If you did not ask for it, ignore this message. Give this code to nobody, not even #société#.",
    ),
    "signature.reminder": _mail_en(
        "Reminder: “#document#” awaits your signature",
        "“#document#”, sent by #société#, still awaits your signature.",
        "#message#",
        "#lien#",
        "To be signed before: #date_limite#",
        _PERSONAL_EN,
    ),
    "signature.completed": _mail_en(
        "Signed: #document#",
        "“#document#” has been signed by everyone who was asked.",
        "The document and its evidence record are attached or online. "
        "Keep the PDF file as it is: printed or changed, it loses its proof.",
        "#lien#",
        "Evidence number: #numéro_preuve#",
    ),
    "quote.ordered": _mail_en(
        "Order received: #document#",
        "#signataire# accepted “#document#”. This is what is ordered:",
        "#message#",
        "The signed file says the same; it follows, with its proof, as soon as it is sealed.",
        "#lien#",
        "Proof number: #numéro_preuve#",
    ),
    "signature.refused": _mail_en(
        "Signature refused: #document#",
        "#signataire# refused to sign “#document#”.",
        "Reason given: #motif#",
        "#lien#",
        "The request is closed; the original document is kept, unsigned.",
    ),
    "gateway.refused": _mail_en(
        "Your e-mail did not leave: #document#",
        "#motif#",
        "#lien#",
    ),
    "gateway.undelivered": _mail_en(
        "Not delivered: #document#",
        "Your e-mail “#document#” could not be delivered to #message#.",
        "The server’s answer: #motif#",
        "#lien#",
    ),
    "gateway.mobiles": _mail_en(
        "Mobile numbers are missing: #document#",
        "For the request for signature “#document#” to go out, give the mobile number of: #message#.",
        "#lien#",
        "Without an answer before #date_limite#, nothing leaves.",
    ),
    "gateway.tracked": _mail_en(
        "#motif#: #document#",
        "Your tracked sending “#document#” to #message#: #motif#.",
        "#lien#",
        "The proof, sealed and timestamped, can be downloaded from the sending’s page.",
    ),
    "signature.refused_goes_on": _mail_en(
        "Signature refused: #document#",
        "#signataire# has refused to sign “#document#”.",
        "Reason given: #motif#",
        "#lien#",
        "The request goes on with the other people, as the sender has chosen.",
    ),
    "signature.approval": _mail_en(
        "#société# awaits your approval: #document#",
        "#société# invites you to read “#document#” and to say whether you approve it.",
        "#message#",
        "#lien#",
        "Your answer is awaited by: #date_limite#",
        "You have nothing to sign: a code sent to your address proves that it is you.",
        _PERSONAL_EN,
    ),
    "signature.copy": _mail_en(
        "For your information: #document# is signed",
        "#expéditeur# (#société#) sends you “#document#”, signed by everyone who was asked.",
        "#lien#",
        "Keep the PDF file as it is: printed or changed, it loses its evidence.",
    ),
    "signature.delegated": _mail_en(
        "Somebody else will answer: #document#",
        "A person you asked to answer about “#document#” has named another one.",
        "#motif#",
        "#lien#",
        "Their former link no longer works; the other person has received their own.",
    ),
    "signature.in_person": _mail_en(
        "#signataire#’s turn to sign, beside you: #document#",
        "It is #signataire#’s turn to sign “#document#” on your device, as you had planned.",
        "#lien#",
        "Nothing is sent to them. On the page of the request you may lend them the device or send them a link.",
        "To be signed before: #date_limite#",
    ),
    "signature.expired": _mail_en(
        "Deadline passed: #document#",
        "The deadline to sign “#document#” has passed. The signing link no longer works.",
        "#lien#",
        "The document is kept; a new request can be sent.",
    ),
    "signature.list_stopped": _mail_en(
        "Sending stopped: #document#",
        "The sending in number of “#document#” has stopped.",
        "#motif#",
        "#lien#",
        "Requests already out go on; the others wait for you to resume the sending.",
    ),
    "signature.form_paused": _mail_en(
        "Form standing still: #document#",
        "Somebody wanted to use your public form “#document#”, which can take no request.",
        "#motif#",
        "#lien#",
        "Nothing of what they wrote was kept; they read that they may try again later.",
    ),
    "signature.withdrawn": _mail_en(
        "Request withdrawn: #document#",
        "#société# has withdrawn its request to sign “#document#”. There is nothing for you to do.",
        "#motif#",
    ),
    "portal.activation": _mail_en(
        "Your space at #société#",
        "#société# opens a space for you, where your documents are kept.",
        "#message#",
        "#lien#",
        "This link works once, to choose your password.\nIt is valid until: #date_limite#",
        _PERSONAL_EN,
    ),
    "portal.document_available": _mail_en(
        "New document: #document#",
        "“#document#” awaits you in your space at #société#.",
        "#message#",
        "#lien#",
    ),
    "staff.invitation": _mail_en(
        "Join #société# on Pli",
        "#société# invites you to work on Pli, where documents are signed, sent and filed.",
        "#message#",
        "#lien#",
        "This link works once.\nIt is valid until: #date_limite#",
        _PERSONAL_EN,
    ),
    "account.password_reset": _mail_en(
        "Your new password",
        "Somebody, probably you, asked to change the password of your account.",
        "#lien#",
        "This link works once, within one hour.",
        "If you did not ask for anything, ignore this message: your password does not change.",
        _PERSONAL_EN,
    ),
    "billing.balance_low": (
        "Prepaid account: #document# left",
        _HELLO_EN + "\n\nThe prepaid account of #société# has fallen under its alert threshold: #document# left."
        "\n\n#message#\n\n#lien#\n\nYou can credit it now; nothing is interrupted.",
    ),
    "billing.balance_empty": (
        "Prepaid account empty: #document#",
        _HELLO_EN + "\n\nThe prepaid account of #société# is empty. Its balance: #document#."
        "\n\n#message#\n\n#lien#\n\nRequests for signature already sent go on.",
    ),
    "api.webhook_disabled": (
        "Automatic notifications suspended: #document#",
        _HELLO_EN + "\n\n"
        "The address “#document#” no longer answers as expected: Pli has stopped sending it automatic notifications. "
        "Nothing in Pli is affected; each attempt is listed in the settings."
        "\n\n#lien#\n\n"
        "When it answers again, turn it back on: the messages to come will leave.",
    ),
}
_SMS_FR = {
    "signature.invitation": "#société# vous demande de signer #document# : #lien#",
    "signature.code_sms": "#code# : votre code pour signer #document#. Ne le donnez à personne. #société#",
    "signature.reminder": "Rappel : #document# (#société#) attend votre signature : #lien#",
    "signature.completed": "#document# est signé. Le document vous est envoyé par e-mail. #société#",
    "portal.activation": "#société# vous ouvre un espace pour vos documents : #lien#",
    "portal.document_available": "Nouveau document dans votre espace #société# : #document#. #lien#",
}
_SMS_EN = {
    "signature.invitation": "#société# asks you to sign #document#: #lien#",
    "signature.code_sms": "#code#: your code to sign #document#. Give it to nobody. #société#",
    "signature.reminder": "Reminder: #document# (#société#) awaits your signature: #lien#",
    "signature.completed": "#document# is signed. The document is sent to you by e-mail. #société#",
    "portal.activation": "#société# opens a space for your documents: #lien#",
    "portal.document_available": "New document in your space at #société#: #document#. #lien#",
}
DEFAULTS: dict[tuple[str, str, str], tuple[str, str]] = {
    **{(slug, "EMAIL", "fr"): words for slug, words in _FR.items()},
    **{(slug, "EMAIL", "en"): words for slug, words in _EN.items()},
    **{(slug, "SMS", "fr"): ("", text) for slug, text in _SMS_FR.items()},
    **{(slug, "SMS", "en"): ("", text) for slug, text in _SMS_EN.items()},
}
