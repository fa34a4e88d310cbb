"""The entrance of journey, for what a door asks of several rooms at once."""

from pli.journey.quotes import QuoteWishes, send_link_again, send_quote, withdraw_quote

__all__ = ["QuoteWishes", "send_link_again", "send_quote", "withdraw_quote"]
