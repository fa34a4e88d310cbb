"""The board of what one sent by mail: where each message stands, what came back, who fetched the files."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from pli.documents.api import existing_blob_path
from pli.gateway.api import (
    AskState,
    MailFilter,
    MailMessage,
    MobileAsk,
    RelayState,
    TrackedAct,
    TrackedSending,
    TrackedState,
    cancel_mail,
    find_mails,
    get_mail,
    own_account,
    readable_size,
    retry_mail,
    tally_of,
    tracked_proof,
    tracked_sending,
    tracked_sendings,
)
from pli.journey.api import sending_archive
from pli.kit.clock import SYSTEM_CLOCK
from pli.kit.errors import PliError
from pli.office.access import StaffRequest, staff_required
from pli.office.lists import ListFilter, Listing
from pli.office.runs.words import explain_problem
from pli.office.saying import say_refusal
from pli.parties.api import Role

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)
STATES = {
    "PENDING": ("waiting", gettext_lazy("En cours")),
    "RELAYED": ("signed", gettext_lazy("Transmis")),
    "UNDELIVERED": ("refused", gettext_lazy("Non remis")),
    "REFUSED": ("refused", gettext_lazy("Refusé")),
    "CANCELLED": ("idle", gettext_lazy("Annulé")),
}
TONES = {
    RelayState.WAITING: "idle",
    RelayState.QUEUED: "waiting",
    RelayState.RELAYED: "signed",
    RelayState.FAILED: "refused",
    RelayState.BOUNCED: "refused",
    RelayState.CANCELLED: "idle",
}
TAGS = {
    "none": gettext_lazy("Sans mot-clé"),
    "SIGN": gettext_lazy("Signature"),
    "SUIVI": gettext_lazy("Envoi suivi avec preuves"),
    "LIEN": gettext_lazy("Fichiers en lien"),
    "DIFFERE": gettext_lazy("Envoi différé"),
}


def name_tags(tag: str) -> str:
    """What a message's words asked, as a person says it; nothing without any."""
    return ", ".join(str(TAGS.get(word, word)) for word in tag.split())


TRACKED_TONES = {
    TrackedState.PREPARED: "idle",
    TrackedState.DEPOSITED: "waiting",
    TrackedState.RECEIVED: "signed",
    TrackedState.DECLINED: "refused",
    TrackedState.UNCLAIMED: "idle",
    TrackedState.UNDELIVERED: "refused",
    TrackedState.WITHDRAWN: "idle",
}
ACTS = {
    "prepared": gettext_lazy("Préparé"),
    "deposited": gettext_lazy("Déposé auprès du serveur suivant"),
    "received": gettext_lazy("Reçu par le destinataire"),
    "declined": gettext_lazy("Refusé par le destinataire"),
    "unclaimed": gettext_lazy("Non réclamé"),
    "undelivered": gettext_lazy("Non remis"),
    "withdrawn": gettext_lazy("Retiré avant son départ"),
    "read_again": gettext_lazy("Lu sur un autre appareil"),
    "delivered": gettext_lazy("Remis au destinataire (avis du serveur)"),
    "downloaded": gettext_lazy("Fichier téléchargé"),
}
_FILTERS = ("q", "state", "tag")


class MailsFilter(ListFilter):
    """The list's filter, read from the page's address."""

    offered = {"state": [(name, word) for name, (_tone, word) in STATES.items()], "tag": TAGS.items()}
    q = forms.CharField(label=gettext_lazy("Objet ou destinataire"), required=False, max_length=200)
    state = forms.ChoiceField(label=gettext_lazy("État"), required=False)
    tag = forms.ChoiceField(label=gettext_lazy("Mot-clé"), required=False)

    def wanted(self) -> MailFilter:
        """The filter."""
        return MailFilter(*self.words("q", "state", "tag"))


@never_cache
@require_GET
@staff_required()
def listing(request: StaffRequest) -> HttpResponse:
    """Newest first; filters and place stand in the address."""
    form = MailsFilter(request.GET)
    found = find_mails(request.actor, form.wanted())
    shown = Listing(request, found, sorts={"received": "received_at"}, default="-received", filters=_FILTERS)
    context = {
        "form": form,
        "listing": shown,
        "rows": [(one, tally_of(one), *STATES[tally_of(one).state], name_tags(one.tag)) for one in shown],
        "account": own_account(request.actor),
    }
    return render(request, "office/mails/list.html", context)


