"""The forms of the door."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm, ResetPasswordForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class SignInForm(LoginForm):  # type: ignore[misc]
    """E-mail or identifier, and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        login, password, remember = self.fields["login"], self.fields["password"], self.fields["remember"]
        login.label = _("Adresse e-mail")
        login.help_text = _("Ou l’identifiant de votre lettre d’activation.")
        login.max_length = 254
        login.widget.attrs = {"autocomplete": "username webauthn", "autocapitalize": "none", "spellcheck": "false"}
        password.label = _("Mot de passe")
        password.help_text = ""
        password.widget.attrs = {"autocomplete": "current-password"}
        remember.label = _("Rester connecté sur cet appareil")


class AskResetForm(ResetPasswordForm):  # type: ignore[misc]
    """Asks for a new password. Nothing is looked up before the answer: it is the same, and takes the same time,
    whether the account exists or not."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("Adresse e-mail")
        self.fields["email"].widget.attrs = {"autocomplete": "email"}

    def clean_email(self) -> str:
        """The address as typed, in small letters."""
        return str(self.cleaned_data["email"]).lower()

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Leave the rest to a job."""
        from pli.office.tasks import send_password_reset

        email = self.cleaned_data["email"]
        send_password_reset.defer(email=email)
        return str(email)


class AddKeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A passkey, and the name its owner knows it by."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Nom de la clé")
        self.fields["passwordless"].label = _("Me connecter avec cette clé seule")
        self.fields["passwordless"].help_text = _("Sans mot de passe : la clé demande alors une empreinte ou un code.")


class RenameKeyForm(EditWebAuthnForm):  # type: ignore[misc]
    """Another name for a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Nom de la clé")


class LanguageForm(forms.Form):
    """The language one reads Pli in."""

    language = forms.ChoiceField(label=_("Langue"), choices=settings.LANGUAGES)
