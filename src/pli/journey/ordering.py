"""A quote signed with what its client chose: one transaction for choice and signature, one mail to each side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import Phrase
from pli.kit.money import spell, spell_number
from pli.notifications.api import Channel, Recipient, send_notice
from pli.quotes.api import (
    ChoiceRefused,
    OfferedLine,
    Quote,
    add_up,
    fill_order_pages,
    keep_order,
    offered_lines,
    quote_signed_by,
    read_choice,
    write_order,
)
from pli.signing.api import Answer, Ceremony, Signer, SignerSession, SignerState, Visitor, sign


@dataclass(frozen=True)
class Order:
    """What a client chose of a quote. ``quantities``: position → as typed; ``seen_total``: the total they were shown,
    in plain decimals."""

    quantities: Mapping[int, str]
    seen_total: str


def lines_to_choose(signer: Signer) -> list[OfferedLine]:
    """What this signer's quote offers to choose from; empty when it is no such quote."""
    quote = quote_signed_by(signer.ceremony_id)
    return offered_lines(quote) if quote else []


def price_choice(signer: Signer, quantities: Mapping[int, str]) -> dict[str, Any]:
    """What a choice would be kept as. :raises ChoiceRefused: when it can't be ordered."""
    lines = lines_to_choose(signer)
    return write_order(lines, read_choice(lines, quantities))


def sign_with_order(
    session: SignerSession, answer: Answer, order: Order, *, visitor: Visitor, clock: Clock = SYSTEM_CLOCK
) -> Signer:
    """Sign, and where the paper is a quote with a choice, order: either both are kept or nothing is.

    :raises ChoiceRefused: a choice that can't be ordered, or whose total is not the one that was shown.
    :raises PliError: as ``signing.sign`` says.
    """
    signer = Signer.objects.select_related("ceremony").get(id=session.signer_id)
    quote = quote_signed_by(signer.ceremony_id)
    lines = offered_lines(quote) if quote else []
    if not quote or not lines:
        return sign(session, answer, visitor=visitor, clock=clock)
    choice = read_choice(lines, order.quantities)
    total = add_up(lines, choice).total
    if order.seen_total != str(total):
        raise ChoiceRefused(reason=Phrase("le total est maintenant de %(total)s.", total=spell(total)))
    with transaction.atomic():
        given = fill_order_pages(lines, choice, signer.language)
        signed = sign(session, replace(answer, given=given), visitor=visitor, clock=clock)
        keep_order(quote, lines, choice)
    return signed


def confirm_order(quote: Quote, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Tell both sides at once what was ordered (Code civil, article 1127-2); once each, however often it is asked."""
    if not quote.order:
        return
    ceremony = Ceremony.objects.select_related("organisation").get(id=quote.ceremony_id)
    # Whoever signed, who may be a colleague of whom it was sent to.
    signer = ceremony.signers.get(state=SignerState.SIGNED)
    client = Recipient(signer.name, signer.email, signer.language)
    sender = Recipient(ceremony.sender_name, ceremony.sender_email, ceremony.organisation.language)
    pages = {client: f"{settings.PLI_BASE_URL}/verify/{signer.evidence_number}",
             sender: f"{settings.PLI_BASE_URL}/office/quotes/{quote.id}/"}  # fmt: skip
    for recipient, page in pages.items():
        with translation.override(recipient.language):
            said = "\n".join(_spell_order(quote.order, recipient.language))
        send_notice(
            organisation_id=quote.organisation_id,
            template="quote.ordered",
            channel=Channel.EMAIL,
            to=recipient,
            fields={
                "document": quote.title, "société": ceremony.organisation.name, "expéditeur": ceremony.sender_name,
                "signataire": signer.name, "numéro_preuve": signer.evidence_number, "message": said,
                "lien": page,
            },
            subject=("quote", quote.id),
            dedupe_key=f"ordered:{quote.id}:{recipient.address}",
            clock=clock,
        )  # fmt: skip


def _spell_order(order: Mapping[str, Any], language: str) -> list[str]:
    """The total first: whatever is cut of a long order, that stays."""
    said = [f"{_('Total TTC')}\u00a0: {spell(Decimal(order['total']), language)}"]
    for line in order["lines"]:
        quantity = spell_number(Decimal(line["quantity"]), language)
        said.append(f"{quantity} × {line['label']}\u00a0: {spell(Decimal(line['net']), language)} {_('HT')}")
    said.append(f"{_('Total HT')}\u00a0: {spell(Decimal(order['net']), language)}")
    for share in order["vat"]:
        rate = spell_number(Decimal(share["rate"]), language)
        said.append(f"{_('TVA')} {rate}\u00a0%\u00a0: {spell(Decimal(share['amount']), language)}")
    return said
