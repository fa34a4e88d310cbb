"""An organisation's own account."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from pli.billing.api import (
    AmountRefused,
    Entry,
    change_account,
    coming_prices,
    describe_entry,
    entries_for,
    export_statement,
    get_account,
    get_invoice,
    invoices_for,
    measure_when_stale,
    price_list,
    print_statement,
    spell,
    spell_bytes,
)
from pli.documents.api import existing_blob_path
from pli.kit.clock import SYSTEM_CLOCK, paris_day
from pli.office.access import StaffRequest, staff_required
from pli.office.billing.forms import AccountForm, EntriesFilter
from pli.office.errors import Explained, explain
from pli.office.lists import Listing
from pli.office.workbooks import XLSX
from pli.parties.api import Role, is_operator

READERS = (Role.ADMIN, Role.MANAGER, Role.AUDITOR)
TONES = {"CHARGE": "idle", "REVERSAL": "waiting", "REFUND": "waiting", "ROUNDING": "idle"}
_FILTERS = ("q", "kind", "meter", "since", "until")


def money(amount: Any, places: int = 2) -> str:
    """An amount in the reader's tongue."""
    return spell(amount, get_language() or "fr", places=places)


@never_cache
@require_GET
@staff_required(*READERS)
def show(request: StaffRequest) -> HttpResponse:
    """Balance, prices, space, invoices."""
    return _show(request)


def _show(
    request: StaffRequest, form: AccountForm | None = None, error: Explained | None = None, status: int = 200
) -> HttpResponse:
    facts = get_account(request.actor)
    account = measure_when_stale(facts.account)
    today = paris_day(SYSTEM_CLOCK.now())
    used, quota = account.stored_bytes, account.quota_bytes
    initial = {"threshold": account.threshold.quantize(Decimal("0.01")), **account.buyer}
    context = {
        "facts": facts,
        "account": account,
        "balance": money(facts.balance),
        "is_low": facts.balance < account.threshold,
        "is_empty": facts.balance <= 0,
        "spent": money(facts.spent_this_month),
        "threshold": money(account.threshold),
        "prices": [(line, money(line.terms.amount, 3)) for line in price_list(request.actor.organisation_id, today)],
        "coming": [(one, money(one.amount, 3)) for one in coming_prices(request.actor.organisation_id, today)],
        "used": spell_bytes(used),
        "quota": spell_bytes(quota) if quota else "",
        "share": min(100, round(100 * used / quota)) if quota else 0,
        "is_full": bool(quota and used >= quota),
        "invoices": [(one, money(one.total), money(one.due)) for one in invoices_for(request.actor)[:36]],
        "latest": rows_of(entries_for(request.actor).select_related("usage").order_by("-number")[:6]),
        "form": form or AccountForm(initial=initial),
        "error": error,
        "is_admin": request.actor.role == Role.ADMIN,
        "is_operator": is_operator(request.actor),
    }
    return render(request, "office/billing/account.html", context, status=status)


def rows_of(entries: Any) -> list[tuple[Entry, str, str, str, str]]:
    """Entries as a list shows them: what, tone, amount, balance."""
    return [
        (one, describe_entry(one), TONES.get(one.kind, "signed"), money(one.amount, 4), money(one.balance_after))
        for one in entries
    ]


@require_POST
@staff_required(Role.ADMIN)
def change(request: StaffRequest) -> HttpResponse:
    """The alert threshold, and whom invoices name."""
    form = AccountForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        change_account(request.actor, threshold=form.cleaned_data["threshold"], buyer=form.buyer())
    except AmountRefused as refusal:
        return _show(request, form, explain(refusal), status=refusal.status)
    messages.success(request, _("Les choix du compte sont enregistrés."))
    return redirect("billing:account")


@never_cache
@require_GET
@staff_required(*READERS)
def entries(request: StaffRequest) -> HttpResponse:
    """The statement, newest first; filters and place stand in the address."""
    form = EntriesFilter(request.GET)
    found = entries_for(request.actor, form.wanted()).select_related("usage")
    shown = Listing(request, found, sorts={"number": "number"}, default="-number", filters=_FILTERS)
    context = {"form": form, "listing": shown, "rows": rows_of(shown), "query": request.GET.urlencode()}
    return render(request, "office/billing/entries.html", context)


@require_GET
@staff_required(*READERS)
def export(request: StaffRequest) -> HttpResponse:
    """The statement as it is filtered, as a workbook."""
    content = export_statement(request.actor, EntriesFilter(request.GET).wanted())
    return _file(content, "releve.xlsx", XLSX)


@require_GET
@staff_required(*READERS)
def statement(request: StaffRequest) -> HttpResponse:
    """The statement as it is filtered, as PDF."""
    content = print_statement(request.actor, EntriesFilter(request.GET).wanted())
    return _file(content, "releve.pdf", "application/pdf")


@require_GET
@staff_required(*READERS)
def invoice_file(request: StaffRequest, invoice_id: UUID, form: str) -> HttpResponse:
    """An invoice's PDF or workbook, as they were made."""
    invoice = get_invoice(request.actor, invoice_id)
    files = {"pdf": (invoice.pdf_sha256, "application/pdf"), "xlsx": (invoice.xlsx_sha256, XLSX)}
    if form not in files:
        raise Http404
    sha256, media_type = files[form]
    return _file(existing_blob_path(sha256).read_bytes(), f"{invoice.number}.{form}", media_type)


def _file(content: bytes, name: str, media_type: str) -> HttpResponse:
    response = HttpResponse(content, content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
