"""The API."""

from __future__ import annotations

from tests.matrix.people import Who
from tests.matrix.rules import (
    ANY_TOKEN,
    CLOSED,
    EVERYBODY,
    NOBODY,
    TOKEN_ADMIN,
    TOKEN_LOOKERS,
    TOKEN_WRITERS,
    Methods,
    Rule,
    token,
    tokens,
)

INTERFACE: dict[str, Methods] = {
    # The API
    "api/v1/": {"GET": NOBODY},
    "api/v1/quotes": {
        "GET": token(),
        "POST": tokens(
            TOKEN_WRITERS, document_id="<quote_document_id>", recipient={"contact_id": "<contact_id>"}, deadline="<day>"
        ),
    },
    "api/v1/quotes/<quote_id>": {"GET": tokens()},
    "api/v1/quotes/<quote_id>/withdraw": {"POST": tokens(TOKEN_WRITERS, reason="Erreur")},
    "api/v1/billing/account": {"GET": token(TOKEN_LOOKERS)},
    "api/v1/billing/entries": {"GET": token(TOKEN_LOOKERS)},
    "api/v1/billing/prices": {"GET": token(TOKEN_LOOKERS)},
    "api/v1/billing/invoices": {"GET": token(TOKEN_LOOKERS)},
    "api/v1/billing/invoices/<invoice_id>/<form>": {"GET": tokens(TOKEN_LOOKERS)},
    "api/v1/billing/credits": {
        "POST": tokens(TOKEN_ADMIN, organisation="mercier", amount="10.00", reason="Chèque", key="m")
    },
    # A payment provider has no account: its signature is what it has, and here none is set up.
    "api/v1/billing/payments/<provider>": {"POST": NOBODY},
    "api/v1/openapi.json": {"GET": EVERYBODY},
    "api/v1/docs": {"GET": EVERYBODY},
    "api/<rest>": CLOSED,
    "api/v1/me": {"GET": token(ANY_TOKEN)},
    "api/v1/document-kinds": {"GET": token()},
    "api/v1/documents": {"GET": token()},
    "api/v1/documents/<document_id>": {"GET": tokens()},
    "api/v1/documents/<document_id>/facts": {"PATCH": tokens(TOKEN_WRITERS, facts={})},
    "api/v1/documents/<document_id>/move": {"POST": tokens(TOKEN_WRITERS, folder_id="<folder_id>")},
    "api/v1/documents/<document_id>/renditions": {"GET": tokens()},
    "api/v1/documents/<document_id>/renditions/<rendition_id>/content": {"GET": tokens()},
    "api/v1/documents/<document_id>/content": {"GET": tokens()},
    "api/v1/documents/<document_id>/text": {"GET": tokens()},
    "api/v1/documents/<document_id>/pages/<number>": {"GET": tokens()},
    "api/v1/documents/<document_id>/deliveries": {"GET": tokens()},
    "api/v1/folders": {"GET": token(), "POST": tokens(TOKEN_WRITERS, parent_id="<folder_id>", name="Neuf")},
    "api/v1/folders/<folder_id>": {"GET": tokens()},
    "api/v1/captures": {"GET": token(), "POST": token(TOKEN_WRITERS)},
    "api/v1/captures/photos": {"POST": token(TOKEN_WRITERS)},
    "api/v1/captures/by-key/<key>": {"PUT": token(TOKEN_WRITERS)},
    "api/v1/captures/<capture_id>": {"GET": tokens()},
    "api/v1/recipes": {
        "GET": token(),
        "POST": token(TOKEN_ADMIN, name="Neuve", kind="invoice", steps=[{"slug": "seal"}]),
    },
    "api/v1/recipes/steps": {"GET": token()},
    "api/v1/recipes/<recipe_id>": {
        "GET": tokens(),
        "PUT": tokens(TOKEN_ADMIN, name="Changée", kind="invoice", steps=[{"slug": "seal"}]),
    },
    "api/v1/layouts": {
        "GET": token(),
        "POST": token(TOKEN_ADMIN, name="Neuf", kind="invoice", keywords=["Rhône"]),
    },
    "api/v1/layouts/<layout_id>": {
        "GET": tokens(),
        "PUT": tokens(TOKEN_ADMIN, name="Changé", kind="invoice", keywords=["Rhône"]),
    },
    "api/v1/runs": {"GET": token()},
    "api/v1/runs/<run_id>": {"GET": tokens()},
    "api/v1/runs/<run_id>/pieces": {"GET": tokens()},
    "api/v1/runs/<run_id>/cancel": {"POST": tokens(TOKEN_WRITERS)},
    "api/v1/runs/<run_id>/retry": {"POST": tokens(TOKEN_WRITERS, recipe_id="<recipe_id>")},
    "api/v1/runs/<run_id>/replay": {"POST": tokens(TOKEN_WRITERS)},
    "api/v1/pieces/<piece_id>": {"GET": tokens()},
    "api/v1/pieces/<piece_id>/complete": {"POST": tokens(TOKEN_WRITERS, facts={})},
    "api/v1/pieces/<piece_id>/retry": {"POST": tokens(TOKEN_WRITERS)},
    "api/v1/pieces/<piece_id>/dismiss": {"POST": tokens(TOKEN_WRITERS)},
    "api/v1/mails": {"GET": token()},
    "api/v1/mails/<mail_id>": {"GET": Rule("sender-token", TOKEN_ADMIN)},
    "api/v1/sources": {
        "GET": token(TOKEN_LOOKERS),
        "POST": token(TOKEN_ADMIN, channel="SFTP", name="Neuve"),
    },
    "api/v1/sources/<source_id>": {"GET": tokens(TOKEN_LOOKERS), "PATCH": tokens(TOKEN_ADMIN, asks_first=True)},
    "api/v1/sources/<source_id>/renew-secret": {"POST": tokens(TOKEN_ADMIN)},
    "api/v1/ceremonies": {
        "GET": token(),
        "POST": tokens(
            TOKEN_WRITERS,
            document_ids=["<document_id>"],
            signers=[{"name": "Julie", "email": "julie@client.example"}],
            deadline="<day>",
        ),
    },
    "api/v1/ceremonies/<ceremony_id>": {"GET": tokens()},
    "api/v1/ceremonies/<ceremony_id>/withdraw": {"POST": tokens(TOKEN_WRITERS)},
    "api/v1/ceremonies/<ceremony_id>/signers/<signer_id>/resend": {"POST": tokens(TOKEN_WRITERS)},
    "api/v1/ceremonies/<ceremony_id>/signers/<signer_id>/in-person": {"POST": tokens(TOKEN_WRITERS)},
    "api/v1/ceremonies/<ceremony_id>/files": {"GET": tokens()},
    "api/v1/ceremonies/<ceremony_id>/files/<document_id>": {"GET": tokens()},
    "api/v1/ceremonies/<ceremony_id>/evidence": {"GET": tokens()},
    "api/v1/ceremonies/<ceremony_id>/evidence/<number>": {"GET": tokens()},
    "api/v1/ceremonies/<ceremony_id>/proof.zip": {"GET": tokens()},
    "api/v1/parties": {"GET": token(), "POST": token(TOKEN_WRITERS, kind="CLIENT", code="C77", name="Neuf")},
    "api/v1/parties/<party_id>": {"GET": tokens(), "PATCH": tokens(TOKEN_WRITERS)},
    "api/v1/parties/<party_id>/contacts": {"GET": tokens(), "POST": tokens(TOKEN_WRITERS, name="Neuf")},
    "api/v1/contacts/<contact_id>": {"PATCH": tokens(TOKEN_WRITERS), "DELETE": tokens(TOKEN_WRITERS)},
    "api/v1/events": {"GET": token(frozenset({Who.TOKEN_AUDITOR, Who.TOKEN}))},
    "api/v1/verify": {"POST": token(ANY_TOKEN)},
    "api/v1/verify/<number>": {"GET": token(ANY_TOKEN)},
    "api/v1/webhook-event-types": {"GET": token()},
    "api/v1/webhooks": {
        "GET": token(TOKEN_ADMIN),
        "POST": token(TOKEN_ADMIN, url="https://crochet.example/2", event_types=["signing.ceremony-sent"]),
    },
    "api/v1/webhooks/<webhook_id>": {
        "GET": tokens(TOKEN_ADMIN),
        "PATCH": tokens(TOKEN_ADMIN),
        "DELETE": tokens(TOKEN_ADMIN),
    },
    "api/v1/webhooks/<webhook_id>/rotate-secret": {"POST": tokens(TOKEN_ADMIN)},
    "api/v1/webhooks/<webhook_id>/test": {"POST": tokens(TOKEN_ADMIN)},
    "api/v1/webhooks/<webhook_id>/deliveries": {"GET": tokens(TOKEN_ADMIN)},
    "api/v1/webhooks/<webhook_id>/deliveries/<delivery_id>/resend": {"POST": tokens(TOKEN_ADMIN)},
    # The trial machine's outbox is an administrator's alone; to others it does not exist.
    "api/v1/local-outbox": {"GET": Rule("outbox", frozenset({Who.TOKEN, Who.TOKEN_OTHER}))},
}
