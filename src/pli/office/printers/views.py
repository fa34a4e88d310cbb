"""Réglages › Imprimantes: made, changed, switched off, given a new address; and the page that installs one."""

from __future__ import annotations

import plistlib
import re
import unicodedata
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import segno
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pli.capture.api import (
    AddressLost,
    PrinterNameTaken,
    PrinterQueue,
    PrinterSettings,
    change_printer,
    create_printer,
    get_printer,
    may_change,
    may_print,
    printer_address,
    printers_for,
    renew_address,
)
from pli.kit.errors import NotAllowed
from pli.office.access import StaffRequest, read_uuid, staff_required
from pli.office.errors import explain
from pli.office.printers.forms import NewPrinterForm, PrinterForm, kind_choices
from pli.office.recipes.offering import chosen_recipe, said_when_off
from pli.parties.api import Role

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)
SHARERS = (Role.ADMIN, Role.MANAGER)


@never_cache
@require_GET
@staff_required()
def listing(request: StaffRequest) -> HttpResponse:
    """The printers this person may know of."""
    names = dict(kind_choices(request.actor.organisation_id))
    rows = [
        {"printer": one, "kind": names.get(one.kind, one.kind), "is_mine": one.member_id == request.actor.member_id}
        for one in printers_for(request.actor).order_by("-is_shared", "name")
    ]
    context = {"rows": rows, "can_create": request.actor.role in WRITERS}
    return render(request, "office/printers/list.html", context)


@require_http_methods(["GET", "POST"])
@staff_required(*WRITERS)
def create(request: StaffRequest) -> HttpResponse:
    """A new printer, then the page that installs it."""
    form = NewPrinterForm(
        request.POST or None,
        actor=request.actor,
        may_share=request.actor.role in SHARERS,
        may_announce=settings.PLI_DNSSD and request.actor.role in SHARERS,
        initial={"kind": "other"},
    )
    if request.method == "POST" and form.is_valid():
        try:
            printer = create_printer(
                request.actor, chosen=_chosen(form), is_shared=bool(form.cleaned_data.get("is_shared"))
            )
        except PrinterNameTaken as refusal:
            _on_name(form, refusal)
        else:
            messages.success(request, _("L’imprimante est prête. Il reste à l’installer sur les postes."))
            return redirect("printers:show", printer.id)
    return _form(request, form, title=_("Ajouter une imprimante"))


