"""Tokens of the API: everybody makes and revokes their own, administrators see everybody's."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from pli.api.api import SCOPES, endpoints_for, issue_token, revoke_token, tokens_for
from pli.kit.clock import SYSTEM_CLOCK
from pli.office.access import StaffRequest, staff_required
from pli.office.integrations.forms import TokenForm
from pli.parties.api import Role


@require_GET
@staff_required()
def overview(request: StaffRequest) -> HttpResponse:
    """The tokens, and for administrators the addresses told of events."""
    return _show(request, TokenForm())


@never_cache
@require_POST
@staff_required()
def create(request: StaffRequest) -> HttpResponse:
    """Make a token; its text stands on this answer alone, and is never stored or shown again."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    days = form.cleaned_data["lifetime"]
    _token, text = issue_token(
        request.actor,
        name=form.cleaned_data["name"],
        scopes=form.cleaned_data["scopes"],
        expires_at=SYSTEM_CLOCK.now() + timedelta(days=int(days)) if days else None,
    )
    messages.success(request, _("Le jeton est créé. Copiez-le maintenant : il ne sera plus montré."))
    return _show(request, TokenForm(), new_token=text)


@require_POST
@staff_required()
def revoke(request: StaffRequest, token_id: UUID) -> HttpResponse:
    """Make a token useless."""
    revoke_token(request.actor, token_id)
    messages.success(request, _("Le jeton est révoqué : les programmes qui s’en servent sont refusés."))
    return redirect("integrations:overview")


def _show(request: StaffRequest, form: TokenForm, *, new_token: str = "", status: int = 200) -> HttpResponse:
    is_admin = request.actor.role == Role.ADMIN
    now = SYSTEM_CLOCK.now()
    rows = [
        {
            "token": token,
            "owner": token.member.account.name or token.member.account.email,
            "is_mine": token.member_id == request.actor.member_id,
            "is_over": token.revoked_at is not None or bool(token.expires_at and token.expires_at <= now),
            "scopes": [SCOPES[name] for name in token.scopes if name in SCOPES],
        }
        for token in tokens_for(request.actor).order_by("-created_at")[:200]
    ]
    context = {
        "tokens": rows,
        "webhooks": list(endpoints_for(request.actor)) if is_admin else [],
        "is_admin": is_admin,
        "form": form,
        "new_token": new_token,
        "docs_url": f"{settings.PLI_BASE_URL}/api/v1/docs",
    }
    return render(request, "office/integrations/overview.html", context, status=status)
