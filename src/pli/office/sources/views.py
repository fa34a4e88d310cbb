"""Réglages › Sources de numérisation: made, changed, switched off, given a new password; how to set up the sender."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.capture.api import (
    SOURCE_READERS,
    FolderOptions,
    FolderRefused,
    InputSource,
    MailboxOptions,
    SourceKind,
    SourceNameTaken,
    captures_for,
    change_source,
    create_source,
    dismiss_problem,
    door_of,
    folder_of,
    get_source,
    last_problems,
    mail_address,
    open_folders,
    read_options,
    renew_source_secret,
    sftp_fingerprints,
    sources_for,
)
from pli.kit.errors import NotFound, PliError
from pli.office.access import StaffRequest, staff_required
from pli.office.errors import explain
from pli.office.printers.forms import kind_choices
from pli.office.recipes.offering import chosen_recipe, said_when_off
from pli.office.runs.words import explain_problem
from pli.office.sources.forms import FORMS, SourceForm
from pli.parties.api import Organisation, Role

CHANGERS = (Role.ADMIN, Role.MANAGER)
SHOWN_CAPTURES = 10


@never_cache
@require_GET
@staff_required(*SOURCE_READERS)
def listing(request: StaffRequest) -> HttpResponse:
    """The sources, each with its last arrival and its last trouble."""
    names = dict(kind_choices(request.actor.organisation_id))
    rows = [
        {"source": one, "kind": names.get(one.kind, one.kind), "channel": SourceKind(one.channel).label}
        for one in sources_for(request.actor).order_by("name")
    ]
    context = {"rows": rows, "can_create": request.actor.role in CHANGERS, "doors": _doors()}
    return render(request, "office/sources/list.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_required(*CHANGERS)
def create(request: StaffRequest, door: str) -> HttpResponse:
    """A new source, then the page that says how to set up what sends to it."""
    channel = _channel(door)
    form = _form_of(request, channel)
    if request.method == "POST" and form.is_valid():
        try:
            source, secret = create_source(
                request.actor, chosen=form.chosen(None), password=str(form.cleaned_data.get("password", ""))
            )
        except (SourceNameTaken, FolderRefused) as refusal:
            _on_form(form, refusal)
        else:
            if not secret:
                messages.success(request, _("La source est prête."))
                return redirect("sources:show", source.id)
            messages.success(request, _("La source est prête. Copiez son mot de passe : il ne sera plus montré."))
            return _show(request, source, secret)
    return _form_page(request, form, SourceKind(channel).label, None)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_required(*CHANGERS)
def change(request: StaffRequest, source_id: UUID) -> HttpResponse:
    """Other settings."""
    source = get_source(request.actor, source_id)
    form = _form_of(request, SourceKind(source.channel), source)
    if request.method == "POST" and form.is_valid():
        try:
            change_source(
                request.actor,
                source_id,
                chosen=form.chosen(source),
                takes_over=form.cleaned_data["takes_over"],
                password=str(form.cleaned_data.get("password", "")),
            )
        except (SourceNameTaken, FolderRefused) as refusal:
            _on_form(form, refusal)
        else:
            messages.success(request, _("Les changements sont enregistrés."))
            return redirect("sources:show", source_id)
    return _form_page(request, form, _("Modifier la source"), source)


@require_POST
@staff_required(*CHANGERS)
def switch(request: StaffRequest, source_id: UUID) -> HttpResponse:
    """Switch a source off, or on again."""
    is_active = not get_source(request.actor, source_id).is_active
    change_source(request.actor, source_id, is_active=is_active)
    messages.success(
        request, _("La source est rallumée.") if is_active else _("La source est éteinte : elle ne prend plus rien.")
    )
    return redirect("sources:show", source_id)


@never_cache
@require_POST
@staff_required(*CHANGERS)
def renew(request: StaffRequest, source_id: UUID) -> HttpResponse:
    """A new password of a drop account; it stands on this answer alone."""
    source, secret = renew_source_secret(request.actor, source_id)
    messages.success(request, _("Le mot de passe est renouvelé : copiez-le maintenant. L’ancien est refusé."))
    return _show(request, source, secret)


@require_POST
@staff_required(*CHANGERS)
def dismiss(request: StaffRequest, source_id: UUID) -> HttpResponse:
    """Somebody has seen to the source's last trouble."""
    dismiss_problem(request.actor, source_id)
    messages.success(request, _("C’est noté."))
    return redirect("todo:list") if request.POST.get("next") == "todo" else redirect("sources:show", source_id)


