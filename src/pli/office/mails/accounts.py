"""One's own log-in at the gateway, and the administrator's page of all of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.gateway.api import (
    AddressRefused,
    SenderOptions,
    accounts_for,
    change_account,
    change_options,
    make_account,
    own_account,
    read_options,
    readable_size,
)
from pli.kit.errors import NotFound
from pli.notifications.api import Channel, local_channels
from pli.office.access import StaffRequest, staff_required
from pli.office.errors import explain
from pli.parties.api import Role

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)


class OptionsForm(forms.Form):
    """A sender's habits."""

    sign_days = forms.IntegerField(label=gettext_lazy("Jours pour signer"), min_value=1, max_value=180)
    signs_in_turn = forms.BooleanField(
        label=gettext_lazy("Chacun signe à son tour : « À », puis « Copie »"), required=False
    )
    prefers_sms = forms.BooleanField(
        label=gettext_lazy("Code par SMS quand le mobile est dans le carnet d’adresses"), required=False
    )
    asks_mobiles = forms.BooleanField(
        label=gettext_lazy("Me demander par courriel les numéros de mobile qui manquent"), required=False
    )
    link_days = forms.IntegerField(
        label=gettext_lazy("Jours de validité des fichiers en lien"), min_value=1, max_value=365
    )

    def options(self) -> SenderOptions:
        """What was chosen."""
        return SenderOptions(**self.cleaned_data)


class AccountForm(forms.Form):
    """What an administrator allows a log-in."""

    addresses = forms.CharField(
        label=gettext_lazy("Autres adresses d’expéditeur"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Une par ligne : une boîte commune, un alias. La sienne est toujours permise."),
    )
    takes_large = forms.BooleanField(
        label=gettext_lazy("Envoi de fichiers jusqu’à 1 Go avec *LIEN"),
        required=False,
    )
    is_active = forms.BooleanField(label=gettext_lazy("Ce compte peut envoyer"), required=False)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_required(*WRITERS)
def mine(request: StaffRequest) -> HttpResponse:
    """« Ma passerelle de courriel »: the address, the log-in, the steps, the habits."""
    account = own_account(request.actor)
    form = None
    if account is not None:
        initial = read_options(account.options)
        form = OptionsForm(request.POST or None, initial=vars(initial))
        if request.method == "POST" and form.is_valid():
            change_options(request.actor, form.options())
            messages.success(request, _("Vos réglages d’envoi sont enregistrés."))
            return redirect("mails:mine")
    return _mine(request, "", form)


@never_cache
@require_POST
@staff_required(*WRITERS)
def renew(request: StaffRequest) -> HttpResponse:
    """A log-in, or a new password for it; it stands on this answer alone."""
    account, secret = make_account(request.actor)
    messages.success(request, _("Votre mot de passe d’envoi est prêt. Copiez-le : il ne sera plus montré."))
    return _mine(request, secret, OptionsForm(initial=vars(read_options(account.options))))


def _mine(request: StaffRequest, secret: str, form: OptionsForm | None) -> HttpResponse:
    context = {
        "account": own_account(request.actor),
        "secret": secret,
        "form": form,
        "host": settings.PLI_SMTP_DOMAIN,
        "port": settings.PLI_SMTP_PORT,
        "email": request.user.email,
        "limit": readable_size(settings.PLI_SMTP_MAX_BYTES),
    }
    is_wrong = form is not None and bool(form.errors)
    return render(request, "office/mails/mine.html", context, status=422 if is_wrong else 200)


@never_cache
@require_GET
@staff_required(Role.ADMIN, Role.AUDITOR)
def listing(request: StaffRequest) -> HttpResponse:
    """Who sends through the gateway, and how it is set up."""
    rows = accounts_for(request.actor).order_by("login")
    context: dict[str, Any] = {
        "rows": rows,
        "host": settings.PLI_SMTP_DOMAIN,
        "port": settings.PLI_SMTP_PORT,
        "limit": readable_size(settings.PLI_SMTP_MAX_BYTES),
        "is_local": Channel.EMAIL in local_channels(),
        "reads_bounces": settings.PLI_SMTP_BOUNCES,
        "may_change": request.actor.role == Role.ADMIN,
    }
    return render(request, "office/mails/gateway.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_required(Role.ADMIN)
def change(request: StaffRequest, account_id: UUID) -> HttpResponse:
    """What one log-in may do."""
    account = accounts_for(request.actor).filter(id=account_id).first()
    if account is None:
        raise NotFound
    initial = {
        "addresses": "\n".join(account.addresses),
        "takes_large": account.takes_large,
        "is_active": account.is_active,
    }
    form = AccountForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            change_account(
                request.actor,
                account_id,
                addresses=given["addresses"].split(),
                takes_large=given["takes_large"],
                is_active=given["is_active"],
            )
        except AddressRefused as refusal:
            said = explain(refusal)
            form.add_error("addresses", f"{said.message} {said.remedy}")
        else:
            messages.success(request, _("Les changements sont enregistrés."))
            return redirect("gateway:list")
    context = {"form": form, "account": account}
    return render(request, "office/mails/account.html", context, status=422 if form.errors else 200)
