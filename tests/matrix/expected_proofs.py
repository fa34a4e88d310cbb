"""Signed versions of a file that somebody dropped, and the keys of people: what one secret alone opens."""

from __future__ import annotations

from tests.matrix.rules import EVERYBODY, NOBODY, SENDER_ACTS, WRITERS, Methods, Rule, staff, staffs

# Nobody here holds a workstation's token.
AGENT_ALONE = Rule("agent", frozenset())

PROOFS: dict[str, Methods] = {
    # The address and the cookie of whoever dropped the file open these: tests/portal says so; here nobody has both.
    "verify:signed": {"GET": NOBODY},
    "verify:signed_file": {"GET": NOBODY},
    "verify:signed_page": {"GET": NOBODY},
    # A workstation has a token of its own, which opens nothing else and which nothing else opens: tests/agent
    "agent:pair": {"POST": EVERYBODY},
    "agent:work": {"GET": AGENT_ALONE},
    "agent:give": {"POST": AGENT_ALONE},
    "agent:problem": {"POST": AGENT_ALONE},
    "agent:refuse": {"POST": AGENT_ALONE},
    "keys:home": {"GET": staff(WRITERS)},
    "keys:pair": {"POST": staff(WRITERS)},
    "keys:revoke": {"POST": SENDER_ACTS},
    "keys:sign": {"GET": staffs(WRITERS), "POST": staffs(WRITERS)},
    "keys:wait": {"GET": SENDER_ACTS},
}
