"""The entrance of journey, for what a door asks of several rooms at once."""

from pli.journey.ordering import Order, lines_to_choose, price_choice, sign_with_order
from pli.journey.quotes import QuoteWishes, send_link_again, send_quote, withdraw_quote

__all__ = [
    "Order",
    "QuoteWishes",
    "lines_to_choose",
    "price_choice",
    "send_link_again",
    "send_quote",
    "sign_with_order",
    "withdraw_quote",
]
