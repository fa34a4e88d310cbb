"""What makes a person reachable for a signature."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from pli.kit.errors import Phrase

CODE_CHANNELS = ("EMAIL", "SMS")


def check_signer_address(name: str, email: str, mobile: str, code_channel: str) -> str:
    """Why this person cannot be reached, in a sentence translated where it is shown; empty when they can."""
    if not name.strip():
        return Phrase("Chaque signataire doit avoir un nom.")
    try:
        validate_email(email)
    except ValidationError:
        return Phrase("L’adresse e-mail de %(name)s n’est pas valable.", name=name)
    if code_channel not in CODE_CHANNELS:
        return Phrase("Le code est envoyé par e-mail ou par SMS.")
    if code_channel == "SMS" and not mobile:
        return Phrase("Le numéro de mobile de %(name)s manque pour lui envoyer un code par SMS.", name=name)
    if mobile and not re.fullmatch(r"\+[1-9]\d{6,14}", mobile):
        return Phrase("Le numéro de mobile de %(name)s n’est pas valable (exemple : +33612345678).", name=name)
    return ""
