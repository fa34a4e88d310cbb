"""Everybody's accounts, for the administrators of the organisation that runs this installation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from pli.billing.api import (
    StatementOutcome,
    accounts_for_operator,
    balance_of,
    change_terms,
    coming_prices,
    credit_by_hand,
    money_waiting,
    open_account,
    operator_entries,
    organisation_called,
    read_bank_statement,
    require_operator,
    reverse_charge,
    save_seller,
    seller,
    set_price,
    settle_money,
    spell_bytes,
)
from pli.kit.clock import SYSTEM_CLOCK, paris_day
from pli.kit.errors import NotAllowed, NotFound, PliError
from pli.kit.ids import new_id
from pli.office.access import StaffRequest, staff_required
from pli.office.billing.forms import GIGABYTE, CreditForm, PriceForm, SellerForm, TermsForm
from pli.office.billing.views import money, rows_of
from pli.office.errors import Explained, explain
from pli.office.lists import Listing
from pli.parties.api import Role

LARGEST_STATEMENT = (10 << 20) + 1
_SELLER = ("name", "address", "siren", "vat_number", "legal", "iban", "terms")


@never_cache
@require_GET
@staff_required(Role.ADMIN)
def accounts(request: StaffRequest) -> HttpResponse:
    """Balances, money that waits, prices, the seller."""
    return _accounts(request)


def _accounts(request: StaffRequest, error: Explained | None = None, status: int = 200, **forms: Any) -> HttpResponse:
    lines = accounts_for_operator(request.actor)
    slugs = [(line.organisation.slug, line.organisation.name) for line in lines]
    who = seller()
    context = {
        "rows": [
            (line, money(line.balance), spell_bytes(line.account.stored_bytes) if line.account else "")
            for line in lines
        ],
        "waiting": [(one, money(one.amount) if one.currency == "EUR" else f"{one.amount:.2f} {one.currency}")
                    for one in money_waiting(request.actor)[:200]],
        "choices": slugs,
        "coming": [(one, money(one.amount, 3)) for one in coming_prices(None, paris_day(SYSTEM_CLOCK.now()))],
        "price_form": forms.get("price_form") or PriceForm(organisations=slugs, prefix="price"),
        "seller_form": forms.get("seller_form") or SellerForm(initial={name: getattr(who, name) for name in _SELLER}),
        "has_seller": bool(who.name and who.address and who.siren),
        "error": error,
    }  # fmt: skip
    return render(request, "office/billing/accounts.html", context, status=status)


@never_cache
@require_GET
@staff_required(Role.ADMIN)
def account(request: StaffRequest, organisation_slug: str) -> HttpResponse:
    """One organisation's account."""
    return _account(request, organisation_slug)


def _account(
    request: StaffRequest, slug: str, error: Explained | None = None, status: int = 200, **given: forms.Form
) -> HttpResponse:
    require_operator(request.actor)
    organisation = organisation_called(slug)
    chosen = open_account(organisation.id)
    found = operator_entries(request.actor, organisation.id).select_related("usage", "reversal")
    shown = Listing(request, found, sorts={"number": "number"}, default="-number", filters=())
    quota = None if chosen.quota_bytes is None else chosen.quota_bytes / GIGABYTE
    context = {
        "organisation": organisation,
        "account": chosen,
        "balance": money(balance_of(organisation.id)),
        "listing": shown,
        "rows": rows_of(shown),
        "credit_form": given.get("credit_form") or CreditForm(initial={"key": str(new_id())}),
        "terms_form": given.get("terms_form")
        or TermsForm(initial={"is_metered": chosen.is_metered, "when_empty": chosen.when_empty, "quota": quota}),
        "error": error,
    }
    return render(request, "office/billing/operate.html", context, status=status)


@require_POST
@staff_required(Role.ADMIN)
def credit(request: StaffRequest, organisation_slug: str) -> HttpResponse:
    """« Créditer »."""
    require_operator(request.actor)
    form, organisation = CreditForm(request.POST), organisation_called(organisation_slug)
    if not form.is_valid():
        return _account(request, organisation_slug, status=422, credit_form=form)
    kept = form.cleaned_data
    try:
        credit_by_hand(request.actor, organisation.id, kept["amount"], reason=kept["reason"], key=kept["key"])
    except PliError as refusal:
        return _refused(
            refusal, lambda said, status: _account(request, organisation_slug, said, status, credit_form=form)
        )
    messages.success(request, _("Le compte de %(name)s est crédité.") % {"name": organisation.name})
    return redirect("billing:operate", organisation_slug)