@require_http_methods(["GET", "POST"])
@staff_required(*WRITERS)
def change(request: StaffRequest, printer_id: UUID) -> HttpResponse:
    """Other settings."""
    printer = _changeable(request, printer_id)
    form = PrinterForm(
        request.POST or None,
        actor=request.actor,
        may_announce=settings.PLI_DNSSD and printer.is_shared,
        recipe_id=printer.recipe_id,
        initial={
            "name": printer.name,
            "kind": printer.kind,
            "recipe": str(printer.recipe_id or ""),
            "asks_first": "yes" if printer.asks_first else "",
            "is_announced": printer.is_announced,
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            change_printer(request.actor, printer_id, chosen=_chosen(form))
        except PrinterNameTaken as refusal:
            _on_name(form, refusal)
        else:
            messages.success(request, _("Les changements sont enregistrés."))
            return redirect("printers:show", printer_id)
    return _form(request, form, title=_("Modifier l’imprimante"), printer=printer)


@require_POST
@staff_required(*WRITERS)
def switch(request: StaffRequest, printer_id: UUID) -> HttpResponse:
    """Switch a printer off, or on again."""
    is_active = not _changeable(request, printer_id).is_active
    change_printer(request.actor, printer_id, is_active=is_active)
    messages.success(
        request, _("L’imprimante est rallumée.") if is_active else _("L’imprimante est éteinte : elle refuse tout.")
    )
    return redirect("printers:show", printer_id)


@require_POST
@staff_required(*WRITERS)
def renew(request: StaffRequest, printer_id: UUID) -> HttpResponse:
    """Give it a new address."""
    renew_address(request.actor, printer_id)
    messages.success(request, _("L’adresse est renouvelée. L’ancienne ne répond plus."))
    return redirect("printers:show", printer_id)


@never_cache
@require_GET
@staff_required()
def show(request: StaffRequest, printer_id: UUID) -> HttpResponse:
    """« Installer l’imprimante »: the address, its QR code, the steps for each system."""
    printer = get_printer(request.actor, printer_id)
    context: dict[str, Any] = {
        "printer": printer,
        "kind": dict(kind_choices(request.actor.organisation_id)).get(printer.kind, printer.kind),
        "recipe": chosen_recipe(request.actor, printer.recipe_id),
        "said_when_off": said_when_off(),
        "may_change": may_change(request.actor, printer),
        "may_print": may_print(request.actor, printer),
        "is_discovered": settings.PLI_DNSSD and printer.is_announced,
    }
    if context["may_print"]:
        try:
            address = printer_address(request.actor, printer_id)
        except AddressLost as lost:
            context["lost"] = explain(lost)
        else:
            context |= {
                "address": address,
                "qr": _draw_code(address),
                "windows_address": "http" + address.removeprefix("ipp"),
                "linux_line": f"lpadmin -p {_queue_name(printer)} -E -v '{address}' -m everywhere",
            }
    return render(request, "office/printers/show.html", context)


@never_cache
@require_GET
@staff_required(*WRITERS)
def profile(request: StaffRequest, printer_id: UUID) -> HttpResponse:
    """An AirPrint profile for iPhone, iPad and Mac (Apple's payload ``com.apple.airprint``)."""
    printer = get_printer(request.actor, printer_id)
    parts = urlsplit(printer_address(request.actor, printer_id))
    described = {"PayloadVersion": 1, "PayloadDisplayName": printer.name, "PayloadOrganization": "Pli"}
    airprint = {
        **described,
        "PayloadType": "com.apple.airprint",
        "PayloadIdentifier": f"pli.printer.{printer.id}.airprint",
        "PayloadUUID": str(printer.id),
        "AirPrint": [
            {
                "IPAddress": parts.hostname or "",
                "Port": parts.port or 631,
                "ResourcePath": parts.path,
                "ForceTLS": parts.scheme == "ipps",
            }
        ],
    }
    whole = {
        **described,
        "PayloadType": "Configuration",
        "PayloadIdentifier": f"pli.printer.{printer.id}",
        "PayloadUUID": str(UUID(int=printer.id.int ^ 1)),
        "PayloadContent": [airprint],
    }
    response = HttpResponse(plistlib.dumps(whole), content_type="application/x-apple-aspen-config")
    response["Content-Disposition"] = 'attachment; filename="imprimante-pli.mobileconfig"'
    return response


def _changeable(request: StaffRequest, printer_id: UUID) -> PrinterQueue:
    printer = get_printer(request.actor, printer_id)
    if not may_change(request.actor, printer):
        raise NotAllowed
    return printer


def _chosen(form: PrinterForm) -> PrinterSettings:
    given = form.cleaned_data
    return PrinterSettings(
        given["name"],
        given["kind"],
        bool(given["asks_first"]),
        is_announced=bool(given.get("is_announced")),
        recipe_id=read_uuid(given.get("recipe")),
    )


def _on_name(form: PrinterForm, refusal: PrinterNameTaken) -> None:
    said = explain(refusal)
    form.add_error("name", f"{said.message} {said.remedy}")


def _form(request: StaffRequest, form: PrinterForm, *, title: str, printer: PrinterQueue | None = None) -> HttpResponse:
    context = {"form": form, "title": title, "printer": printer}
    return render(request, "office/printers/form.html", context, status=422 if form.errors else 200)


def _draw_code(address: str) -> SafeString:
    """The address as a QR code, inline, coloured by attributes alone."""
    drawn = segno.make(address, micro=False, error="m").svg_inline(scale=4, border=3, dark="#000", light="#fff")
    # Drawn by segno from our own configuration and random letters.
    return mark_safe(drawn)  # noqa: S308


def _queue_name(printer: PrinterQueue) -> str:
    """A name CUPS takes (letters, digits, underscores), and that one can type."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", printer.name) if not unicodedata.combining(c))
    kept = re.sub(r"[^A-Za-z0-9]+", "_", plain).strip("_")
    return (kept if kept.lower().startswith("pli") else f"Pli_{kept}".rstrip("_"))[:60]
