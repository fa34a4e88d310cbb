"""What quotes tell the journal."""

from pli.journal.api import declare

QUOTE_SENT = declare(
    "quotes.quote-sent",
    "A quote went out to a client, with a link to read and answer it.",
    fields=("document_id", "annexes", "ceremony_id", "party_id", "expires_at", "lines"),
    personal=("recipient", "title"),
)
QUOTE_READ = declare("quotes.quote-read", "The client opened the quote.", fields=("document_id",))
QUOTE_PASSED = declare(
    "quotes.quote-passed",
    "Whoever the quote went to named somebody else to answer it in their place.",
    fields=("document_id", "ceremony_id"),
    personal=("recipient",),
)
QUOTE_ACCEPTED = declare(
    "quotes.quote-accepted",
    "The client accepted the quote by signing it; `order` is what they chose, where the quote offers a choice.",
    fields=("document_id", "ceremony_id", "order"),
)
QUOTE_SIGNED = declare(
    "quotes.quote-signed",
    "The accepted quote is sealed and its proof made.",
    fields=("document_id", "ceremony_id", "evidence_numbers", "order"),
)
QUOTE_REFUSED = declare(
    "quotes.quote-refused", "The client refused the quote.", fields=("document_id",), personal=("reason",)
)
QUOTE_EXPIRED = declare("quotes.quote-expired", "The last day to answer passed.", fields=("document_id",))
QUOTE_WITHDRAWN = declare(
    "quotes.quote-withdrawn", "The company withdrew the quote.", fields=("document_id",), personal=("reason",)
)
