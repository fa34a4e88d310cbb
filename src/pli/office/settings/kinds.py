"""« Réglages › Natures de documents »."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from pli.documents.api import DocumentKind, KindRefused, all_kinds, get_kind, save_kind, set_kind_recipe
from pli.kit.errors import NotAllowed
from pli.office.access import StaffRequest, staff_required
from pli.office.errors import Explained, explain
from pli.office.settings.forms import (
    FIELD_TYPE_WORDS,
    KindFields,
    KindForm,
    Lines,
    fields_initial,
    kind_initial,
)
from pli.parties.api import Role


@never_cache
@require_GET
@staff_required()
def listing(request: StaffRequest) -> HttpResponse:
    """Every kind, those in use first."""
    context = {"kinds": all_kinds(request.actor), "is_admin": request.actor.role == Role.ADMIN}
    return render(request, "office/settings/kinds.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(Role.ADMIN)
def create(request: StaffRequest) -> HttpResponse:
    """A new kind."""
    return _edit(request, None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required()
def edit(request: StaffRequest, kind_id: UUID) -> HttpResponse:
    """One kind: read by all, changed by administrators."""
    return _edit(request, get_kind(request.actor, kind_id))


def _edit(request: StaffRequest, kind: DocumentKind | None) -> HttpResponse:
    if request.method != "POST":
        lines = KindFields(initial=fields_initial(kind) if kind else [], prefix="field")
        return _show(request, kind, _form(request, kind), lines)
    if request.actor.role != Role.ADMIN:
        raise NotAllowed(role=request.actor.role)
    form = KindForm(request.POST, actor=request.actor, kind=kind)
    lines = KindFields(request.POST, prefix="field")
    error = None
    if form.is_valid() and lines.is_valid():
        try:
            with transaction.atomic():
                saved = save_kind(request.actor, form.wishes(lines), kind_id=kind.id if kind else None)
                if saved.recipe_id != form.recipe_id():
                    set_kind_recipe(request.actor, saved.id, form.recipe_id())
        except KindRefused as refusal:
            error = explain(refusal)
        else:
            messages.success(request, _("La nature « %(name)s » est enregistrée.") % {"name": saved.name_fr})
            return redirect("settings:kinds")
    return _show(request, kind, form, lines, error, status=422)


def _form(request: StaffRequest, kind: DocumentKind | None) -> KindForm:
    return KindForm(initial=kind_initial(kind) if kind else None, actor=request.actor, kind=kind)


def _show(
    request: StaffRequest,
    kind: DocumentKind | None,
    form: KindForm,
    lines: Lines,
    error: Explained | None = None,
    status: int = 200,
) -> HttpResponse:
    is_admin = request.actor.role == Role.ADMIN
    context = {
        "kind": kind,
        "form": form,
        "lines": lines,
        "error": error,
        "is_admin": is_admin,
        "facts": [(one, FIELD_TYPE_WORDS.get(one.get("type", "text"), "")) for one in kind.fields] if kind else [],
    }
    return render(request, "office/settings/kind.html" if is_admin else "office/settings/kind_read.html", context,
                  status=status)  # fmt: skip