@require_POST
@staff_required(Role.ADMIN)
def terms(request: StaffRequest, organisation_slug: str) -> HttpResponse:
    """What happens at zero, and the space."""
    require_operator(request.actor)
    form, organisation = TermsForm(request.POST), organisation_called(organisation_slug)
    if not form.is_valid():
        return _account(request, organisation_slug, status=422, terms_form=form)
    try:
        change_terms(
            request.actor,
            organisation.id,
            when_empty=form.cleaned_data["when_empty"],
            quota_bytes=form.quota_bytes(),
            is_metered=form.cleaned_data["is_metered"],
        )
    except PliError as refusal:
        return _refused(
            refusal, lambda said, status: _account(request, organisation_slug, said, status, terms_form=form)
        )
    messages.success(request, _("Les choix du compte sont enregistrés."))
    return redirect("billing:operate", organisation_slug)


@require_POST
@staff_required(Role.ADMIN)
def change_price(request: StaffRequest) -> HttpResponse:
    """A price from a day on."""
    slugs = [(line.organisation.slug, line.organisation.name) for line in accounts_for_operator(request.actor)]
    form = PriceForm(request.POST, organisations=slugs, prefix="price")
    if not form.is_valid():
        return _accounts(request, status=422, price_form=form)
    kept = form.cleaned_data
    about = organisation_called(kept["organisation"]).id if kept["organisation"] else None
    try:
        set_price(
            request.actor, kept["meter"], form.terms(), effective_from=kept["effective_from"], organisation_id=about
        )
    except PliError as refusal:
        return _refused(refusal, lambda said, status: _accounts(request, said, status, price_form=form))
    messages.success(request, _("Le prix est enregistré."))
    return redirect("billing:accounts")


@require_POST
@staff_required(Role.ADMIN)
def change_seller(request: StaffRequest) -> HttpResponse:
    """Who invoices come from."""
    require_operator(request.actor)
    form = SellerForm(request.POST)
    if not form.is_valid():
        return _accounts(request, status=422, seller_form=form)
    try:
        save_seller(request.actor, form.facts())
    except PliError as refusal:
        return _refused(refusal, lambda said, status: _accounts(request, said, status, seller_form=form))
    messages.success(request, _("L’identité du vendeur est enregistrée."))
    return redirect("billing:accounts")


@require_POST
@staff_required(Role.ADMIN)
def read_bank(request: StaffRequest) -> HttpResponse:
    """A statement of the bank."""
    require_operator(request.actor)
    given = request.FILES.get("statement")
    content = given.read(LARGEST_STATEMENT) if given else b""
    try:
        outcome = read_bank_statement(request.actor, content, (given.name or "") if given else "")
    except PliError as refusal:
        return _refused(refusal, lambda said, status: _accounts(request, said, status))
    messages.success(request, _describe(outcome))
    return redirect("billing:accounts")


def _describe(outcome: StatementOutcome) -> str:
    if outcome.is_again:
        return _("Ce relevé avait déjà été lu : rien n’a été crédité une seconde fois.")
    return _("Relevé lu : %(credited)s crédités, %(unmatched)s à rattacher, %(known)s déjà connus.") % {
        "credited": outcome.credited, "unmatched": outcome.unmatched, "known": outcome.known,
    }  # fmt: skip


@require_POST
@staff_required(Role.ADMIN)
def settle(request: StaffRequest, money_id: UUID) -> HttpResponse:
    """« Rattacher » to an organisation, or « Écarter »."""
    require_operator(request.actor)
    slug = request.POST.get("organisation", "")
    about = organisation_called(slug).id if slug else None
    try:
        settle_money(request.actor, money_id, organisation_id=about)
    except PliError as refusal:
        return _refused(refusal, lambda said, status: _accounts(request, said, status))
    messages.success(request, _("Le virement est crédité.") if about else _("Le mouvement est écarté."))
    return redirect("billing:accounts")


@require_POST
@staff_required(Role.ADMIN)
def reverse(request: StaffRequest, charge_id: UUID) -> HttpResponse:
    """« Annuler cette consommation »."""
    try:
        entry = reverse_charge(request.actor, charge_id, reason=request.POST.get("reason", ""))
    except PliError as refusal:
        return _refused(refusal, lambda said, status: _accounts(request, said, status))
    messages.success(request, _("La consommation est annulée et son montant rendu."))
    return redirect("billing:operate", entry.organisation.slug)


def _refused(refusal: PliError, show: Any) -> HttpResponse:
    """The page again with what is wrong; what does not exist, or is not allowed, is no page."""
    if isinstance(refusal, NotFound | NotAllowed):
        raise refusal
    page: HttpResponse = show(explain(refusal), refusal.status)
    return page
