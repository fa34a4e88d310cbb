"""The entrance of billing."""

from pli.billing.choices import Buyer, SellerFacts, change_account, change_terms, save_seller, seller
from pli.billing.errors import (
    AlreadySettled,
    AmountRefused,
    NothingLeft,
    PaymentUnreadable,
    SellerUnknown,
    SignatureRefused,
    SpaceFull,
    StatementRefused,
)
from pli.billing.events import (
    BALANCE_EMPTY,
    BALANCE_LOW,
    ENTRY_BOOKED,
    INVOICE_ISSUED,
)
from pli.billing.invoices import issue_due_invoices, issue_invoice
from pli.billing.leave import measure_when_stale, require_credit, require_room, spell_bytes
from pli.billing.ledger import balance_of, credit_by_hand, open_account, reverse_charge
from pli.billing.metering import meter_usage
from pli.billing.models import (
    Entry,
    EntryKind,
    Invoice,
    Meter,
    MoneyIn,
    MoneyState,
    PrepaidAccount,
    Price,
    Seller,
    Usage,
    WhenEmpty,
)
from pli.billing.money import spell
from pli.billing.operators import is_operator, organisation_called, require_operator
from pli.billing.papers import describe_entry
from pli.billing.prices import PriceLine, Terms, coming_prices, price_list, set_price
from pli.billing.queries import (
    AccountFacts,
    EntryFilter,
    OperatorLine,
    accounts_for_operator,
    charges_about,
    entries_for,
    get_account,
    get_invoice,
    invoices_for,
)
from pli.billing.receiving import (
    StatementOutcome,
    money_waiting,
    read_bank_statement,
    receive_payment,
    settle_money,
)
from pli.billing.statement import export_statement, print_statement

__all__ = [
    "BALANCE_EMPTY",
    "BALANCE_LOW",
    "ENTRY_BOOKED",
    "INVOICE_ISSUED",
    "AccountFacts",
    "AlreadySettled",
    "AmountRefused",
    "Buyer",
    "Entry",
    "EntryFilter",
    "EntryKind",
    "Invoice",
    "Meter",
    "MoneyIn",
    "MoneyState",
    "NothingLeft",
    "OperatorLine",
    "PaymentUnreadable",
    "PrepaidAccount",
    "Price",
    "PriceLine",
    "Seller",
    "SellerFacts",
    "SellerUnknown",
    "SignatureRefused",
    "SpaceFull",
    "StatementOutcome",
    "StatementRefused",
    "Terms",
    "Usage",
    "WhenEmpty",
    "accounts_for_operator",
    "balance_of",
    "change_account",
    "change_terms",
    "charges_about",
    "coming_prices",
    "credit_by_hand",
    "describe_entry",
    "entries_for",
    "export_statement",
    "get_account",
    "get_invoice",
    "invoices_for",
    "is_operator",
    "issue_due_invoices",
    "issue_invoice",
    "measure_when_stale",
    "meter_usage",
    "money_waiting",
    "open_account",
    "organisation_called",
    "price_list",
    "print_statement",
    "read_bank_statement",
    "receive_payment",
    "require_credit",
    "require_operator",
    "require_room",
    "reverse_charge",
    "save_seller",
    "seller",
    "set_price",
    "settle_money",
    "spell",
    "spell_bytes",
]
