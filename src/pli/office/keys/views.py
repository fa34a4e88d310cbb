"""Pairing one's workstation, giving it a document to sign, following what it does."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.documents.api import Right, get_for
from pli.kit.errors import PliError
from pli.office.access import StaffRequest, staff_required
from pli.office.errors import explain
from pli.parties.api import Role
from pli.signing.api import (
    OWN_KEY_PROBLEMS,
    OwnSignatureState,
    agents_of,
    ask_own_signature,
    find_own_signature,
    open_pairing,
    revoke_agent,
)

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)


@never_cache
@require_GET
@staff_required(*WRITERS)
def home(request: StaffRequest) -> HttpResponse:
    """The workstations paired to one's account."""
    return render(request, "office/keys/home.html", {"agents": agents_of(request.actor)})


@never_cache
@require_POST
@staff_required(*WRITERS)
def pair(request: StaffRequest) -> HttpResponse:
    """Show a pairing code, once."""
    context = {
        "agents": agents_of(request.actor),
        "code": open_pairing(request.actor),
        "address": settings.PLI_BASE_URL,
    }
    return render(request, "office/keys/home.html", context)


@require_POST
@staff_required(*WRITERS)
def revoke(request: StaffRequest, agent_id: UUID) -> HttpResponse:
    """Let a workstation in no more."""
    revoke_agent(request.actor, agent_id)
    messages.success(request, _("Ce poste n’est plus associé."))
    return redirect("keys:home")


@never_cache
@require_http_methods(["GET", "POST"])
@staff_required(*WRITERS)
def sign(request: StaffRequest, document_id: UUID) -> HttpResponse:
    """Give a document to one's workstation."""
    document = get_for(request.actor, document_id, Right.WRITE)
    context: dict[str, Any] = {"document": document, "agent": next(iter(agents_of(request.actor)), None)}
    if request.method == "GET":
        return render(request, "office/keys/sign.html", context)
    reason = request.POST.get("reason", "")
    try:
        asked = ask_own_signature(request.actor, document.id, reason=reason)
    except PliError as error:
        context |= {"refusal": explain(error), "reason": reason}
        return render(request, "office/keys/sign.html", context, status=error.status)
    return redirect("keys:wait", asked.id)


@never_cache
@require_GET
@staff_required(*WRITERS)
def wait(request: StaffRequest, own_signature_id: UUID) -> HttpResponse:
    """What the workstation does, as it does it."""
    row = find_own_signature(request.actor, own_signature_id)
    context = {
        "row": row,
        "is_live": row.state in (OwnSignatureState.WAITING, OwnSignatureState.GIVEN),
        "problem": OWN_KEY_PROBLEMS.get(row.problem, ""),
    }
    template = "office/keys/state.html" if request.headers.get("HX-Request") else "office/keys/wait.html"
    return render(request, template, context)
