"""« Modèles de message »: the organisation's own words, seen as they are written."""

from __future__ import annotations

from itertools import groupby

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.kit.errors import NotFound
from pli.notifications.api import (
    Channel,
    TemplateKey,
    UnableToSaveTemplate,
    default_wording,
    fields_help,
    list_templates,
    preview_template,
    restore_template,
    save_template,
    template_key,
    wording_in_force,
)
from pli.office.access import StaffRequest, staff_required
from pli.office.errors import explain
from pli.office.notices.door import show_mail, tabs_for
from pli.parties.api import Role

_DRAFT = "message_template_draft"


class TemplateForm(forms.Form):
    """The words; what they may be is the room's business."""

    title = forms.CharField(label=gettext_lazy("Objet"), max_length=1000, strip=True)
    text = forms.CharField(label=gettext_lazy("Texte"), max_length=50_000, widget=forms.Textarea(attrs={"rows": 16}))


@require_GET
@staff_required()
def show_templates(request: StaffRequest) -> HttpResponse:
    """Every message, by its name, with the wordings one can change."""
    actor = request.actor
    lines = list_templates(actor)
    groups = [(kind, list(group)) for kind, group in groupby(lines, key=lambda line: line.key.kind)]
    context = {"groups": groups, "tabs": tabs_for(actor, "templates")}
    return render(request, "office/notices/templates.html", context)


@require_http_methods(["GET", "POST"])
@staff_required()
def edit(request: StaffRequest, slug: str, channel: str, language: str) -> HttpResponse:
    """One wording: read by all staff, changed by administrators."""
    actor, key = request.actor, template_key(slug, channel, language)
    status, error = 200, None
    if request.method == "POST":
        title, text = _words(request)
        try:
            save_template(actor, key, title=title, text=text)
        except UnableToSaveTemplate as refusal:
            status, error = refusal.status, explain(refusal)
        else:
            messages.success(request, _("Ce modèle servira aux prochains messages."))
            return redirect("notices:template", slug=slug, channel=channel, language=language)
    else:
        force = wording_in_force(actor, key)
        title, text = force.title, force.text
    _remember(request, key, title, text)
    context = {
        "key": key, "error": error, "form": TemplateForm(initial={"title": title, "text": text}),
        "fields": fields_help(key), "is_own": wording_in_force(actor, key).is_own, "default": default_wording(key),
        "preview": preview_template(actor, key, title=title, text=text), "can_edit": actor.role == Role.ADMIN,
        "is_email": key.channel == Channel.EMAIL,
    }  # fmt: skip
    return render(request, "office/notices/template.html", context, status=status)


@require_POST
@staff_required()
def preview(request: StaffRequest, slug: str, channel: str, language: str) -> HttpResponse:
    """The preview of the words being typed, a part of the page. Changes nothing."""
    actor, key = request.actor, template_key(slug, channel, language)
    title, text = _words(request)
    _remember(request, key, title, text)
    context = {
        "key": key, "preview": preview_template(actor, key, title=title, text=text),
        "is_email": key.channel == Channel.EMAIL,
    }  # fmt: skip
    return render(request, "office/notices/preview.html", context)


@require_GET
@staff_required()
def preview_mail(request: StaffRequest, slug: str, channel: str, language: str) -> HttpResponse:
    """The e-mail of the words being typed, for the frame."""
    actor, key = request.actor, template_key(slug, channel, language)
    if key.channel != Channel.EMAIL:
        raise NotFound
    draft = request.session.get(_DRAFT) or {}
    force = wording_in_force(actor, key)
    is_mine = draft.get("key") == [slug, channel, language]
    title, text = (draft["title"], draft["text"]) if is_mine else (force.title, force.text)
    return show_mail(preview_template(actor, key, title=title, text=text).html)


@require_POST
@staff_required()
def restore(request: StaffRequest, slug: str, channel: str, language: str) -> HttpResponse:
    """« Revenir au texte de Pli »."""
    restore_template(request.actor, template_key(slug, channel, language))
    messages.success(request, _("Le texte de Pli est de nouveau en vigueur."))
    return redirect("notices:template", slug=slug, channel=channel, language=language)


def _words(request: StaffRequest) -> tuple[str, str]:
    form = TemplateForm(request.POST)
    form.is_valid()
    return form.cleaned_data.get("title", ""), form.cleaned_data.get("text", "").replace("\r\n", "\n")


def _remember(request: StaffRequest, key: TemplateKey, title: str, text: str) -> None:
    """The frame asks for its page by GET: it finds the words being typed in the session."""
    request.session[_DRAFT] = {"key": [key.slug, key.channel, key.language], "title": title, "text": text[:20_000]}