@never_cache
@require_GET
@staff_required(*SOURCE_READERS)
def show(request: StaffRequest, source_id: UUID) -> HttpResponse:
    """The address, the account and the steps to set up a copier or a program."""
    return _show(request, get_source(request.actor, source_id), "")


def _show(request: StaffRequest, source: InputSource, secret: str) -> HttpResponse:
    channel = SourceKind(source.channel)
    door = door_of(channel)
    captures = captures_for(request.actor).filter(source=source).order_by("-received_at")[:SHOWN_CAPTURES]
    context: dict[str, Any] = {
        "source": source,
        "channel": channel.label,
        "kind": dict(kind_choices(request.actor.organisation_id)).get(source.kind, source.kind),
        "may_change": request.actor.role in CHANGERS,
        "secret": secret,
        "problem": explain_problem(source.problem_code, source.problem),
        "captures": captures,
        "problems": [(one, explain_problem(one.problem_code, one.problem)) for one in last_problems(source)],
        "recipe": chosen_recipe(request.actor, source.recipe_id),
        "said_when_off": said_when_off(),
        "door": door,
    }
    if channel is SourceKind.FOLDER:
        context |= {"folder": str(folder_of(source)), "options": read_options(FolderOptions, source.options)}
    elif channel is SourceKind.SFTP:
        context["fingerprints"] = sftp_fingerprints()
    elif channel is SourceKind.FTP:
        context["allows_plain"] = bool(source.options.get("allows_plain"))
    elif channel is SourceKind.MAIL:
        context |= {"address": mail_address(source.login), "networks": source.options.get("networks", "")}
    else:
        context["options"] = read_options(MailboxOptions, source.options)
    return render(request, "office/sources/show.html", context)


def _channel(door: str) -> SourceKind:
    """:raises NotFound: when there is no such kind of source."""
    if door.upper() not in SourceKind.values:
        raise NotFound
    return SourceKind(door.upper())


def _doors() -> list[dict[str, Any]]:
    """What can be added, and for whom it is."""
    words = {
        SourceKind.FTP: (_("Un copieur multifonction"), "printer"),
        SourceKind.SFTP: (_("Un ERP ou un autre programme"), "server"),
        SourceKind.FOLDER: (_("Un dossier du serveur"), "folder-open"),
        SourceKind.MAIL: (_("Un copieur qui envoie par e-mail"), "mail"),
        SourceKind.IMAP: (_("Une boîte aux lettres existante"), "mail"),
    }
    return [
        {"slug": one.value.lower(), "label": one.label, "text": words[one][0], "icon": words[one][1]} for one in words
    ]


def _form_of(request: StaffRequest, channel: SourceKind, source: InputSource | None = None) -> SourceForm:
    organisation = Organisation.objects.get(id=request.actor.organisation_id)
    return FORMS[channel](
        request.POST or None,
        actor=request.actor,
        source=source,
        folders=open_folders(organisation),
        **({} if source else {"initial": {"kind": "other"}}),
    )


def _form_page(request: StaffRequest, form: SourceForm, title: Any, source: InputSource | None) -> HttpResponse:
    context = {"form": form, "title": title, "source": source}
    return render(request, "office/sources/form.html", context, status=422 if form.errors else 200)


def _on_form(form: SourceForm, refusal: PliError) -> None:
    said = explain(refusal)
    where = "name" if isinstance(refusal, SourceNameTaken) else ("root" if "root" in form.fields else None)
    form.add_error(where, f"{said.message} {said.remedy}")
