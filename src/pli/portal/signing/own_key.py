"""A member of the team signs a request with the key of their own workstation: offered, then followed as it goes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from pli.journey.api import lines_to_choose
from pli.portal.company import company_of
from pli.portal.signing.session import is_over, verified
from pli.signing.api import OWN_KEY_PROBLEMS, KeyAgent, OwnSignature, OwnSignatureState, Signer, keys_of_signer, own_try

_State = OwnSignatureState
# What is said of a try is what is said of its paper that matters most.
_FIRST = (_State.FAILED, _State.REFUSED, _State.OVERTAKEN, _State.EXPIRED, _State.WAITING, _State.HELD)


def keys_offered(signer: Signer) -> list[KeyAgent]:
    """The workstations a signer may choose; none where signing also orders."""
    found = keys_of_signer(signer)
    return found if found and not lines_to_choose(signer) else []


def key_from_form(fields: Mapping[str, str]) -> UUID | None:
    """The workstation chosen on the page; None for the usual way."""
    try:
        return UUID(fields.get("own_key", ""))
    except ValueError:
        return None


@never_cache
@require_GET
def wait(request: HttpRequest, token: str) -> HttpResponse:
    """What the workstation does, as it does it."""
    signer = verified(request, token)
    part = request.headers.get("HX-Request") == "true"
    rows = own_try(signer)
    if is_over(signer) or not rows:
        response = redirect("signing:done" if is_over(signer) else "signing:read", token)
        if not part:
            return response
        # htmx would put the other page into this one's place.
        return HttpResponse(headers={"HX-Redirect": response["Location"]})
    state = _state_of(rows)
    context = {
        "signer": signer,
        "ceremony": signer.ceremony,
        "company": company_of(signer.ceremony.organisation),
        "token": token,
        "rows": rows,
        "agent": rows[0].agent,
        "state": state,
        "is_live": state in (_State.WAITING, _State.OVERTAKEN, _State.HELD),
        "problems": [OWN_KEY_PROBLEMS[row.problem] for row in rows if row.problem in OWN_KEY_PROBLEMS],
        "failure": next((row.failure for row in rows if row.failure), ""),
    }
    return render(request, "portal/signing/key_state.html" if part else "portal/signing/key.html", context)


def _state_of(rows: Sequence[OwnSignature]) -> str:
    states = {row.state for row in rows}
    return next((state for state in _FIRST if state in states), _State.HELD)
