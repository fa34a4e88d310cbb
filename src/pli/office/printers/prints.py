"""« Mes impressions »: what was printed, live; what a printer asks about is confirmed here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.capture.api import (
    CaptureState,
    JobState,
    PrintJob,
    confirm_job,
    dismiss_job,
    get_print_job,
    jobs_to_confirm,
    print_jobs_for,
    printers_for,
)
from pli.documents.api import documents_for, page_image
from pli.kit.errors import NotFound, PliError, fill_sentence
from pli.office.access import StaffRequest, find_staff_actor, read_uuid, staff_required
from pli.office.documents.pickers import read_party
from pli.office.errors import explain
from pli.office.printers.forms import ConfirmForm, kind_choices
from pli.office.runs.lots import Lot, lots_of
from pli.office.saying import say_refusal
from pli.parties.api import Role

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)
SHOWN = 60


@dataclass(frozen=True)
class Row:
    """A job as the list shows it."""

    job: PrintJob
    tone: str
    word: str
    kind: str
    problem: str
    can_open: bool
    lot: Lot | None = None
    """Its run, where a recipe works on it."""

    @property
    def is_waiting(self) -> bool:
        """Whether a person is awaited."""
        capture = self.job.capture
        return capture is not None and capture.state == CaptureState.WAITING and not self.job.is_repeat


@never_cache
@require_GET
@staff_required()
def listing(request: StaffRequest) -> HttpResponse:
    """The latest jobs; asked again every two seconds, and silent (204) while nothing has changed."""
    jobs = list(print_jobs_for(request.actor).order_by("-number")[:SHOWN])
    lots = lots_of(request.actor, [job.capture_id for job in jobs if job.capture_id])
    seen = [(j.number, j.state, j.capture and j.capture.state, j.capture_id and lots.get(j.capture_id)) for j in jobs]
    stamp = hashlib.sha256(repr(seen).encode()).hexdigest()
    if request.headers.get("HX-Request") == "true" and request.GET.get("seen") == stamp:
        return HttpResponse(status=204)
    context = {
        "rows": _rows(request, jobs, lots),
        "stamp": stamp,
        "can_write": request.actor.role in WRITERS,
        "printers": list(printers_for(request.actor).filter(is_active=True).order_by("name")[:20]),
    }
    part = request.headers.get("HX-Request") == "true"
    return render(request, f"office/printers/{'prints_list' if part else 'prints'}.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_required(*WRITERS)
def confirm(request: StaffRequest, job_uuid: UUID) -> HttpResponse:
    """What a held document is and whose; then it is filed."""
    job = get_print_job(request.actor, job_uuid)
    if job.capture is None or job.capture.state != CaptureState.WAITING:
        return redirect("prints:list")
    wished = job.capture.wishes
    recipe = str(wished.get("recipe_id") or "")
    initial = {"kind": wished["kind"], "title": wished["title"], "recipe": recipe}
    form = ConfirmForm(request.POST or None, actor=request.actor, recipe_id=recipe, initial=initial)
    typed = request.POST.get("party", "")
    if request.method == "POST" and form.is_valid():
        try:
            party = read_party(request.actor, typed)
            confirm_job(
                request.actor,
                job_uuid,
                kind=form.cleaned_data["kind"],
                party_id=party.id if party else None,
                title=form.cleaned_data["title"],
                recipe_id=read_uuid(form.cleaned_data.get("recipe")),
            )
        except PliError as refusal:
            said = explain(refusal)
            form.add_error(None, f"{said.message} {said.remedy}")
        else:
            messages.success(request, _("C’est noté : le document se classe."))
            return redirect("prints:list")
    context = {"job": job, "form": form, "party": typed}
    return render(request, "office/printers/confirm.html", context, status=422 if form.errors else 200)


@require_POST
@staff_required(*WRITERS)
def dismiss(request: StaffRequest, job_uuid: UUID) -> HttpResponse:
    """Set a printed document aside."""
    try:
        dismiss_job(request.actor, job_uuid)
    except PliError as refusal:
        if refusal.status in (403, 404):
            raise
        say_refusal(request, refusal)
    else:
        messages.success(request, _("L’impression est écartée ; ses octets restent conservés."))
    return redirect("prints:list")


@require_GET
@staff_required()
def page(request: StaffRequest, job_uuid: UUID) -> HttpResponseBase:
    """The first page of a document that waits."""
    capture = get_print_job(request.actor, job_uuid).capture
    if capture is None or capture.state != CaptureState.WAITING:
        raise NotFound
    image = page_image(capture.prepared_id or capture.blob_id, 1, 640)
    response = FileResponse(image.open("rb"), content_type="image/jpeg")
    patch_cache_control(response, private=True, max_age=600)
    return response


def count(request: HttpRequest) -> int:
    """How many wait for the person of this request."""
    actor = find_staff_actor(request) if request.user.is_authenticated else None
    return jobs_to_confirm(actor).count() if actor and actor.role in WRITERS else 0


def _rows(request: StaffRequest, jobs: list[PrintJob], lots: dict[UUID, Lot]) -> list[Row]:
    names = dict(kind_choices(request.actor.organisation_id))
    wanted = [job.capture.document_id for job in jobs if job.capture and job.capture.document_id]
    seen = set(documents_for(request.actor).filter(id__in=wanted).values_list("id", flat=True))
    rows = []
    for job in jobs:
        tone, word = _say_state(job)
        capture = job.capture
        lot = lots.get(capture.id) if capture else None
        problem = capture.problem if capture and capture.state == CaptureState.PARKED else {}
        told = [fill_sentence(str(problem.get(n, "")), problem.get("details", {}), _) for n in ("message", "remedy")]
        kind = names.get(str(capture.wishes.get("kind")), "") if capture else ""
        rows.append(
            Row(job, tone, word, kind, " ".join(told).strip(), bool(capture and capture.document_id in seen), lot)
        )
    return rows


def _say_state(job: PrintJob) -> tuple[str, str]:
    if job.state != JobState.RECEIVED or job.capture is None:
        return {"OPEN": "active", "CANCELED": "idle"}.get(job.state, "refused"), str(JobState(job.state).label)
    return {
        "RECEIVED": ("active", _("Lecture en cours")),
        "WAITING": ("waiting", _("À confirmer")),
        "FILED": ("signed", _("Classé")),
        "PARKED": ("refused", _("À traiter")),
        "PASSED": ("active", _("En traitement")),
        "DISMISSED": ("idle", _("Écarté")),
    }[job.capture.state]
