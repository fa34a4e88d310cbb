"""The hub, and who the organisation is."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.documents.api import keep_blob, store_bytes
from pli.kit.errors import NotAllowed
from pli.office.access import StaffRequest, staff_required
from pli.office.saying import show_problems
from pli.office.settings.catalogue import find_sections
from pli.office.settings.forms import LogoForm, OrganisationForm
from pli.office.shell.brand import ENOUGH, WHITE, contrast, parse_colour
from pli.parties.api import (
    Organisation,
    Role,
    UnableToSave,
    get_organisation,
    organisation_values,
    set_organisation_logo,
    update_organisation,
)
from pli.pdf.api import BadImage, clean_logo

LARGEST_LOGO = 5 * 1024 * 1024


@never_cache
@require_GET
@staff_required()
def hub(request: StaffRequest) -> HttpResponse:
    """Every section, or those that hold the words looked for; a script asks again as one types."""
    text = request.GET.get("q", "")[:100]
    return render(request, "office/settings/hub.html", {"text": text, "found": find_sections(request.actor, text)})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required()
def organisation(request: StaffRequest) -> HttpResponse:
    """Name, number, address, colour: read by all, changed by administrators."""
    shown = get_organisation(request.actor)
    if request.method != "POST":
        form = OrganisationForm(initial=organisation_values(shown))
        return _show(request, shown, form)
    form = OrganisationForm(request.POST)
    if request.actor.role != Role.ADMIN:
        raise NotAllowed(role=request.actor.role)
    if form.is_valid():
        try:
            update_organisation(actor=request.actor, values=form.cleaned_data)
        except UnableToSave as refusal:
            show_problems(form, refusal)
        else:
            messages.success(request, _("Les réglages de l’organisation sont enregistrés."))
            return redirect("settings:organisation")
    return _show(request, shown, form, status=422)


def _show(
    request: StaffRequest,
    shown: Organisation,
    form: OrganisationForm,
    logo_form: LogoForm | None = None,
    status: int = 200,
) -> HttpResponse:
    typed = str(form.data.get("colour", "")) if form.is_bound else shown.colour
    context = {
        **_colour_context(typed),
        "organisation": shown,
        "form": form,
        "logo_form": logo_form or LogoForm(),
        "is_admin": request.actor.role == Role.ADMIN,
    }
    return render(request, "office/settings/organisation.html", context, status=status)


def _colour_context(typed: str) -> dict[str, object]:
    """How a colour reads; nothing to show for what is none."""
    colour = parse_colour(typed)
    return {
        "theme": typed.strip().lstrip("#").lower() if colour else "",
        "ratio": round(contrast(colour, WHITE), 1) if colour else 0,
        "is_readable": bool(colour and contrast(colour, WHITE) >= ENOUGH),
    }


@require_GET
@staff_required(Role.ADMIN)
def colour_preview(request: StaffRequest) -> HttpResponse:
    """How the colour being typed reads: a part of the page. Changes nothing."""
    return render(request, "office/settings/colour.html", _colour_context(request.GET.get("colour", "")[:20]))


@require_POST
@staff_required(Role.ADMIN)
def change_logo(request: StaffRequest) -> HttpResponse:
    """Clean the image in the sandbox, keep it, show it."""
    shown = get_organisation(request.actor)
    logo_form = LogoForm(request.POST, request.FILES)
    if logo_form.is_valid():
        given = logo_form.cleaned_data["logo"]
        try:
            image = clean_logo(given.read(LARGEST_LOGO + 1))
        except BadImage:
            logo_form.add_error(
                "logo", _("Cette image n’a pas pu être lue. Choisissez un PNG ou un JPEG de moins de 5 Mo, non vide.")
            )
        else:
            stored = store_bytes([image])
            with transaction.atomic():
                keep_blob(stored, "image/png")
                set_organisation_logo(actor=request.actor, sha256=stored.sha256)
            messages.success(request, _("Le logo est en place."))
            return redirect("settings:organisation")
    form = OrganisationForm(initial=organisation_values(shown))
    return _show(request, shown, form, logo_form, status=422)


@require_POST
@staff_required(Role.ADMIN)
def remove_logo(request: StaffRequest) -> HttpResponse:
    """Show the name alone again."""
    set_organisation_logo(actor=request.actor, sha256="")
    messages.success(request, _("Le logo est retiré : votre nom paraît à sa place."))
    return redirect("settings:organisation")
