"""« Messages »: what was sent, what waits, what failed and what to do about it."""

from __future__ import annotations

import io
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from pli.kit.clock import PARIS
from pli.notifications.api import (
    Channel,
    Message,
    MessageFilter,
    MessageState,
    cancel_message,
    find_messages,
    get_message,
    masked_text,
    resend_message,
    template_name,
)
from pli.office.access import StaffRequest, staff_required
from pli.office.lists import ListFilter, Listing
from pli.office.notices.door import tabs_for

TONES = {"WAITING": "waiting", "SENT": "signed", "CANCELLED": "idle", "FAILED": "refused"}
EXPORTED_AT_MOST = 100_000
# What a spreadsheet could take for a formula is preceded by an apostrophe.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\x00")


class HistoryFilter(ListFilter):
    """The history's filter, read from the page's address."""

    offered = {"state": MessageState.choices, "channel": Channel.choices}
    q = forms.CharField(label=gettext_lazy("Destinataire ou objet"), required=False, max_length=200)
    state = forms.ChoiceField(label=gettext_lazy("État"), required=False)
    channel = forms.ChoiceField(label=gettext_lazy("Canal"), required=False)

    def wanted(self) -> MessageFilter:
        """The filter."""
        return MessageFilter(*self.words("q", "state", "channel"))


@require_GET
@staff_required()
def show_history(request: StaffRequest) -> HttpResponse:
    """The list, newest first."""
    actor, form = request.actor, HistoryFilter(request.GET)
    found = find_messages(actor, form.wanted())
    listing = Listing(
        request, found, sorts={"created": "created_at"}, default="-created", filters=("q", "state", "channel")
    )
    rows = [(message, TONES[message.state], template_name(message)) for message in listing]
    context = {"tabs": tabs_for(actor, "history"), "form": form, "listing": listing, "rows": rows}
    return render(request, "office/notices/history.html", context)


@require_GET
@staff_required()
def show_message(request: StaffRequest, message_id: UUID) -> HttpResponse:
    """One message: its words with links and codes masked, each try, what can be done."""
    actor = request.actor
    message = get_message(actor, message_id)
    context = {
        "message": message,
        "name": template_name(message),
        "tone": TONES[message.state],
        "text": masked_text(message),
        "attempts": message.attempts.order_by("started_at"),
        "can_cancel": message.state == MessageState.WAITING and actor.role != "AUDITOR",
        "can_resend": actor.role != "AUDITOR"
        and (message.state == MessageState.FAILED or (message.state == MessageState.SENT and not message.secret_names)),
    }
    return render(request, "office/notices/message.html", context)


@require_POST
@staff_required()
def resend(request: StaffRequest, message_id: UUID) -> HttpResponse:
    """« Renvoyer »."""
    actor = request.actor
    actor.require_writer()
    again = resend_message(get_message(actor, message_id), actor=actor.reference)
    messages.success(request, _("Le message repart à l’instant."))
    return redirect("notices:message", message_id=again.id)


@require_POST
@staff_required()
def cancel(request: StaffRequest, message_id: UUID) -> HttpResponse:
    """« Annuler l’envoi »."""
    actor = request.actor
    actor.require_writer()
    if cancel_message(get_message(actor, message_id), actor=actor.reference):
        messages.success(request, _("L’envoi est annulé : le message ne partira pas."))
    else:
        messages.warning(request, _("Trop tard pour annuler : le message est parti ou part en ce moment même."))
    return redirect("notices:message", message_id=message_id)


@require_GET
@staff_required()
def export_history(request: StaffRequest) -> HttpResponse:
    """The same list as a spreadsheet; never a link nor a code."""
    actor = request.actor
    found = find_messages(actor, HistoryFilter(request.GET).wanted()).order_by("-created_at", "-id")
    import xlsxwriter  # A second to load, for a few exports a day.

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "in_memory": True})
    sheet = book.add_worksheet(_("Messages"))
    heads = (_("Demandé le"), _("Envoyé le"), _("Message"), _("Canal"), _("Destinataire"), _("Adresse"), _("Objet"),
             _("État"), _("Essais"), _("Fournisseur"), _("Réponse ou motif"))  # fmt: skip
    for column, head in enumerate(heads):
        sheet.write_string(0, column, head)
    for row, message in enumerate(found[:EXPORTED_AT_MOST].iterator(chunk_size=500), start=1):
        for column, value in enumerate(_cells(message)):
            sheet.write_string(row, column, f"'{value}" if value.startswith(_FORMULA_STARTS) else value)
    book.close()
    response = HttpResponse(
        file.getvalue(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response["Content-Disposition"] = 'attachment; filename="messages.xlsx"'
    return response


def _cells(message: Message) -> tuple[str, ...]:
    sent = f"{message.sent_at.astimezone(PARIS):%d/%m/%Y %H:%M:%S}" if message.sent_at else ""
    return (
        f"{message.created_at.astimezone(PARIS):%d/%m/%Y %H:%M:%S}", sent, template_name(message),
        message.get_channel_display(), message.to_name, message.to_address, message.title,
        message.get_state_display(), str(message.tries), message.provider, message.server_reply or message.reason,
    )  # fmt: skip
