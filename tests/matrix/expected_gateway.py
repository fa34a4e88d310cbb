"""Who may do what: tracked sendings, and what the gateway asks its senders."""

from __future__ import annotations

from tests.matrix.rules import EVERYBODY, NOBODY, SENDER, Methods, Rule

# Whoever has the link may answer; its content is for a device it was received on, which none of these is.
_UNREAD = Rule("signer", frozenset())

GATEWAY: dict[str, Methods] = {
    "mails:archive": {"GET": SENDER},
    "mails:proof": {"GET": SENDER},
    "mobiles:ask": {"GET": EVERYBODY, "POST": EVERYBODY},
    "tracked:show": {"GET": EVERYBODY},
    "tracked:receive": {"POST": EVERYBODY},
    "tracked:decline": {"POST": EVERYBODY},
    "tracked:fetch": {"GET": _UNREAD},
    "tracked:message": {"GET": _UNREAD},
    "tracked:proof": {"GET": NOBODY},
}
