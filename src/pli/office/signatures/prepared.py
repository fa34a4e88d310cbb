"""Templates of requests: listed, drawn, put away; and a request made from one."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.documents.api import Document, documents_for, get_for
from pli.kit.clock import SYSTEM_CLOCK, paris_day
from pli.kit.errors import PliError
from pli.kit.ids import new_id
from pli.office.access import StaffRequest, read_uuid, staff_required
from pli.office.documents.uploads import read_ids
from pli.office.signatures.people import known_people as find_known
from pli.office.signatures.people import organisation_of, person_named, read_mobile, sender_of
from pli.office.signatures.public_forms import form_context
from pli.office.signatures.template_form import fields_of, is_shown_whole, read_content
from pli.office.signatures.views import WRITERS, request_form, split_papers
from pli.parties.api import Role
from pli.signing.api import (
    RolePerson,
    SignerRequest,
    SigningTemplate,
    TemplateContent,
    TemplateUse,
    content_of,
    get_template,
    is_open,
    list_templates,
    preferred_level,
    prefillable,
    save_template,
    send_from_template,
    set_archived,
)

CORRECTABLE = (402, 409, 422)
RECENT = 50


@require_GET
@staff_required()
def listing(request: StaffRequest) -> HttpResponse:
    """The templates in use, or those put away."""
    is_archived = request.GET.get("archived") == "1"
    rows = []
    for template in list_templates(request.actor, is_archived=is_archived):
        content = content_of(template)
        roles = ", ".join(role.name for role in content.roles)
        rows.append({"template": template, "roles": roles, "papers": len(content.document_ids)})
    context = {"templates": rows, "is_archived": is_archived, "can_write": request.actor.role != Role.AUDITOR}
    return render(request, "office/signatures/template_list.html", context)


@require_http_methods(["GET", "POST"])
@staff_required(*WRITERS)
def new(request: StaffRequest) -> HttpResponse:
    """A template made on a document, or on none."""
    fields = request.POST if request.method == "POST" else request.GET
    if request.method == "GET":
        return _show(request, None, fields)
    return _save(request, None, fields)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_required()
def edit(request: StaffRequest, template_id: UUID) -> HttpResponse:
    """One template: read by all, changed by who may ask for signatures."""
    template = get_template(request.actor, template_id)
    if request.method == "GET":
        return _show(request, template, fields_of(template.name, content_of(template)))
    request.actor.require(*WRITERS)
    return _save(request, template, request.POST)


def _save(request: StaffRequest, template: SigningTemplate | None, fields: QueryDict) -> HttpResponse:
    documents = [get_for(request.actor, one) for one in read_ids(fields.getlist("document")[:40])]
    papers, annexes = split_papers(documents, fields)
    version = fields.get("version", "")
    try:
        content = read_content(request, fields, tuple(one.id for one in papers), tuple(one.id for one in annexes))
        kept = save_template(
            request.actor,
            fields.get("template_name", ""),
            content,
            template_id=template.id if template else None,
            version=int(version) if version.isascii() and version.isdigit() and len(version) < 8 else None,
        )
    except PliError as refusal:
        if refusal.status not in CORRECTABLE:
            raise
        return _show(request, template, fields, refusal=refusal)
    messages.success(request, _("Le modèle est enregistré ; les demandes déjà envoyées ne changent pas."))
    return redirect("signatures:template", kept.id)


def _show(
    request: StaffRequest, template: SigningTemplate | None, fields: QueryDict, refusal: PliError | None = None
) -> HttpResponse:
    documents = [get_for(request.actor, one) for one in read_ids(fields.getlist("document")[:40])]
    context = request_form(request, documents, fields) | form_context(template)
    context |= {
        "template": template,
        "refusal": refusal,
        "recent": _recent(request),
        "is_editable": template is None or is_shown_whole(request, content_of(template)),
        "can_write": request.actor.role != Role.AUDITOR,
        "can_send_many": bool(template and documents and content_of(template).open_roles),
    }
    return render(request, "office/signatures/template_edit.html", context, status=422 if refusal else 200)


@require_POST
@staff_required(*WRITERS)
def archive(request: StaffRequest, template_id: UUID) -> HttpResponse:
    """Put a template away, or take it out again."""
    is_archived = request.POST.get("archived") != "no"
    set_archived(request.actor, template_id, is_archived=is_archived)
    said = _("Le modèle est archivé.") if is_archived else _("Le modèle est de nouveau en service.")
    messages.success(request, said)
    return redirect("signatures:templates")


@never_cache
@require_http_methods(["GET", "POST"])
@staff_required(*WRITERS)
def use(request: StaffRequest, template_id: UUID) -> HttpResponse:
    """Name the people, and send."""
    template = get_template(request.actor, template_id)
    fields = request.POST if request.method == "POST" else request.GET
    chosen = [get_for(request.actor, one) for one in read_ids(fields.getlist("document")[:20])]
    if request.method == "GET":
        return _show_use(request, template, chosen, fields)
    try:
        ceremony = send_from_template(request.actor, template.id, _read_use(request, content_of(template), chosen))
    except PliError as refusal:
        if refusal.status not in CORRECTABLE:
            raise
        return _show_use(request, template, chosen, fields, refusal=refusal)
    messages.success(request, _("La demande de signature est partie."))
    return redirect("signatures:detail", ceremony.id)


def _read_use(request: StaffRequest, content: TemplateContent, chosen: list[Document]) -> TemplateUse:
    name, email = sender_of(request.actor)
    try:
        deadline = date.fromisoformat(request.POST.get("deadline", ""))
    except ValueError:
        deadline = date.min
    return TemplateUse(
        people=[_person(request, role, f"role-{at}") for at, role in enumerate(content.roles) if is_open(role)],
        sender_name=name,
        sender_email=email,
        document_ids=tuple(one.id for one in chosen),
        title=request.POST.get("title", "")[:200],
        message=request.POST.get("message", ""),
        deadline=deadline,
        level=preferred_level(organisation_of(request.actor)),
        once=read_uuid(request.POST.get("once")),
    )


def _person(request: StaffRequest, role: SignerRequest, key: str) -> RolePerson:
    labels = prefillable(role)
    typed = {label: request.POST.get(f"{key}-field-{at}", "").strip()[:500] for at, label in enumerate(labels)}
    values = {label: value for label, value in typed.items() if value}
    name, email = request.POST.get(f"{key}-name", "").strip(), request.POST.get(f"{key}-email", "").strip()
    mobile = read_mobile(request.POST.get(f"{key}-mobile", ""))
    person = RolePerson(name[:200], email[:254], mobile, values=values)
    return person_named(request.actor, request.POST.get(f"{key}-who", ""), person)


def _show_use(
    request: StaffRequest,
    template: SigningTemplate,
    chosen: list[Document],
    fields: QueryDict,
    refusal: PliError | None = None,
) -> HttpResponse:
    content, today = content_of(template), paris_day(SYSTEM_CLOCK.now())
    own = [get_for(request.actor, one) for one in content.document_ids]
    papers = chosen or own
    context = {
        "template": template,
        "refusal": refusal,
        "papers": papers,
        "is_chosen": bool(chosen),
        "recent": [] if papers else _recent(request),
        "known": find_known(request.actor, papers),
        "roles": [_role(role, f"role-{at}", fields) for at, role in enumerate(content.roles)],
        "once": read_uuid(fields.get("once")) or new_id(),
        "title": fields.get("title", content.title),
        "message": fields.get("message", content.message),
        "deadline": fields.get("deadline") or (today + timedelta(days=content.days)).isoformat(),
        "first_day": today.isoformat(),
        "last_day": (today + timedelta(days=365)).isoformat(),
    }
    return render(request, "office/signatures/template_use.html", context, status=422 if refusal else 200)


def _role(role: SignerRequest, key: str, fields: QueryDict) -> dict[str, Any]:
    prefill = [
        {
            "key": f"{key}-field-{at}", "label": label, "value": fields.get(f"{key}-field-{at}", ""),
            "is_date": any(one.label == label and one.kind == "DATE" for one in role.fields),
        }
        for at, label in enumerate(prefillable(role))
    ]  # fmt: skip
    typed = {f"typed_{part}": fields.get(f"{key}-{part}", "") for part in ("name", "email", "mobile")}
    return {
        "key": key,
        "name": role.name,
        "email": role.email,
        "is_open": is_open(role),
        "needs_mobile": role.code_channel in ("SMS", "BOTH"),
        "who": fields.get(f"{key}-who", ""),
        "prefill": prefill,
        **typed,
    }


def _recent(request: StaffRequest) -> list[Document]:
    return list(documents_for(request.actor).order_by("-created_at")[:RECENT])
