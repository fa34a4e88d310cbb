"""The entrance of quotes."""

from pli.quotes.errors import QuoteAlreadyOut, UnableToSendQuote
from pli.quotes.models import Quote
from pli.quotes.queries import QuoteFilter, find_quotes, get_quote, quotes_for, quotes_of
from pli.quotes.services import QUOTE_KIND, NewQuote, check_quote, move_quote, open_quote
from pli.quotes.states import OPEN_STATES, QUOTE, QuoteState

__all__ = [
    "OPEN_STATES",
    "QUOTE",
    "QUOTE_KIND",
    "NewQuote",
    "Quote",
    "QuoteAlreadyOut",
    "QuoteFilter",
    "QuoteState",
    "UnableToSendQuote",
    "check_quote",
    "find_quotes",
    "get_quote",
    "move_quote",
    "open_quote",
    "quotes_for",
    "quotes_of",
]
