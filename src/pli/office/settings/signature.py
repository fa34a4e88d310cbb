"""« Réglages › Signature »: the level, and the service that dates."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from pli.documents.api import kinds_of
from pli.kit.errors import PlugError
from pli.office.access import StaffRequest, staff_required
from pli.office.errors import Explained, explain
from pli.office.moments import exact
from pli.office.signatures.sides import SIDES, read_side, side_choices
from pli.parties.api import Role, get_organisation
from pli.signing.api import (
    DEFAULT_LEVEL,
    LEVELS,
    PreferenceRefused,
    TimestampTrial,
    own_sides,
    preferred_level,
    preferred_side,
    save_kind_side,
    save_level,
    save_side,
    save_timestamp_url,
    timestamp_url,
    try_timestamps,
)

EFFECTS: dict[str, str | Promise] = {
    "B-B": gettext_lazy(
        "La signature seule. Rien ne prouve l’heure, et elle ne se vérifie plus quand le certificat a pris fin."
    ),
    "B-T": gettext_lazy("La signature et un horodatage, qui prouve l’heure. Convient à l’usage courant."),
    "B-LT": gettext_lazy(
        "En plus, le fichier porte tout ce qu’il faut pour le vérifier dans des années ; il pèse un peu plus."
    ),
    "B-LTA": gettext_lazy(
        "En plus, un horodatage d’archive protège l’ensemble : pour ce qui se garde dix ans et davantage."
    ),
}


@never_cache
@require_GET
@staff_required()
def show(request: StaffRequest) -> HttpResponse:
    """What is in force: read by all, changed by administrators."""
    return _show(request)


def _show(
    request: StaffRequest,
    *,
    url: str | None = None,
    trial: TimestampTrial | None = None,
    error: Explained | None = None,
    status: int = 200,
) -> HttpResponse:
    organisation = get_organisation(request.actor)
    level, side = preferred_level(organisation), preferred_side(organisation)
    kept = timestamp_url(request.actor)
    context: dict[str, Any] = {
        "levels": [(one, EFFECTS[one], one == level, one == DEFAULT_LEVEL) for one in LEVELS],
        "level": level,
        "effect": EFFECTS[level],
        "sides": [(one, word, one == side) for one, word in SIDES.items()],
        "side": SIDES[side],
        **_own_places(request),
        "url": kept if url is None else url,
        "kept_url": kept,
        "usual_url": str(settings.PLI_TSA_URL),
        "trial": trial,
        "error": error,
        "is_admin": request.actor.role == Role.ADMIN,
    }
    return render(request, "office/settings/signature.html", context, status=status)


def _own_places(request: StaffRequest) -> dict[str, Any]:
    """The kinds with the place each has, and the folders that have one of their own."""
    own = own_sides(request.actor)
    by_kind = {one.kind_id: one.side for one in own if one.kind_id}
    kinds = kinds_of(request.actor.organisation_id)
    usual = _("Comme l’organisation")
    return {
        "kind_sides": [(kind, side_choices(by_kind.get(kind.id), usual)) for kind in kinds],
        "folder_sides": [(one.folder, SIDES[one.side]) for one in own if one.folder_id],
    }


@require_POST
@staff_required(Role.ADMIN)
def change_kind_side(request: StaffRequest, kind_id: UUID) -> HttpResponse:
    """Where the signatures of the requests to come go on the documents of a kind."""
    try:
        save_kind_side(request.actor, kind_id, read_side(request.POST.get("side", "")))
    except PreferenceRefused as refusal:
        return _show(request, error=explain(refusal), status=refusal.status)
    messages.success(request, _("Cette place vaut pour les prochaines demandes ; chacune peut en choisir une autre."))
    return redirect("settings:signature")


@require_POST
@staff_required(Role.ADMIN)
def change_level(request: StaffRequest) -> HttpResponse:
    """The level of the requests to come."""
    try:
        save_level(request.actor, request.POST.get("level", ""))
    except PreferenceRefused as refusal:
        return _show(request, error=explain(refusal), status=refusal.status)
    messages.success(request, _("Le niveau vaut pour les prochaines demandes ; celles en cours gardent le leur."))
    return redirect("settings:signature")


@require_POST
@staff_required(Role.ADMIN)
def change_side(request: StaffRequest) -> HttpResponse:
    """Where the signatures of the requests to come go."""
    try:
        save_side(request.actor, request.POST.get("side", ""))
    except PreferenceRefused as refusal:
        return _show(request, error=explain(refusal), status=refusal.status)
    messages.success(request, _("Cette place vaut pour les prochaines demandes ; chacune peut en choisir une autre."))
    return redirect("settings:signature")


@require_POST
@staff_required(Role.ADMIN)
def change_timestamps(request: StaffRequest) -> HttpResponse:
    """« Tester » asks for one token; « Enregistrer » asks too, and keeps the address only when the answer holds."""
    url = request.POST.get("url", "")[:400]
    try:
        if "test" in request.POST:
            tried = url.strip() or timestamp_url(request.actor) or str(settings.PLI_TSA_URL)
            return _show(request, url=url, trial=try_timestamps(request.actor, tried))
        trial = save_timestamp_url(request.actor, url)
    except (PreferenceRefused, PlugError) as refusal:
        said = explain(refusal)
        kept = _("Le service en place n’a pas changé.")
        remedy = _("Vérifiez l’adresse auprès de votre fournisseur, puis testez de nouveau.")
        return _show(request, url=url, error=Explained(said.code, said.message, kept, remedy), status=422)
    if trial is None:
        messages.success(request, _("Vos signatures sont de nouveau datées par le service de l’installation."))
    else:
        text = _("Le service a répondu (%(at)s) : il date désormais vos signatures et votre journal.")
        messages.success(request, text % {"at": exact(trial.at)})
    return redirect("settings:signature")
