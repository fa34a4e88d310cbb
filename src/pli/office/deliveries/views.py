"""The list of deliveries, and the remedies of those that failed."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from pli.delivery.api import (
    Delivery,
    DeliveryFilter,
    DeliveryState,
    abandon_delivery,
    find_deliveries,
    retry_delivery,
)
from pli.kit.errors import PliError
from pli.office.access import StaffRequest, staff_required
from pli.office.lists import ListFilter, Listing
from pli.office.saying import say_refusal
from pli.office.workbooks import EXPORTED_AT_MOST, spell_instant, workbook_response
from pli.parties.api import Role

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)
TONES = {"HANDED": "waiting", "DELIVERED": "signed", "FAILED": "refused", "ABANDONED": "idle"}
CARRIERS: dict[str, str | Promise] = {"email": gettext_lazy("E-mail"), "portal": gettext_lazy("Portail")}
_FILTERS = ("q", "state", "carrier")


class DeliveriesFilter(ListFilter):
    """The list's filter, read from the page's address."""

    offered = {"state": DeliveryState.choices, "carrier": CARRIERS.items()}
    q = forms.CharField(label=gettext_lazy("Destinataire ou document"), required=False, max_length=200)
    state = forms.ChoiceField(label=gettext_lazy("État"), required=False)
    carrier = forms.ChoiceField(label=gettext_lazy("Moyen"), required=False)

    def wanted(self) -> DeliveryFilter:
        """The filter."""
        return DeliveryFilter(*self.words("q", "state", "carrier"))


@never_cache
@require_GET
@staff_required()
def listing(request: StaffRequest) -> HttpResponse:
    """Newest first; filters and place stand in the address."""
    form = DeliveriesFilter(request.GET)
    found = find_deliveries(request.actor, form.wanted())
    shown = Listing(request, found, sorts={"created": "created_at"}, default="-created", filters=_FILTERS)
    context = {
        "form": form,
        "listing": shown,
        "rows": [(one, TONES[one.state], CARRIERS.get(one.carrier, one.carrier)) for one in shown],
        "can_write": request.actor.role != Role.AUDITOR,
        "sees_messages": request.actor.role != Role.MEMBER,
        "query": request.GET.urlencode(),
    }
    return render(request, "office/deliveries/list.html", context)


@require_GET
@staff_required()
def export(request: StaffRequest) -> FileResponse:
    """The list as it is filtered."""
    found = find_deliveries(request.actor, DeliveriesFilter(request.GET).wanted()).order_by("-created_at", "-id")
    header = [_("Confié le"), _("Terminé le"), _("Document"), _("Destinataire"), _("Adresse"), _("Moyen"), _("État"),
              _("Motif"), _("Fichiers")]  # fmt: skip
    return workbook_response("envois", _("Envois"), header, _cells(found[:EXPORTED_AT_MOST].iterator(chunk_size=500)))


def _cells(rows: Iterator[Delivery]) -> Iterator[list[str]]:
    for one in rows:
        files = ", ".join(str(file.get("file_name", "")) for file in one.files)
        yield [
            spell_instant(one.created_at), spell_instant(one.ended_at), one.document.title, one.recipient_name,
            one.recipient_address, str(CARRIERS.get(one.carrier, one.carrier)), str(one.get_state_display()),
            one.problem, files,
        ]  # fmt: skip


@require_POST
@staff_required(*WRITERS)
def retry(request: StaffRequest, delivery_id: UUID) -> HttpResponse:
    """« Renvoyer »."""
    try:
        delivery = retry_delivery(request.actor, delivery_id)
    except PliError as refusal:
        if refusal.status == 404:
            raise
        say_refusal(request, refusal)
    else:
        messages.success(request, _("L’envoi à %(name)s repart à l’instant.") % {"name": delivery.recipient_name})
    return redirect(_way_back(request))


@require_POST
@staff_required(*WRITERS)
def abandon(request: StaffRequest, delivery_id: UUID) -> HttpResponse:
    """« C’est réglé autrement »."""
    try:
        abandon_delivery(request.actor, delivery_id)
    except PliError as refusal:
        if refusal.status == 404:
            raise
        say_refusal(request, refusal)
    else:
        messages.success(request, _("L’envoi est mis de côté ; il reste dans la liste."))
    return redirect(_way_back(request))


def _way_back(request: StaffRequest) -> str:
    """The list the button was in."""
    target = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if safe else "deliveries:list"
