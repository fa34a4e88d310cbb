"""What a paired workstation asks and hands over. No cookie lets anybody in here: only the token it got when paired."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from cryptography import x509
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from pli.kit.errors import PliError
from pli.portal.verify.throttle import count_check
from pli.signing.api import (
    KeyAgent,
    find_agent,
    give_value,
    note_problem,
    pair_agent,
    refuse_own_signature,
    waiting_for,
)

LARGEST = 200_000
View = Callable[..., HttpResponse]


class NotUnderstood(PliError):
    """A body that is not what this door takes."""

    code = "KEY-005"
    status = 400
    message = "Cette demande du poste n’a pas été comprise."
    remedy = "Mettez à jour le programme du poste (pli-agent)."


def in_json(view: View) -> View:
    """Answer refusals as JSON, and let no cookie count."""

    @csrf_exempt
    @never_cache
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except PliError as error:
            remedy = _(error.remedy) if error.remedy else ""
            told = {"code": error.code, "message": _(error.message) % error.details, "remedy": remedy}
            return JsonResponse(told, status=error.status)

    return answer


def _agent(request: HttpRequest) -> KeyAgent:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    return find_agent(token if scheme == "Bearer" else "")


def _body(request: HttpRequest) -> dict[str, Any]:
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        raise NotUnderstood
    try:
        told = json.loads(request.body)
    except ValueError as error:
        raise NotUnderstood from error
    if not isinstance(told, dict):
        raise NotUnderstood
    return told


def _certificates(told: object) -> list[x509.Certificate]:
    if not isinstance(told, list) or len(told) > 10:
        raise NotUnderstood
    try:
        return [x509.load_der_x509_certificate(base64.b64decode(str(one), validate=True)) for one in told]
    except (ValueError, binascii.Error) as error:
        raise NotUnderstood from error


@in_json
@require_POST
def pair(request: HttpRequest) -> HttpResponse:
    """Bind a workstation by the code its member was shown."""
    count_check(request)
    told = _body(request)
    chain = _certificates(told.get("certificates"))
    agent, token = pair_agent(str(told.get("code", ""))[:40], name=str(told.get("name", ""))[:100], certificates=chain)
    return JsonResponse({"token": token, "organisation": agent.organisation.name})


@in_json
@require_GET
def work(request: HttpRequest) -> HttpResponse:
    """What waits for this workstation: the digest, and what it belongs to."""
    found = [
        {
            "id": str(one.id),
            "title": one.title,
            "reason": one.reason,
            "digest": one.digest,
            "to_sign": base64.b64encode(bytes(one.to_sign)).decode(),
            # Papers of one request: shown, agreed to and signed together. Empty for a document by itself.
            "together": str(one.signer_id or ""),
            "expires_at": one.expires_at.isoformat(),
        }
        for one in waiting_for(_agent(request))
    ]
    return JsonResponse({"work": found})


@in_json
@require_POST
def give(request: HttpRequest, signature_id: UUID) -> HttpResponse:
    """Take a signature."""
    agent, told = _agent(request), _body(request)
    try:
        value = base64.b64decode(str(told.get("value", "")), validate=True)
    except (ValueError, binascii.Error) as error:
        raise NotUnderstood from error
    give_value(agent, signature_id, chain=_certificates(told.get("chain")), value=value)
    return JsonResponse({})


@in_json
@require_POST
def problem(request: HttpRequest, signature_id: UUID) -> HttpResponse:
    """What kept the workstation from signing."""
    note_problem(_agent(request), signature_id, str(_body(request).get("problem", "")))
    return JsonResponse({})


@in_json
@require_POST
def refuse(request: HttpRequest, signature_id: UUID) -> HttpResponse:
    """The person at the workstation said no."""
    refuse_own_signature(_agent(request), signature_id)
    return JsonResponse({})
