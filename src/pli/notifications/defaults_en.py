"""Pli's own wording of every message in English: slug → (subject, text), and the text of SMS.

SMS keep to the GSM-7 alphabet and leave room for the values, so that they stay within one segment (see ``sms``).
"""

from __future__ import annotations

_HELLO = "Hello #destinataire#,"
_BYE = "Kind regards,\n#expéditeur#\n#société#"
_PERSONAL = "This link is yours alone: please do not forward this message."


def _mail(title: str, *paragraphs: str) -> tuple[str, str]:
    return title, "\n\n".join((_HELLO, *paragraphs, _BYE))


MAILS: dict[str, tuple[str, str]] = {
    "signature.invitation": _mail(
        "#société# asks you to sign: #document#",
        "#société# invites you to read and electronically sign “#document#”.",
        "#message#",
        "#lien#",
        "To be signed by: #date_limite#",
        "It takes a few minutes, on a phone or a computer, without an account. You may also refuse, and say why.",
        _PERSONAL,
    ),
    "signature.code_email": _mail(
        "Your code to sign",
        "Here is the code to type in to sign “#document#”:",
        "#code#",
        "It works once.\nIt is valid for: #validité#",
        "If you did not ask for it, ignore this message. Give this code to nobody, not even #société#.",
    ),
    "signature.reminder": _mail(
        "Reminder: “#document#” awaits your signature",
        "“#document#”, sent by #société#, still awaits your signature.",
        "#message#",
        "#lien#",
        "To be signed by: #date_limite#",
        _PERSONAL,
    ),
    "signature.completed": _mail(
        "Signed: #document#",
        "“#document#” has been signed by everyone who was asked.",
        "The document and its evidence record are attached or online. "
        "Keep the PDF file as it is: printed or changed, it no longer proves anything.",
        "#lien#",
        "Evidence number: #numéro_preuve#",
    ),
    "quote.ordered": _mail(
        "Order received: #document#",
        "#signataire# accepted “#document#”. This is what is ordered:",
        "#message#",
        "The signed file says the same; it follows, with its evidence record, as soon as it is sealed.",
        "#lien#",
        "Evidence number: #numéro_preuve#",
    ),
    "signature.refused": _mail(
        "Signature refused: #document#",
        "#signataire# refused to sign “#document#”.",
        "Reason given: #motif#",
        "#lien#",
        "The request is closed; the original document is kept, unsigned.",
    ),
    "gateway.refused": _mail(
        "Your e-mail did not leave: #document#",
        "#motif#",
        "#lien#",
    ),
    "gateway.undelivered": _mail(
        "Not delivered: #document#",
        "Your e-mail “#document#” could not be delivered to #message#.",
        "The server’s answer: #motif#",
        "#lien#",
    ),
    "gateway.mobiles": _mail(
        "Mobile numbers are missing: #document#",
        "For the request for signature “#document#” to go out, give the mobile number of: #message#.",
        "#lien#",
        "Without an answer before #date_limite#, nothing leaves.",
    ),
    "gateway.tracked": _mail(
        "#motif#: #document#",
        "Your tracked sending “#document#” to #message#: #motif#.",
        "#lien#",
        "The proof, sealed and timestamped, can be downloaded from the sending’s page.",
    ),
    "signature.refused_goes_on": _mail(
        "Signature refused: #document#",
        "#signataire# has refused to sign “#document#”.",
        "Reason given: #motif#",
        "#lien#",
        "The request goes on with the other people, as the sender has chosen.",
    ),
    "signature.approval": _mail(
        "#société# awaits your approval: #document#",
        "#société# invites you to read “#document#” and to say whether you approve it.",
        "#message#",
        "#lien#",
        "Please answer by: #date_limite#",
        "You have nothing to sign: a code sent to your address proves that it is you.",
        _PERSONAL,
    ),
    "signature.copy": _mail(
        "For your information: #document# is signed",
        "#expéditeur# (#société#) sends you “#document#”, signed by everyone who was asked.",
        "#lien#",
        "Keep the PDF file as it is: printed or changed, it no longer proves anything.",
    ),
    "signature.delegated": _mail(
        "Someone else will answer: #document#",
        "A person you asked to answer about “#document#” has named someone else.",
        "#motif#",
        "#lien#",
        "Their former link no longer works; the other person has received their own.",
    ),
    "signature.in_person": _mail(
        "#signataire#’s turn to sign, beside you: #document#",
        "It is #signataire#’s turn to sign “#document#” on your device, as you had planned.",
        "#lien#",
        "Nothing is sent to them. On the page of the request you may lend them the device or send them a link.",
        "To be signed by: #date_limite#",
    ),
    "signature.expired": _mail(
        "Deadline passed: #document#",
        "The deadline to sign “#document#” has passed. The signing link no longer works.",
        "#lien#",
        "The document is kept; a new request can be sent.",
    ),
    "signature.list_stopped": _mail(
        "Sending stopped: #document#",
        "The sending of “#document#” to a list has stopped.",
        "#motif#",
        "#lien#",
        "Requests already out go on; the others wait.",
    ),
    "signature.form_paused": _mail(
        "Form on hold: #document#",
        "Somebody wanted to use your public form “#document#”, which can take no request at the moment.",
        "#motif#",
        "#lien#",
        "Nothing of what they wrote was kept; they read that they may try again later.",
    ),
    "signature.withdrawn": _mail(
        "Request withdrawn: #document#",
        "#société# has withdrawn its request to sign “#document#”. There is nothing for you to do.",
        "#motif#",
    ),
    "portal.activation": _mail(
        "Your space at #société#",
        "#société# opens a space for you, where your documents are kept.",
        "#message#",
        "#lien#",
        "This link works once, to choose your password.\nIt is valid until: #date_limite#",
        _PERSONAL,
    ),
    "portal.document_available": _mail(
        "New document: #document#",
        "“#document#” awaits you in your space at #société#.",
        "#message#",
        "#lien#",
    ),
    "staff.invitation": _mail(
        "Join #société# on Pli",
        "#société# invites you to work on Pli, where documents are signed, sent and filed.",
        "#message#",
        "#lien#",
        "This link works once.\nIt is valid until: #date_limite#",
        _PERSONAL,
    ),
    "account.password_reset": _mail(
        "Your new password",
        "Somebody, probably you, asked to change the password of your account.",
        "#lien#",
        "This link works once, within one hour.",
        "If you did not ask for anything, ignore this message: your password does not change.",
        _PERSONAL,
    ),
    "billing.balance_low": (
        "Prepaid account: #document# left",
        _HELLO + "\n\nThe prepaid account of #société# has fallen under its alert threshold: #document# left."
        "\n\n#message#\n\n#lien#\n\nYou can credit it now; nothing is interrupted.",
    ),
    "billing.balance_empty": (
        "Prepaid account empty: #document#",
        _HELLO + "\n\nThe prepaid account of #société# is empty. Its balance: #document#."
        "\n\n#message#\n\n#lien#\n\nRequests for signature already sent go on.",
    ),
    "api.webhook_disabled": (
        "Automatic notifications suspended: #document#",
        _HELLO + "\n\n"
        "The address “#document#” no longer answers as expected: Pli has stopped sending it automatic notifications. "
        "Nothing in Pli is affected; each attempt is listed in the settings."
        "\n\n#lien#\n\n"
        "When it answers again, turn it back on: the messages to come will leave.",
    ),
}
SMS: dict[str, str] = {
    "signature.invitation": "#société# asks you to sign #document#: #lien#",
    "signature.code_sms": "#code#: your code to sign #document#. Give it to nobody. #société#",
    "signature.reminder": "Reminder: #document# (#société#) awaits your signature: #lien#",
    "signature.completed": "#document# is signed. The document is sent to you by e-mail. #société#",
    "portal.activation": "#société# opens a space for your documents: #lien#",
    "portal.document_available": "New document in your space at #société#: #document#. #lien#",
}
