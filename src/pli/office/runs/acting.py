"""What people do with runs and their pieces: stop, start again, send again, attach, set aside."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pli.kit.errors import NotFound, PliError
from pli.office.access import StaffRequest, read_uuid, staff_required
from pli.office.saying import say_refusal
from pli.parties.api import Role
from pli.processing.api import (
    attach_orphan,
    cancel_run,
    dismiss_piece,
    get_piece,
    replay_run,
    resume_rest,
    retry_piece,
    retry_run,
)

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)


@require_POST
@staff_required(*WRITERS)
def cancel(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """« Annuler »: what is filed stays filed."""
    _try(
        request,
        lambda: cancel_run(request.actor, run_id),
        _("Le traitement est annulé. Les documents déjà classés restent classés."),
    )
    return _back(request, run_id)


@require_POST
@staff_required(*WRITERS)
def retry(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """« Réessayer »: a parked file from the beginning, with its recipe or another."""
    recipe_id = read_uuid(request.POST.get("recipe"))
    _try(request, lambda: retry_run(request.actor, run_id, recipe_id=recipe_id), _("Le fichier repart à l’instant."))
    return _back(request, run_id)


@require_POST
@staff_required(*WRITERS)
def replay(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """« Rejouer »: the same file as a new run."""
    recipe_id = read_uuid(request.POST.get("recipe"))
    made: list[UUID] = []
    _try(
        request,
        lambda: made.append(replay_run(request.actor, run_id, recipe_id=recipe_id).id),
        _("Le fichier est rejoué : voici son nouveau traitement."),
    )
    return redirect("runs:show", made[0] if made else run_id)


@require_POST
@staff_required(*WRITERS)
def resume(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """« Reprendre le reste »: what a cancelled run gave up."""
    said = _("Le reste est repris à l’instant. Les documents déjà classés n’ont pas bougé.")
    _try(request, lambda: resume_rest(request.actor, run_id), said)
    return _back(request, run_id)


@require_POST
@staff_required(*WRITERS)
def retry_one(request: StaffRequest, piece_id: UUID) -> HttpResponse:
    """« Réessayer » or « En faire un document »."""
    run_id = get_piece(request.actor, piece_id).run_id
    _try(request, lambda: retry_piece(request.actor, piece_id), _("Ces pages repartent à l’instant."))
    return _back(request, run_id)


@require_POST
@staff_required(*WRITERS)
def dismiss_one(request: StaffRequest, piece_id: UUID) -> HttpResponse:
    """« Écarter »."""
    run_id = get_piece(request.actor, piece_id).run_id
    said = _("Ces pages sont écartées ; elles restent dans le fichier d’origine et peuvent être reprises.")
    _try(request, lambda: dismiss_piece(request.actor, piece_id), said)
    return _back(request, run_id)


@require_POST
@staff_required(*WRITERS)
def attach(request: StaffRequest, piece_id: UUID) -> HttpResponse:
    """« Rattacher à… » another piece of the run."""
    run_id = get_piece(request.actor, piece_id).run_id
    to = read_uuid(request.POST.get("to"))
    if to is None:
        raise NotFound
    _try(request, lambda: attach_orphan(request.actor, piece_id, to=to), _("Les pages sont rattachées."))
    return _back(request, run_id)


def _try(request: StaffRequest, act: Callable[[], object], said: str) -> None:
    """Do it and say so, or say why not; what the person may not see or do is refused as everywhere."""
    try:
        act()
    except PliError as refusal:
        if refusal.status in (403, 404):
            raise
        say_refusal(request, refusal)
    else:
        messages.success(request, said)


def _back(request: StaffRequest, run_id: UUID) -> HttpResponse:
    """The page the button was on, else the run's."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return redirect(target) if safe and target else redirect("runs:show", run_id)
