"""Where payment providers tell what was paid: no account, no token, a signature over the body."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from pli.api.problems import answer_exception
from pli.billing.api import PaymentUnreadable, receive_payment
from pli.kit.errors import PliError

LARGEST_BODY = 64 << 10


@csrf_exempt
@require_POST
def receive(request: HttpRequest, provider: str) -> HttpResponse:
    """Take one message. 204 comes after what it pays is committed; the same message again changes nothing."""
    try:
        body = request.read(LARGEST_BODY + 1)
        if len(body) > LARGEST_BODY:
            raise PaymentUnreadable(reason="trop long")
        receive_payment(provider, request.headers, body)
    except PliError as error:
        return answer_exception(request, error)
    return HttpResponse(status=204)
