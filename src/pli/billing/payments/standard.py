"""Payments told as Standard Webhooks (standardwebhooks.com): what a provider without a plug of its own is bridged to.

``{"type": "payment.succeeded", "data": {"payment_id": "…", "amount": "120.00", "currency": "EUR",
"reference": "CP-…", "paid_on": "2026-11-21", "payer": "…"}}``, or ``payment.refunded`` with the same fields. The
signature covers the identifier, the instant and the body (HMAC-SHA256); five minutes' difference are let pass.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from pli.billing.plugs import MessageNotSigned, MessageUnreadable, PaidMessage

_MOVING = {"payment.succeeded": False, "payment.refunded": True}


class StandardPayments:
    """The messages described above."""

    slug = "standard"

    def read(self, headers: Mapping[str, str], body: bytes, secret: str) -> PaidMessage | None:
        """See :class:`pli.billing.plugs.PaymentPlug`."""
        from standardwebhooks import Webhook, WebhookVerificationError

        try:
            text = body.decode()
            Webhook(secret).verify(text, dict(headers))
        except (WebhookVerificationError, UnicodeDecodeError, ValueError, KeyError):
            raise MessageNotSigned from None
        try:
            told = json.loads(text)
        except ValueError:
            raise MessageUnreadable("body") from None
        kind = told.get("type") if isinstance(told, dict) else None
        if kind not in _MOVING:
            return None
        data = told.get("data")
        if not isinstance(data, dict):
            raise MessageUnreadable("data")
        return _read(data, is_refund=_MOVING[kind])


def _read(data: dict[str, Any], *, is_refund: bool) -> PaidMessage:
    texts = {name: data.get(name, "") for name in ("payment_id", "amount", "currency", "reference", "payer", "paid_on")}
    for name, value in texts.items():
        if not isinstance(value, str) or "\x00" in value or not value.isprintable():
            raise MessageUnreadable(name)
    try:
        amount = Decimal(texts["amount"])
        day = date.fromisoformat(texts["paid_on"])
    except (InvalidOperation, ValueError):
        raise MessageUnreadable("amount, paid_on") from None
    if not texts["payment_id"] or len(texts["payment_id"]) > 120 or len(texts["currency"]) != 3:
        raise MessageUnreadable("payment_id, currency")
    if not amount.is_finite() or not 0 < amount <= 1_000_000 or amount != amount.quantize(Decimal("0.01")):
        raise MessageUnreadable("amount")
    return PaidMessage(
        texts["payment_id"], amount, texts["currency"].upper(), texts["reference"][:500], day, texts["payer"][:140],
        is_refund,
    )  # fmt: skip
