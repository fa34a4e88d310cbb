"""What makes a person reachable for a signature."""

from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

CODE_CHANNELS = ("EMAIL", "SMS")


def check_signer_address(name: str, email: str, mobile: str, code_channel: str) -> str:
    """The French sentence that says why this person cannot be reached, empty when they can."""
    if not name.strip():
        return "Chaque signataire doit avoir un nom."
    try:
        validate_email(email)
    except ValidationError:
        return f"L’adresse e-mail de {name} n’est pas valable."
    if code_channel not in CODE_CHANNELS:
        return "Le code est envoyé par e-mail ou par SMS."
    if code_channel == "SMS" and not mobile:
        return f"Le numéro de mobile de {name} manque pour lui envoyer un code par SMS."
    if mobile and not re.fullmatch(r"\+[1-9]\d{6,14}", mobile):
        return f"Le numéro de mobile de {name} n’est pas valable (exemple : +33612345678)."
    return ""
