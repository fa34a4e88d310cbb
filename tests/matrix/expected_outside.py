"""Who has no desk here: signers, clients and employees in their portal, anybody who checks a file."""

from __future__ import annotations

from tests.matrix.people import ACCOUNTS, PORTAL, Who
from tests.matrix.rules import ACCOUNT, EVERYBODY, Methods, Rule, signer

OUTSIDE: dict[str, Methods] = {
    "portal-quotes:list": {"GET": Rule("portal", PORTAL)},
    "portal-quotes:detail": {"GET": Rule("portal", frozenset({Who.PORTAL_OWNER}), mine=True)},
    "portal-quotes:link": {"POST": Rule("portal", frozenset({Who.PORTAL_OWNER}), mine=True)},
    "portal-quotes:proof": {"GET": Rule("portal", frozenset({Who.PORTAL_OWNER}), mine=True)},
    # Files behind a link are whoever's who has the link.
    "files:show": {"GET": EVERYBODY},
    "files:fetch": {"GET": EVERYBODY},
    # One's own account
    "me:home": {"GET": ACCOUNT},
    "me:arrival": {"GET": ACCOUNT, "POST": Rule("theirs-own", ACCOUNTS)},
    "me:accept": {"POST": Rule("theirs-own", ACCOUNTS)},
    "me:language": {"POST": ACCOUNT},
    # The portal
    "portal:home": {"GET": Rule("portal", PORTAL)},
    "portal:detail": {"GET": Rule("portal", frozenset({Who.PORTAL_OWNER}), mine=True)},
    "portal:page": {"GET": Rule("portal", frozenset({Who.PORTAL_OWNER}), mine=True)},
    "portal:file": {"GET": Rule("portal", frozenset({Who.PORTAL_OWNER}), mine=True)},
    # The signer: the first page, the first step and the outcome need the link alone; everything else the device too
    "signing:landing": {"GET": EVERYBODY},
    "signing:start": {"POST": EVERYBODY},
    "signing:done": {"GET": EVERYBODY},
    "signing:code": {"GET": signer(), "POST": signer()},
    "signing:new_code": {"POST": signer()},
    "signing:read": {"GET": signer()},
    "signing:page": {"GET": signer()},
    "signing:text": {"GET": signer()},
    "signing:seen": {"POST": signer(page="1")},
    "signing:paper": {"GET": signer()},
    "signing:proof": {"GET": signer()},
    "signing:order": {"POST": signer()},
    "signing:sign": {"POST": signer()},
    "signing:key": {"GET": signer()},
    "signing:refuse": {"POST": signer()},
    "signing:join": {"POST": signer()},
    "signing:phone": {"POST": signer()},
    # A desk that never offered a phone follows none; the QR code itself is the phone's key, and takes nothing by GET.
    "signing:phone_state": {"GET": Rule("signer", frozenset())},
    "signing:phone_here": {"GET": EVERYBODY},
    "signing:phone_take": {"POST": Rule("nobody", frozenset())},
    # Made by another program for a lent device; its secret serves once.
    "signing:here": {"GET": EVERYBODY, "POST": Rule("nobody", frozenset())},
    "signing:delegate": {"POST": signer()},
    # Anybody checks, and activates what was sent to them
    "verify:check": {"GET": EVERYBODY, "POST": EVERYBODY},
    "verify:policy": {"GET": EVERYBODY},
    "verify:authority": {"GET": EVERYBODY},
    "verify:number": {"GET": EVERYBODY},
    "activation:choose": {"GET": EVERYBODY, "POST": EVERYBODY},
    "activation:letter": {"GET": EVERYBODY, "POST": EVERYBODY},
    "activation:link": {"GET": EVERYBODY},
}
