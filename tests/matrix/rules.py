"""What a line of the matrix says, and how it is judged.

Read a line as: route → method → who may. Everybody else is refused in the one way their kind of refusal has
(``Rule.expected``): strangers log in, another's object does not exist, a role too weak is forbidden.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.matrix.people import ACCOUNTS, PORTAL, STAFF, TOKENS, Outcome, Who

ANY_BUT_BROKEN = frozenset(Outcome) - {Outcome.BROKEN}


@dataclass(frozen=True)
class Rule:
    """One door. ``mine``: the address names an object, which does not exist for other organisations and clients."""

    door: str
    may: frozenset[Who]
    mine: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)

    def expected(self, who: Who) -> frozenset[Outcome]:
        """The outcomes that are right for an actor."""
        if self.door == "theirs" or (self.door == "theirs-own" and who in ACCOUNTS):
            return ANY_BUT_BROKEN
        return frozenset({_JUDGES[self.door](self, who)})


def _judge_staff(rule: Rule, who: Who) -> Outcome:
    if who not in ACCOUNTS:
        return Outcome.LOG_IN
    if who in PORTAL or (who == Who.OTHER_ADMIN and rule.mine):
        return Outcome.HIDDEN
    if who == Who.OTHER_ADMIN or who in rule.may:
        return Outcome.DONE
    return Outcome.FORBIDDEN


def _judge_staff_hidden(rule: Rule, who: Who) -> Outcome:
    found = _judge_staff(rule, who)
    return Outcome.HIDDEN if found == Outcome.FORBIDDEN else found


def _judge_portal(rule: Rule, who: Who) -> Outcome:
    if who not in ACCOUNTS:
        return Outcome.LOG_IN
    if who not in PORTAL or (rule.mine and who not in rule.may):
        return Outcome.HIDDEN
    return Outcome.DONE


def _judge_account(rule: Rule, who: Who) -> Outcome:
    return Outcome.DONE if who in ACCOUNTS else Outcome.LOG_IN


def _judge_signer(rule: Rule, who: Who) -> Outcome:
    return Outcome.DONE if who in rule.may else Outcome.FORBIDDEN


def _judge_token(rule: Rule, who: Who) -> Outcome:
    if who not in TOKENS:
        return Outcome.UNKNOWN_CALLER
    if who == Who.TOKEN_OTHER:
        return Outcome.HIDDEN if rule.mine else Outcome.DONE
    return Outcome.DONE if who in rule.may else Outcome.FORBIDDEN


def _judge_sender_token(rule: Rule, who: Who) -> Outcome:
    if who not in TOKENS:
        return Outcome.UNKNOWN_CALLER
    if who == Who.TOKEN_BARE:
        return Outcome.FORBIDDEN
    return Outcome.DONE if who in rule.may else Outcome.HIDDEN


def _judge_members(rule: Rule, who: Who) -> Outcome:
    return Outcome.DONE if who in rule.may else Outcome.HIDDEN


def _judge_sender(rule: Rule, who: Who) -> Outcome:
    if who not in ACCOUNTS:
        return Outcome.LOG_IN
    return Outcome.DONE if who in rule.may else Outcome.HIDDEN


def _judge_sender_acts(rule: Rule, who: Who) -> Outcome:
    return Outcome.FORBIDDEN if who == Who.AUDITOR else _judge_sender(rule, who)


def _judge_all(rule: Rule, who: Who) -> Outcome:
    return Outcome.DONE


def _judge_agent(rule: Rule, who: Who) -> Outcome:
    return Outcome.UNKNOWN_CALLER


def _judge_nobody(rule: Rule, who: Who) -> Outcome:
    return Outcome.HIDDEN


_JUDGES = {
    "staff": _judge_staff,
    "staff-hidden": _judge_staff_hidden,
    "portal": _judge_portal,
    "account": _judge_account,
    "theirs-own": _judge_account,
    "signer": _judge_signer,
    "token": _judge_token,
    "sender-token": _judge_sender_token,
    "outbox": _judge_sender_token,
    "members": _judge_members,
    "sender": _judge_sender,
    "sender-acts": _judge_sender_acts,
    "all": _judge_all,
    "agent": _judge_agent,
    "nobody": _judge_nobody,
}

READERS = STAFF
WRITERS = frozenset({Who.MEMBER, Who.MANAGER, Who.ADMIN})
MANAGERS = frozenset({Who.MANAGER, Who.ADMIN})
ADMIN = frozenset({Who.ADMIN})
# The messages' history shows addresses: not to every member; an auditor reads, and sends nothing again.
MESSAGE_READERS = frozenset({Who.AUDITOR, Who.MANAGER, Who.ADMIN})
TOKEN_READERS = frozenset({Who.TOKEN_AUDITOR, Who.TOKEN_MEMBER, Who.TOKEN})
TOKEN_WRITERS = frozenset({Who.TOKEN_MEMBER, Who.TOKEN})
TOKEN_ADMIN = frozenset({Who.TOKEN})
TOKEN_LOOKERS = frozenset({Who.TOKEN_AUDITOR, Who.TOKEN})
ANY_TOKEN = TOKEN_READERS | {Who.TOKEN_BARE}

EVERYBODY = Rule("all", frozenset(Who))
ACCOUNT = Rule("account", ACCOUNTS)


def staff(may: frozenset[Who] = READERS, **fields: str) -> Rule:
    """A screen of the office."""
    return Rule("staff", may, fields=fields)


def staffs(may: frozenset[Who] = READERS, **fields: str) -> Rule:
    """A screen of the office about one object of the organisation."""
    return Rule("staff", may, mine=True, fields=fields)


def signer(**fields: str) -> Rule:
    """A signing page that asks for the link and the device."""
    return Rule("signer", frozenset({Who.SIGNER}), fields=fields)


def token(may: frozenset[Who] = TOKEN_READERS, **fields: Any) -> Rule:
    """An address of the API, and a body it understands (``<name>`` stands for the object of that name)."""
    return Rule("token", may, fields=fields)


def tokens(may: frozenset[Who] = TOKEN_READERS, **fields: Any) -> Rule:
    """An address of the API about one object."""
    return Rule("token", may, mine=True, fields=fields)


SENDER = Rule("sender", frozenset({Who.ADMIN}))
SENDER_ACTS = Rule("sender-acts", frozenset({Who.ADMIN}))


Methods = Mapping[str, Rule]
ALL_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
NOBODY = Rule("nobody", frozenset())
CLOSED: Methods = dict.fromkeys(ALL_METHODS, NOBODY)
# Pages of allauth: their methods and their redirections are its own; here, that none breaks, and that those about an
# account ask who it is.
THEIRS: Methods = dict.fromkeys(ALL_METHODS, Rule("theirs", frozenset(Who)))
THEIRS_OWN: Methods = dict.fromkeys(("GET", "POST"), Rule("theirs-own", ACCOUNTS)) | dict.fromkeys(
    ("PUT", "PATCH", "DELETE"), Rule("theirs", frozenset(Who))
)
