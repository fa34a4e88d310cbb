"""The pages behind an activation link and an activation letter. Looking changes nothing; only a POST does."""

from __future__ import annotations

from allauth.core import ratelimit
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from pli.parties.api import ActivationRefused, activate_by_letter, activate_by_link, look_at_activation
from pli.portal.activation.forms import LetterForm, PasswordForm

_SESSION_KEY = "activation_token"


@require_GET
@never_cache
def link(request: HttpRequest, token: str) -> HttpResponse:
    """Take the token out of the address at once, so that neither history, logs of later pages nor referrers keep it."""
    request.session[_SESSION_KEY] = token
    response = redirect("activation:choose")
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def choose(request: HttpRequest) -> HttpResponse:
    """Say who invites, and let the person choose a password or accept."""
    token = str(request.session.get(_SESSION_KEY, ""))
    try:
        offer = look_at_activation(token)
        form = PasswordForm(request.POST or None) if offer.needs_password else None
        if request.method == "POST" and (form is None or form.is_valid()):
            try:
                activate_by_link(token=token, password=form.cleaned_data["password"] if form else "")
            except ValidationError as refusal:
                if form is None:
                    raise
                form.add_error("password", refusal)
            else:
                return _done(request)
    except ActivationRefused:
        return render(request, "portal/activation/refused.html", status=410)
    context = {"offer": offer, "form": form}
    status = 422 if form is not None and form.is_bound else 200
    return render(request, "portal/activation/choose.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def letter(request: HttpRequest) -> HttpResponse:
    """Activate with the identifier and the code of a letter."""
    form = LetterForm(request.POST or None)
    if request.method == "POST":
        too_many: HttpResponse | None = ratelimit.consume_or_429(request, action="activation_letter")
        if too_many:
            return too_many
        if form.is_valid():
            try:
                activate_by_letter(
                    login_name=form.cleaned_data["login_name"],
                    code=form.cleaned_data["code"],
                    password=form.cleaned_data["password"],
                )
            except ValidationError as refusal:
                form.add_error("password", refusal)
            except ActivationRefused:
                form.add_error(
                    "code",
                    _("Cet identifiant et ce code ne vont pas ensemble, ou ne valent plus. Relisez la lettre ; après "
                      "cinq essais, demandez-en une nouvelle à l’entreprise."),
                )  # fmt: skip
            else:
                return _done(request)
    return render(request, "portal/activation/letter.html", {"form": form}, status=422 if form.is_bound else 200)


def _done(request: HttpRequest) -> HttpResponse:
    """The door, not a session: a second factor set elsewhere is still asked for."""
    request.session.pop(_SESSION_KEY, None)
    messages.success(request, _("Votre accès est activé. Connectez-vous."))
    return redirect("account_login")
