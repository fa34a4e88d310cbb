"""What Pli asks of allauth: no open sign-up, one answer for all failures, only known people by OpenID Connect."""

from __future__ import annotations

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_WRONG = gettext_lazy("L’adresse ou le mot de passe n’est pas le bon. Vérifiez-les, ou changez de mot de passe.")
_QUIET = {"account/messages/logged_in.txt", "account/messages/logged_out.txt"}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts are made by an organisation, never by a visitor."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _WRONG,
        "username_password_mismatch": _WRONG,
        "invalid_login": _WRONG,
        "account_inactive": _WRONG,
        "too_many_login_attempts": gettext_lazy("Trop d’essais. Attendez quelques minutes, puis recommencez."),
        "enter_current_password": gettext_lazy("Tapez votre mot de passe actuel."),
        "incorrect_password": gettext_lazy("Ce mot de passe n’est pas le bon."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The office, the portal, or the choice between them."""
        return reverse("me:arrival")

    def get_logout_redirect_url(self, request: HttpRequest) -> str:
        """Back to the door."""
        return reverse("account_login")

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        """Back to one's account."""
        return reverse("me:home")

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """Say what matters: not that one has logged in, which one sees."""
        if message_template not in _QUIET:
            super().add_message(request, level, message_template, *args, **kwargs)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Every e-mail of Pli leaves through notifications; allauth's own flows that send are switched off."""
        raise ImproperlyConfigured(f"{template_prefix} is not sent by allauth")


class OpenIdAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """A provider says who somebody is; whether they may enter is the organisation's to say."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Never: only accounts that exist, found by an e-mail the provider has verified."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Nobody ties a provider to the account they are logged in with: it could be somebody else's."""
        if sociallogin.state.get("process") == "connect":
            raise ImmediateHttpResponse(redirect("me:home"))
        super().pre_social_login(request, sociallogin)


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Authenticator secrets are encrypted at rest under a key derived from the installation's."""

    def encrypt(self, text: str) -> str:
        """``text`` encrypted (AES-128-CBC and HMAC-SHA256, by Fernet)."""
        return _boxes().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """What :meth:`encrypt` was given, also under a former secret key."""
        return _boxes().decrypt(encrypted_text.encode()).decode()

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        """« Clé 2 »."""
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("Clé %(number)s") % {"number": count + 1}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """This site, as passkey managers show it."""
        return {**super().get_public_key_credential_rp_entity(), "name": "Pli"}


def _boxes() -> MultiFernet:
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derive(str(key))) for key in keys])


def _derive(secret: str) -> bytes:
    key = HKDF(SHA256(), length=32, salt=None, info=b"pli second factors").derive(secret.encode())
    return base64.urlsafe_b64encode(key)
