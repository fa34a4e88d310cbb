"""What billing tells the journal: amounts and numbers, nobody's name."""

from pli.journal.api import declare

ENTRY_BOOKED = declare(
    "billing.entry-booked",
    "An entry was added to an organisation’s ledger.",
    fields=("entry_id", "number", "kind", "amount", "net", "vat", "balance", "meter", "cause"),
    personal=("reason",),
)
BALANCE_LOW = declare(
    "billing.balance-low", "The balance fell under the alert threshold.", fields=("balance", "threshold", "number")
)
BALANCE_EMPTY = declare(
    "billing.balance-empty", "Nothing is left on the account.", fields=("balance", "when_empty", "number")
)
BALANCE_RESTORED = declare(
    "billing.balance-restored", "There is credit again after nothing was left.", fields=("balance", "number")
)
ACCOUNT_CHANGED = declare(
    "billing.account-changed",
    "What is chosen about an account changed: threshold, what happens at zero, quota, buyer.",
    fields=("changed",),
)
PRICE_SET = declare(
    "billing.price-set",
    "A price was set from a day on, for one organisation or for all.",
    fields=("meter", "amount", "vat_rate", "free_count", "free_days", "effective_from", "for_all"),
)
STATEMENT_READ = declare(
    "billing.statement-read",
    "A bank statement was read.",
    fields=("sha256", "form", "credited", "unmatched", "known"),
)
MONEY_SETTLED = declare(
    "billing.money-settled", "Money that waited was given to its account or set aside.", fields=("state", "amount")
)
SELLER_CHANGED = declare("billing.seller-changed", "Who invoices come from was changed.", fields=("changed",))
INVOICE_ISSUED = declare(
    "billing.invoice-issued",
    "A month was invoiced.",
    fields=("invoice_id", "number", "month", "net", "vat", "total", "due", "pdf_sha256", "xlsx_sha256"),
)
