"""Accounts: found or made, their sessions ended, their language set."""

from __future__ import annotations

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from pli.parties.models import Account


def ensure_account(*, email: str, name: str, language: str = "fr") -> Account:
    """The account of that e-mail, made without a password when there is none yet; without e-mail, always a new one."""
    if email:
        found = Account.objects.filter(email__iexact=email).first()
        if found is not None:
            return found
    try:
        with transaction.atomic():
            return Account.objects.create_user(email, None, name=name, language=language)
    except IntegrityError:  # somebody made it meanwhile
        return Account.objects.get(email__iexact=email)


def end_sessions(account_id: UUID) -> None:
    """Close every open session of the account, everywhere, at once."""
    Account.objects.filter(id=account_id).update(session_epoch=F("session_epoch") + 1)


def set_language(account_id: UUID, language: str) -> None:
    """Remember the language the person reads Pli in."""
    Account.objects.filter(id=account_id).update(language="en" if language == "en" else "fr")
