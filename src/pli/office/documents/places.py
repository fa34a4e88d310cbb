"""Where signatures go on the documents of a folder, for those who manage it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pli.documents.api import Folder, Right, folders_for
from pli.office.access import StaffRequest, staff_required
from pli.office.saying import say_refusal
from pli.office.signatures.sides import SIDES, read_side, side_choices
from pli.signing.api import PreferenceRefused, own_side_of_folder, save_folder_side, side_for_folder


def side_context(request: StaffRequest, folder: Folder | None) -> dict[str, Any]:
    """What a folder's page says of the place of signatures; nothing to those who do not manage it."""
    if folder is None or not folders_for(request.actor, Right.MANAGE).filter(id=folder.id).exists():
        return {}
    above = SIDES[side_for_folder(request.actor, folder.parent)]
    return {"mark_sides": side_choices(own_side_of_folder(folder), _("Comme au-dessus : %(place)s") % {"place": above})}


@require_POST
@staff_required()
def choose_side(request: StaffRequest, folder_id: UUID) -> HttpResponse:
    """The place of the requests to come on this folder's documents."""
    try:
        save_folder_side(request.actor, folder_id, read_side(request.POST.get("side", "")))
    except PreferenceRefused as refusal:
        say_refusal(request, refusal)
    else:
        messages.success(
            request, _("Cette place vaut pour les prochaines demandes ; chacune peut en choisir une autre.")
        )
    return redirect(f"{reverse('documents:list')}?folder={folder_id}")
