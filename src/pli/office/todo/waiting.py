"""Scans that wait for somebody to say what they are and whose."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.capture.api import Wishes, confirm_capture, dismiss_waiting, get_waiting
from pli.documents.api import page_image, title_from_file_name
from pli.kit.errors import PliError
from pli.office.access import StaffRequest, read_uuid, staff_required
from pli.office.documents.pickers import read_party
from pli.office.errors import explain
from pli.office.printers.forms import ConfirmForm
from pli.parties.api import Role

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)


@never_cache
@require_http_methods(["GET", "POST"])
@staff_required(*WRITERS)
def confirm(request: StaffRequest, capture_id: UUID) -> HttpResponse:
    """What a scan is and whose; then it is filed."""
    capture = get_waiting(request.actor, capture_id)
    recipe = str(capture.wishes.get("recipe_id") or "")
    initial = {"kind": capture.wishes["kind"], "title": title_from_file_name(capture.file_name), "recipe": recipe}
    form = ConfirmForm(request.POST or None, actor=request.actor, recipe_id=recipe, initial=initial)
    typed = request.POST.get("party", "")
    if request.method == "POST" and form.is_valid():
        try:
            party = read_party(request.actor, typed)
            wishes = Wishes(
                form.cleaned_data["kind"],
                party.id if party else None,
                title=form.cleaned_data["title"],
                recipe_id=read_uuid(form.cleaned_data.get("recipe")),
            )
            confirm_capture(request.actor, capture, wishes=wishes)
        except PliError as refusal:
            said = explain(refusal)
            form.add_error(None, f"{said.message} {said.remedy}")
        else:
            messages.success(request, _("C’est noté : le document se classe."))
            return redirect("todo:list")
    context = {"capture": capture, "form": form, "party": typed}
    return render(request, "office/todo/confirm.html", context, status=422 if form.errors else 200)


@require_POST
@staff_required(*WRITERS)
def set_aside(request: StaffRequest, capture_id: UUID) -> HttpResponse:
    """Set a scan aside."""
    dismiss_waiting(request.actor, capture_id)
    messages.success(request, _("Le fichier est écarté ; ses octets restent conservés."))
    return redirect("todo:list")


@require_GET
@staff_required(*WRITERS)
def page(request: StaffRequest, capture_id: UUID) -> HttpResponseBase:
    """The first page of a scan that waits."""
    capture = get_waiting(request.actor, capture_id)
    image = page_image(capture.prepared_id or capture.blob_id, 1, 640)
    response = FileResponse(image.open("rb"), content_type="image/jpeg")
    patch_cache_control(response, private=True, max_age=600)
    return response
