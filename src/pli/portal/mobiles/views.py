"""The page of a question to a sender: whose mobile numbers are missing. Its link serves once."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from pli.gateway.api import Asking, answer_ask, open_ask
from pli.parties.api import WrongValue, clean_mobile
from pli.portal.company import company_of
from pli.portal.speaking import speak_as_sender


class MobileField(forms.CharField):
    """A mobile number, given back in E.164."""

    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "off"})

    def clean(self, value: Any) -> str:
        said = str(super().clean(value))
        try:
            return clean_mobile(said) if said else ""
        except WrongValue:
            raise forms.ValidationError(
                _("« %(value)s » n’est pas un numéro de mobile."), params={"value": said}
            ) from None


class MobilesForm(forms.Form):
    """One number a person; all of them, unless the sender prefers a code by e-mail for the others."""

    def __init__(self, *args: Any, asking: Asking, is_required: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for recipient, name, address in asking.people:
            self.fields[recipient] = MobileField(label=f"{name} ({address})", required=is_required)

    def numbers(self) -> dict[str, str]:
        """Those given, in E.164, by recipient."""
        return {recipient: number for recipient, number in self.cleaned_data.items() if number}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, token: str) -> HttpResponse:
    """Whose numbers are missing; once they are given the request goes out."""
    asking = open_ask(token)
    speak_as_sender(request, asking.message.organisation.language)
    given = request.POST if request.method == "POST" else None
    form = MobilesForm(given, asking=asking, is_required="by_mail" not in request.POST)
    context = {
        "company": company_of(asking.message.organisation), "subject": asking.message.subject, "form": form,
        "until": asking.expires_at,
    }  # fmt: skip
    if given is not None and form.is_valid():
        answer_ask(token, form.numbers())
        return _quiet(render(request, "portal/mobiles/done.html", context))
    return _quiet(render(request, "portal/mobiles/page.html", context, status=422 if form.errors else 200))


def _quiet(response: HttpResponse) -> HttpResponse:
    # Not none at all: a form that is sent must show where it comes from (ADR 0019).
    response["Referrer-Policy"] = "same-origin"
    return response
