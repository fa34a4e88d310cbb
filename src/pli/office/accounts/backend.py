"""Who logs in: by e-mail or by identifier, in the same time whether the account exists or not."""

from __future__ import annotations

from typing import Any

from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from pli.parties.api import Account


class SignInBackend(AuthenticationBackend):  # type: ignore[misc]
    """Exactly one password is hashed for each try: allauth's own would hash twice for a known e-mail when people
    may also log in by identifier, and answers otherwise for a deactivated account."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> Account | None:
        """The account, when e-mail or identifier and password fit and it is active."""
        password = credentials.get("password")
        typed = credentials.get("email") or credentials.get("username") or ""
        if not password:
            return None
        account = _find(str(typed).strip())
        if account is None:
            Account().set_password(password)
            return None
        # An account without a password costs the same hash: Django's check_password sees to it.
        return account if account.check_password(password) and account.is_active else None


def _find(typed: str) -> Account | None:
    if "\x00" in typed or not typed:
        return None
    if "@" in typed:
        return Account.objects.filter(email__iexact=typed).first()
    return Account.objects.filter(login_name=typed.upper()).first()