@never_cache
@require_GET
@staff_required()
def show(request: StaffRequest, mail_id: UUID) -> HttpResponse:
    """One message: each recipient, what their server said, the files fetched."""
    mail = get_mail(request.actor, mail_id)
    tally = tally_of(mail)
    recipients = list(mail.recipients.order_by("position"))
    tracked = tracked_sendings(mail)
    failed = any(one.state == RelayState.FAILED for one in recipients)
    can_write = request.actor.role in WRITERS
    context = {
        "mail": mail,
        "tag": name_tags(mail.tag),
        "tone": STATES[tally.state][0],
        "word": STATES[tally.state][1],
        "size": readable_size(mail.blob.size),
        "asked": _asked(mail),
        "is_held": bool(tally.pending and mail.not_before and mail.not_before > SYSTEM_CLOCK.now()),
        "problem": explain_problem(mail.problem_code, mail.problem),
        "recipients": [(one, TONES[RelayState(one.state)]) for one in recipients],
        "files": _files(mail),
        "tracked": [(one, TRACKED_TONES[TrackedState(one.state)], _acts(one)) for one in tracked],
        "can_cancel": can_write and bool(tally.pending) and not mail.ceremony_id,
        "can_retry": can_write and failed and not mail.ceremony_id,
    }
    return render(request, "office/mails/show.html", context)


def _asked(mail: MailMessage) -> MobileAsk | None:
    """What the sender was asked and has not answered."""
    ask = getattr(mail, "mobile_ask", None)
    return ask if ask and ask.state == AskState.OPEN else None


def _acts(sending: TrackedSending) -> list[tuple[TrackedAct, str]]:
    return [(act, str(ACTS.get(act.what, act.what))) for act in sending.acts.all()]


def _files(mail: MailMessage) -> list[dict[str, Any]]:
    """Each file behind a link, how often it was fetched, and by whom."""
    rows = mail.files.select_related("blob").prefetch_related("downloads__recipient").order_by("id")
    return [
        {
            "file": file,
            "size": readable_size(file.blob.size),
            "count": len(file.downloads.all()),
            "people": sorted({download.recipient.address for download in file.downloads.all()}),
            "is_over": file.expires_at <= SYSTEM_CLOCK.now() and not mail.plan.get("tracked"),
            "is_tracked": bool(mail.plan.get("tracked")),
        }
        for file in rows
    ]


@require_POST
@staff_required(*WRITERS)
def cancel(request: StaffRequest, mail_id: UUID) -> HttpResponse:
    """« Annuler l’envoi »."""
    try:
        cancel_mail(request.actor, mail_id)
    except PliError as refusal:
        if refusal.status == 404:
            raise
        say_refusal(request, refusal)
    else:
        messages.success(request, _("L’envoi est annulé : le courriel ne partira pas."))
    return redirect("mails:show", mail_id)


@require_POST
@staff_required(*WRITERS)
def retry(request: StaffRequest, mail_id: UUID) -> HttpResponse:
    """« Renvoyer »."""
    try:
        count = retry_mail(request.actor, mail_id)
    except PliError as refusal:
        if refusal.status == 404:
            raise
        say_refusal(request, refusal)
    else:
        said = ngettext(
            "Le courriel repart vers %(count)d destinataire.", "Le courriel repart vers %(count)d destinataires.", count
        )
        messages.success(request, said % {"count": count})
    return redirect("mails:show", mail_id)


@never_cache
@require_GET
@staff_required()
def archive(request: StaffRequest, mail_id: UUID, sending_id: UUID) -> HttpResponseBase:
    """Every proof of one recipient's tracked sending, with a script that checks them without Pli."""
    sending = tracked_sending(get_mail(request.actor, mail_id), sending_id)
    packed, name = sending_archive(sending)
    return FileResponse(packed, as_attachment=True, filename=name, content_type="application/zip")


@never_cache
@require_GET
@staff_required()
def proof(request: StaffRequest, mail_id: UUID, proof_id: UUID) -> HttpResponseBase:
    """The sealed proof of one recipient's tracked sending."""
    found = tracked_proof(get_mail(request.actor, mail_id), proof_id)
    response = FileResponse(
        existing_blob_path(found.pdf_sha256).open("rb"),
        as_attachment=True,
        filename=f"preuve {found.sending.number} {found.kind.lower()}.pdf",
        content_type="application/pdf",
    )
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
