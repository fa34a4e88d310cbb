"""The entrance of quotes."""

from pli.quotes.errors import ChoiceRefused, QuoteAlreadyOut, UnableToSendQuote
from pli.quotes.models import Quote
from pli.quotes.offers import (
    MOST_LINES,
    Choice,
    OfferedLine,
    OrderTotal,
    add_up,
    check_lines,
    read_choice,
    usual_choice,
    write_order,
)
from pli.quotes.order_pages import OrderPages, draw_order_pages, fill_order_pages
from pli.quotes.ordering import keep_order, offered_lines, quote_signed_by
from pli.quotes.queries import QuoteFilter, find_quotes, get_quote, quotes_for, quotes_of
from pli.quotes.services import QUOTE_KIND, NewQuote, check_quote, move_quote, open_quote, pass_quote
from pli.quotes.states import OPEN_STATES, QUOTE, QuoteState

__all__ = [
    "MOST_LINES",
    "OPEN_STATES",
    "QUOTE",
    "QUOTE_KIND",
    "Choice",
    "ChoiceRefused",
    "NewQuote",
    "OfferedLine",
    "OrderPages",
    "OrderTotal",
    "Quote",
    "QuoteAlreadyOut",
    "QuoteFilter",
    "QuoteState",
    "UnableToSendQuote",
    "add_up",
    "check_lines",
    "check_quote",
    "draw_order_pages",
    "fill_order_pages",
    "find_quotes",
    "get_quote",
    "keep_order",
    "move_quote",
    "offered_lines",
    "open_quote",
    "pass_quote",
    "quote_signed_by",
    "quotes_for",
    "quotes_of",
    "read_choice",
    "usual_choice",
    "write_order",
]
