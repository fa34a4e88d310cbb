"""The first page of the day."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from pli.billing.api import shortage_of
from pli.capture.api import captures_for, parked_captures
from pli.delivery.api import failed_deliveries
from pli.documents.api import documents_for
from pli.kit.clock import SYSTEM_CLOCK
from pli.office.access import StaffRequest, staff_required
from pli.office.runs.views import GOING
from pli.office.signatures.standing import standing_lines, standing_of
from pli.processing.api import PieceState, RunState, pieces_for, queue_to_index, runs_for
from pli.signing.api import Ceremony, CeremonyState, awaited_signers, ceremonies_for, unsealed_ceremonies

SHOWN = 3
STANDING_SHOWN = 6  # each is written out with its reason


@require_GET
def root(request: HttpRequest) -> HttpResponse:
    """The bare address: on to where one works, or to the door."""
    return redirect("me:arrival" if request.user.is_authenticated else "account_login")


@never_cache
@require_GET
@staff_required()
def home(request: StaffRequest) -> HttpResponse:
    """« Ce qui vous attend » first, then what waits for others, then a strip of figures."""
    ceremonies = ceremonies_for(request.actor)
    week = SYSTEM_CLOCK.now() - timedelta(days=7)
    figures = _ceremony_figures(ceremonies, week)
    failed = unsealed_ceremonies(request.actor)
    refused = ceremonies.filter(state__in=[CeremonyState.REFUSED, CeremonyState.EXPIRED], ended_at__gte=week).order_by(
        "-ended_at"
    )
    running = ceremonies.filter(state__in=[CeremonyState.IN_PROGRESS, CeremonyState.SEALING])
    parked = parked_captures(request.actor)
    recent = list(running.prefetch_related("signers").order_by("expires_at")[:6])
    undelivered = failed_deliveries(request.actor)
    stopped_runs = runs_for(request.actor).filter(state=RunState.PARKED)
    stopped_pieces = pieces_for(request.actor).filter(state=PieceState.PARKED)
    to_index = queue_to_index(request.actor)
    context = {
        "to_index": list(to_index[:SHOWN]),
        "to_index_count": to_index.count(),
        "stopped_count": stopped_runs.count() + stopped_pieces.count(),
        "going": list(runs_for(request.actor).filter(state__in=GOING).order_by("-started_at")[:SHOWN]),
        "undelivered": list(undelivered[:SHOWN]),
        "undelivered_count": undelivered.count(),
        "parked": parked[:SHOWN],
        "parked_count": len(parked),
        "failed": list(failed[:SHOWN]),
        "failed_count": failed.count(),
        "ended": list(refused[:SHOWN]),
        "ended_count": figures["ended"],
        "running": [{"ceremony": one, "awaited": awaited_signers(one)} for one in recent],
        "running_count": figures["running"],
        "figures": figures | _figures(request, week),
        "standing": standing_lines(request, request.actor)[:STANDING_SHOWN],
        "standing_count": len(standing_of(request, request.actor)),
        "shortage": shortage_of(request.actor),
        "can_write": request.actor.role != "AUDITOR",
        "is_new": not documents_for(request.actor).exists(),
    }
    return render(request, "office/home/home.html", context)


def _ceremony_figures(ceremonies: QuerySet[Ceremony], week: datetime) -> dict[str, int]:
    """All that is counted of requests, in one question."""
    going = Q(state__in=[CeremonyState.IN_PROGRESS, CeremonyState.SEALING])
    ended = Q(state__in=[CeremonyState.REFUSED, CeremonyState.EXPIRED], ended_at__gte=week)
    return ceremonies.order_by().aggregate(
        running=Count("pk", filter=going),
        ended=Count("pk", filter=ended),
        sent=Count("pk", filter=Q(sent_at__gte=week)),
        signed=Count("pk", filter=Q(state=CeremonyState.COMPLETED, ended_at__gte=week)),
    )


def _figures(request: StaffRequest, week: datetime) -> dict[str, int]:
    return {
        "documents": documents_for(request.actor).filter(created_at__gte=week).count(),
        "captures": captures_for(request.actor).filter(received_at__gte=week).count(),
    }
