"""« Boîte d’envoi locale »: messages that stayed on this machine, for a demonstration, to administrators alone."""

from __future__ import annotations

import re
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from pli.kit.errors import NotFound
from pli.notifications.api import Channel, local_message, local_outbox
from pli.office.access import StaffRequest, staff_required
from pli.office.notices.door import show_mail, tabs_for

_LINK = re.compile(r"https?://[^\s<>\"]+")


@require_GET
@never_cache
@staff_required()
def show_outbox(request: StaffRequest) -> HttpResponse:
    """The last messages. Exists only while the local gateway is in force."""
    actor = request.actor
    context = {"letters": local_outbox(actor), "tabs": tabs_for(actor, "outbox")}
    return render(request, "office/notices/outbox.html", context)


@require_GET
@never_cache
@staff_required()
def show_local_message(request: StaffRequest, message_id: UUID) -> HttpResponse:
    """One message, as its recipient would read it."""
    letter = local_message(request.actor, message_id)
    response = render(request, "office/notices/local.html", {"letter": letter, "links": _LINK.findall(letter.text)})
    response["Referrer-Policy"] = "no-referrer"
    return response


@require_GET
@never_cache
@staff_required()
def show_local_mail(request: StaffRequest, message_id: UUID) -> HttpResponse:
    """The HTML of an e-mail, for the frame."""
    letter = local_message(request.actor, message_id)
    if letter.channel != Channel.EMAIL:
        raise NotFound
    return show_mail(letter.html)
