"""The entrance of journey, for what a door asks of several rooms at once."""

from pli.journey.ordering import Order, lines_to_choose, price_choice, sign_with_order
from pli.journey.quotes import QuoteWishes, send_link_again, send_quote, withdraw_quote
from pli.journey.tracked import SendingProven, sending_archive, sending_proven

__all__ = [
    "Order",
    "QuoteWishes",
    "SendingProven",
    "lines_to_choose",
    "price_choice",
    "send_link_again",
    "send_quote",
    "sending_archive",
    "sending_proven",
    "sign_with_order",
    "withdraw_quote",
]
