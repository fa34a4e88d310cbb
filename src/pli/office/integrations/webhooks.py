"""Addresses told of events: added, tried, watched. Administrators only."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.api.api import (
    WebhookEndpoint,
    add_endpoint,
    change_endpoint,
    deliveries_for,
    get_endpoint,
    remove_endpoint,
    resend_delivery,
    rotate_secret,
    send_test,
)
from pli.kit.errors import PliError
from pli.office.access import StaffRequest, staff_required
from pli.office.errors import explain
from pli.office.integrations.forms import EVENTS, WebhookForm
from pli.office.lists import Listing
from pli.office.saying import say_refusal
from pli.parties.api import Role

TONES = {"WAITING": "waiting", "DELIVERED": "signed", "FAILED": "refused"}


@never_cache
@require_http_methods(["GET", "POST"])
@staff_required(Role.ADMIN)
def create(request: StaffRequest) -> HttpResponse:
    """Add an address; its signing secret stands on the answer alone."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            endpoint, secret = add_endpoint(
                request.actor,
                url=form.cleaned_data["url"],
                event_types=form.cleaned_data["event_types"],
                name=form.cleaned_data["name"],
            )
        except PliError as refusal:
            _on_form(form, refusal)
        else:
            messages.success(request, _("L’adresse est ajoutée. Copiez son secret : il ne sera plus montré."))
            return _show(request, endpoint, secret=secret)
    return _form(request, form, title=_("Ajouter une adresse"))


@require_GET
@staff_required(Role.ADMIN)
def show(request: StaffRequest, webhook_id: UUID) -> HttpResponse:
    """One address and its delivery log."""
    return _show(request, get_endpoint(request.actor, webhook_id))


@require_http_methods(["GET", "POST"])
@staff_required(Role.ADMIN)
def change(request: StaffRequest, webhook_id: UUID) -> HttpResponse:
    """Another place, other events."""
    endpoint = get_endpoint(request.actor, webhook_id)
    initial = {"name": endpoint.name, "url": endpoint.url, "event_types": endpoint.event_types}
    form = WebhookForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            change_endpoint(request.actor, webhook_id, **form.cleaned_data)
        except PliError as refusal:
            _on_form(form, refusal)
        else:
            messages.success(request, _("Les changements sont enregistrés."))
            return redirect("integrations:webhook", webhook_id)
    return _form(request, form, title=_("Modifier l’adresse"))


@require_POST
@staff_required(Role.ADMIN)
def switch(request: StaffRequest, webhook_id: UUID) -> HttpResponse:
    """Set an address aside, or take it up again."""
    is_active = not get_endpoint(request.actor, webhook_id).is_active
    change_endpoint(request.actor, webhook_id, is_active=is_active)
    messages.success(request, _("L’adresse est réactivée.") if is_active else _("L’adresse est suspendue."))
    return redirect("integrations:webhook", webhook_id)


@never_cache
@require_POST
@staff_required(Role.ADMIN)
def rotate(request: StaffRequest, webhook_id: UUID) -> HttpResponse:
    """A new secret; the former one lives a day longer."""
    endpoint, secret = rotate_secret(request.actor, webhook_id)
    messages.success(request, _("Le nouveau secret vaut dès maintenant ; l’ancien vaut encore 24 heures."))
    return _show(request, endpoint, secret=secret)


@require_POST
@staff_required(Role.ADMIN)
def test(request: StaffRequest, webhook_id: UUID) -> HttpResponse:
    """Send a test message."""
    try:
        send_test(request.actor, webhook_id)
    except PliError as refusal:
        _say(request, refusal)
    else:
        messages.success(request, _("Un essai part : son résultat s’affiche ci-dessous dans quelques secondes."))
    return redirect("integrations:webhook", webhook_id)


@require_POST
@staff_required(Role.ADMIN)
def resend(request: StaffRequest, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Send a message again."""
    try:
        resend_delivery(request.actor, webhook_id, delivery_id)
    except PliError as refusal:
        _say(request, refusal)
    else:
        messages.success(request, _("Le message repart."))
    return redirect("integrations:webhook", webhook_id)


@require_POST
@staff_required(Role.ADMIN)
def delete(request: StaffRequest, webhook_id: UUID) -> HttpResponse:
    """Remove an address and its log."""
    remove_endpoint(request.actor, webhook_id)
    messages.success(request, _("L’adresse est supprimée."))
    return redirect("integrations:overview")


def _say(request: StaffRequest, refusal: PliError) -> None:
    if refusal.status == 404:
        raise refusal
    say_refusal(request, refusal)


def _on_form(form: WebhookForm, refusal: PliError) -> None:
    if refusal.status in (403, 404):
        raise refusal
    said = explain(refusal)
    form.add_error("url", f"{said.message} {said.remedy}")


def _form(request: StaffRequest, form: WebhookForm, *, title: str) -> HttpResponse:
    context = {"form": form, "title": title}
    status = 422 if form.errors else 200
    return render(request, "office/integrations/webhook_form.html", context, status=status)


def _show(request: StaffRequest, endpoint: WebhookEndpoint, *, secret: str = "") -> HttpResponse:
    listing = Listing(
        request,
        deliveries_for(request.actor, endpoint.id),
        sorts={"created": "created_at"},
        default="-created",
        filters=(),
    )
    rows = [(delivery, TONES[delivery.state]) for delivery in listing.rows]
    events = [(name, EVENTS.get(name, name)) for name in endpoint.event_types]
    context = {"endpoint": endpoint, "events": events, "listing": listing, "rows": rows, "secret": secret}
    return render(request, "office/integrations/webhook.html", context)
