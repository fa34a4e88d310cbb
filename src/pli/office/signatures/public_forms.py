"""A template's public form: opened with its limits, closed."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pli.kit.errors import PliError
from pli.office.access import StaffRequest, staff_required
from pli.office.saying import say_refusal, say_told
from pli.office.signatures.views import WRITERS
from pli.signing.api import (
    SigningTemplate,
    TemplateRefused,
    close_form,
    content_of,
    count_made,
    form_of,
    form_trouble,
    is_fit_for_form,
    open_form,
)


def form_context(template: SigningTemplate | None) -> dict[str, Any]:
    """What a template's page says of its form."""
    if template is None or template.is_archived:
        return {"form_fits": False}
    form = form_of(template)
    if form is None:
        return {"form_fits": is_fit_for_form(content_of(template))}
    address = f"{settings.PLI_BASE_URL}/form/{form.token}"
    trouble = form_trouble(form)
    return {
        "form_fits": True,
        "form": form,
        "form_address": address,
        "form_made": count_made(form),
        "form_trouble": say_told(trouble, "message"),
        "form_remedy": say_told(trouble, "remedy"),
    }


@require_POST
@staff_required(*WRITERS)
def switch_on(request: StaffRequest, template_id: UUID) -> HttpResponse:
    """Give the template a public address."""
    try:
        open_form(request.actor, template_id, last_day=_day(request), most=_most(request))
    except TemplateRefused as refusal:
        say_refusal(request, refusal)
    else:
        messages.success(request, _("Le formulaire est ouvert : son adresse est prête à copier."))
    return redirect("signatures:template", template_id)


@require_POST
@staff_required(*WRITERS)
def switch_off(request: StaffRequest, template_id: UUID) -> HttpResponse:
    """Turn the address off."""
    try:
        close_form(request.actor, template_id)
    except PliError as refusal:
        if refusal.status != 409:
            raise
        say_refusal(request, refusal)
    else:
        messages.success(request, _("Le formulaire est fermé ; les demandes déjà faites suivent leur cours."))
    return redirect("signatures:template", template_id)


def _day(request: StaffRequest) -> date | None:
    typed = request.POST.get("last_day", "")
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError:
        raise TemplateRefused(reason="Le dernier jour du formulaire n’est pas une date.") from None


def _most(request: StaffRequest) -> int | None:
    typed = request.POST.get("most", "").strip()
    if typed and not (typed.isascii() and typed.isdigit() and len(typed) < 7):
        raise TemplateRefused(reason="Le nombre de demandes est compris entre 1 et 100 000.")
    return int(typed) if typed else None
