"""Parked files and seals that need a person."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from pli.capture.api import Capture, dismiss_capture, get_capture, parked_captures, retry_capture
from pli.documents.api import existing_blob_path
from pli.kit.errors import fill_sentence
from pli.office.access import StaffRequest, find_staff_actor, staff_required
from pli.office.errors import Explained
from pli.parties.api import Role
from pli.signing.api import CeremonyState, ceremonies_for

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)


@dataclass(frozen=True)
class Parked:
    """A parked file and why, in the reader's language."""

    capture: Capture
    problem: Explained


def _explain(capture: Capture) -> Explained:
    problem = capture.problem

    def say(name: str) -> str:
        return fill_sentence(str(problem.get(name, "")), problem.get("details", {}), _)

    return Explained(capture.problem_code, say("message"), say("kept"), say("remedy"))


@never_cache
@require_GET
@staff_required()
def listing(request: StaffRequest) -> HttpResponse:
    """Everything that waits, the newest first."""
    context = {
        "parked": [Parked(one, _explain(one)) for one in parked_captures(request.actor)],
        "failed": list(
            ceremonies_for(request.actor).filter(state=CeremonyState.SEAL_FAILED).order_by("-created_at")[:100]
        ),
        "can_write": request.actor.role != Role.AUDITOR,
    }
    return render(request, "office/todo/list.html", context)


@require_POST
@staff_required(*WRITERS)
def retry(request: StaffRequest, capture_id: UUID) -> HttpResponse:
    """Examine the file again."""
    retry_capture(request.actor, capture_id)
    messages.success(request, _("Le fichier est examiné de nouveau."))
    return redirect("todo:list")


@require_POST
@staff_required(*WRITERS)
def dismiss(request: StaffRequest, capture_id: UUID) -> HttpResponse:
    """Set it aside."""
    dismiss_capture(request.actor, capture_id)
    messages.success(request, _("Le fichier est écarté ; ses octets restent conservés."))
    return redirect("todo:list")


@never_cache
@require_GET
@staff_required()
def file(request: StaffRequest, capture_id: UUID) -> HttpResponseBase:
    """The parked file itself, as a download."""
    capture = get_capture(request.actor, capture_id)
    response = FileResponse(
        existing_blob_path(capture.blob_id).open("rb"),
        as_attachment=True,
        filename=capture.file_name,
        content_type="application/octet-stream",
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def count(request: HttpRequest) -> int:
    """How many things wait, for the navigation."""
    actor = find_staff_actor(request) if request.user.is_authenticated else None
    if actor is None:
        return 0
    return len(parked_captures(actor)) + ceremonies_for(actor).filter(state=CeremonyState.SEAL_FAILED).count()
