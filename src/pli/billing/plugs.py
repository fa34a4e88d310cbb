"""What a payment provider's plug is: it reads a message, and says what was paid. Free of Django and of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol


class MessageNotSigned(Exception):
    """The message does not come from the provider, or comes too late to be believed."""


class MessageUnreadable(Exception):
    """The message comes from the provider and says nothing that can be understood; its text says why."""


@dataclass(frozen=True)
class PaidMessage:
    """Money that came (or with ``is_refund`` went back). ``payment_id``: the provider's own, never used twice."""

    payment_id: str
    amount: Decimal
    currency: str
    reference: str
    day: date
    payer: str = ""
    is_refund: bool = False


class PaymentPlug(Protocol):
    """One provider. One file and one line under ``pli.payments``."""

    slug: str

    def read(self, headers: Mapping[str, str], body: bytes, secret: str) -> PaidMessage | None:
        """What a message of the provider says; None for one that moves no money.

        :param headers: by lower-case name.
        :raises MessageNotSigned: unless its signature, made with ``secret`` over these very bytes, is right and recent.
        :raises MessageUnreadable: when it can't be understood.
        """
        ...
