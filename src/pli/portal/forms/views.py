"""A visitor gives a name and an address; the link to sign goes there, and nothing here says what became of it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from pli.kit.errors import PliError
from pli.parties.api import WrongValue, clean_mobile
from pli.portal.company import company_of
from pli.portal.signing.session import visitor_of
from pli.signing.api import (
    Applicant,
    FormBusy,
    FormPaused,
    FormRefused,
    OpenForm,
    find_form,
    require_going,
    submit_form,
)


@never_cache
@require_http_methods(["GET", "POST"])
def show(request: HttpRequest, token: str) -> HttpResponse:
    """What it is, and what to type."""
    found = find_form(token)
    if request.method == "GET":
        try:
            require_going(found)
        except FormPaused as refusal:
            return _say_paused(request, found, refusal)
        return render(request, "portal/forms/form.html", _context(found, token, {}))
    fields = {name: str(value) for name, value in request.POST.items()}
    try:
        submit_form(token, _applicant(found, fields), once=_once(fields), ip=visitor_of(request).ip)
    except (FormRefused, FormBusy, FormPaused) as refusal:
        context = _context(found, token, fields) | {"refusal": refusal}
        return render(request, "portal/forms/form.html", context, status=refusal.status)
    return redirect("public-form:sent", token)


def _say_paused(request: HttpRequest, found: OpenForm, refusal: FormPaused) -> HttpResponse:
    """Before anything is typed: it would be lost."""
    context = _context(found, found.form.token, {}) | {"refusal": refusal}
    response = render(request, "portal/forms/paused.html", context, status=refusal.status)
    response["Retry-After"] = "3600"
    return response


@never_cache
@require_GET
def sent(request: HttpRequest, token: str) -> HttpResponse:
    """Look at your mail. The same for every address, known or not, and once the form is closed."""
    try:
        company = company_of(find_form(token).form.organisation)
    except PliError:
        company = {}
    return render(request, "portal/forms/sent.html", {"company": company})


def _context(found: OpenForm, token: str, typed: dict[str, str]) -> dict[str, Any]:
    content = found.content
    return {
        "token": token,
        "company": company_of(found.form.organisation),
        "title": content.title or found.form.template.name,
        "message": content.message,
        "needs_mobile": found.needs_mobile,
        "once": typed.get("once") or str(uuid4()),
        "typed": typed,
        "fields": [
            {
                "name": f"field-{at}", "label": label, "is_date": kind == "DATE", "is_required": is_required,
                "value": typed.get(f"field-{at}", ""),
            }
            for at, (label, kind, is_required) in enumerate(found.labels)
        ],
    }  # fmt: skip


def _once(fields: dict[str, str]) -> UUID:
    try:
        return UUID(fields.get("once", ""))
    except ValueError:
        return uuid4()


def _applicant(found: OpenForm, fields: dict[str, str]) -> Applicant:
    mobile = fields.get("mobile", "").strip()[:40]
    with suppress(WrongValue):  # signing names the number in its refusal
        mobile = clean_mobile(mobile) if mobile else ""
    return Applicant(
        name=fields.get("name", "")[:300],
        email=fields.get("email", "")[:300],
        mobile=mobile if found.needs_mobile else "",
        language=translation.get_language() or "fr",
        values={label: fields.get(f"field-{at}", "")[:600] for at, (label, _, _) in enumerate(found.labels)},
    )
