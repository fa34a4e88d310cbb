"""« Réglages › Modèles de lecture »: the list by supplier, and the editor where a layout is drawn on a page."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.kit.errors import PliError
from pli.office.access import StaffRequest, read_uuid, staff_required
from pli.office.documents.pickers import PartyUnknown, read_party, spell_party
from pli.office.errors import Explained, explain, is_htmx
from pli.office.layouts import drafts
from pli.office.printers.forms import kind_choices
from pli.office.recipes.samples import shown_sample
from pli.office.recipes.views import EDITORS, field_choices
from pli.parties.api import get_party
from pli.processing.api import (
    Layout,
    LayoutNameTaken,
    LayoutRefused,
    LayoutWishes,
    also_matched,
    check_layout,
    get_layout,
    layouts_for,
    open_sample,
    sample_of_blob,
    sample_of_document,
    save_layout,
    switch_layout,
)


@never_cache
@require_GET
@staff_required()
def listing(request: StaffRequest) -> HttpResponse:
    """Every layout, by supplier, those in use first."""
    names = dict(kind_choices(request.actor.organisation_id))
    rows = [{"layout": one, "kind": names.get(one.kind, one.kind)} for one in layouts_for(request.actor)]
    return render(request, "office/layouts/list.html", {"rows": rows, "can_edit": request.actor.role in EDITORS})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(*EDITORS)
def create(request: StaffRequest) -> HttpResponse:
    """A new layout; ``?document=``, ``?party=`` and ``?kind=`` say what it is drawn from."""
    if request.method == "POST":
        return _posted(request, None)
    kinds = [value for value, _word in kind_choices(request.actor.organisation_id)]
    asked = request.GET.get("kind", "")
    draft = drafts.Draft(kind=asked if asked in kinds else "invoice" if "invoice" in kinds else "other")
    document_id, party_id = read_uuid(request.GET.get("document")), read_uuid(request.GET.get("party"))
    if document_id:
        draft = replace(draft, sample=sample_of_document(request.actor, document_id).ticket)
    if party_id:
        party = get_party(request.actor, party_id)
        draft = replace(draft, party=spell_party(party), name=party.name[:80])
    return _show(request, draft, None)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(*EDITORS)
def edit(request: StaffRequest, layout_id: UUID) -> HttpResponse:
    """One layout."""
    layout = get_layout(request.actor, layout_id)
    if request.method == "POST":
        return _posted(request, layout)
    ticket = ""
    if layout.sample is not None:
        try:
            ticket = sample_of_blob(request.actor, layout.sample).ticket
        except PliError:
            ticket = ""  # The editor opens without its page rather than not at all.
    party = spell_party(layout.party) if layout.party else ""
    return _show(request, drafts.draft_of(layout, party, ticket), layout)


@require_POST
@staff_required(*EDITORS)
def switch(request: StaffRequest, layout_id: UUID) -> HttpResponse:
    """Switch a layout off, or on again."""
    layout = switch_layout(request.actor, layout_id, is_active=not get_layout(request.actor, layout_id).is_active)
    words = _("Le modèle sert de nouveau.") if layout.is_active else _("Le modèle ne sert plus ; rien n’est effacé.")
    messages.success(request, words)
    return redirect("layouts:edit", layout_id)


def wishes_of(request: StaffRequest, draft: drafts.Draft) -> LayoutWishes:
    """What the services are asked.

    :raises PartyUnknown: nobody is called so; :raises NotFound: the sample is not the actor's.
    """
    party = read_party(request.actor, draft.party)
    sample = open_sample(request.actor, draft.sample).sha256 if draft.sample else ""
    return draft.wishes(party.id if party else None, sample)


def _posted(request: StaffRequest, layout: Layout | None) -> HttpResponse:
    draft = drafts.read_draft(request.POST)
    action = request.POST.get("action", "")
    if action != "save":
        draft = drafts.act(draft, action, field_choices(request.actor, draft.kind))
        return _rules(request, draft, layout) if is_htmx(request) else _show(request, draft, layout)
    error: Explained | None = None
    try:
        wishes = wishes_of(request, draft)
        saved = save_layout(request.actor, wishes, layout_id=layout.id if layout else None)
    except (LayoutRefused, LayoutNameTaken, PartyUnknown) as refusal:
        error = explain(refusal)
    else:
        messages.success(request, _("Le modèle « %(name)s » est enregistré.") % {"name": saved.name})
        others = also_matched(request.actor, wishes, layout_id=saved.id)
        if others:
            said = _("Ses mots-clés conviennent aussi aux exemples de : %(names)s. Ajoutez un mot qui le distingue.")
            messages.warning(request, said % {"names": ", ".join(others)})
        return redirect("layouts:edit", saved.id)
    return _show(request, draft, layout, error, status=422)


def _rules(request: StaffRequest, draft: drafts.Draft, layout: Layout | None) -> HttpResponse:
    """The rules alone, and word to the trial that they changed."""
    response = render(request, "office/layouts/rules.html", context_of(request, draft, layout))
    response["HX-Trigger-After-Swap"] = json.dumps({"pli:changed": {"target": "#layout"}})
    return response


def _show(
    request: StaffRequest,
    draft: drafts.Draft,
    layout: Layout | None,
    error: Explained | None = None,
    status: int = 200,
) -> HttpResponse:
    context = context_of(request, draft, layout)
    context |= {
        "error": error,
        "sample": shown_sample(request.actor, draft.sample),
        "words": [(word, True, None) for word in draft.keywords],
        "is_refused": error is not None,
    }
    return render(request, "office/layouts/editor.html", context, status=status)


def context_of(request: StaffRequest, draft: drafts.Draft, layout: Layout | None) -> dict[str, Any]:
    """What the editor and its parts show."""
    fields = field_choices(request.actor, draft.kind)
    try:
        problems = check_layout(request.actor, wishes_of(request, draft))
    except PliError:
        problems = check_layout(request.actor, draft.wishes(None))
    return {
        "draft": draft,
        "layout": layout,
        "cards": drafts.draw_cards(draft, fields, problems),
        "problems": drafts.say_problems(problems, -1),
        "kinds": kind_choices(request.actor.organisation_id),
        "fields": fields,
        "address": request.path,
    }
