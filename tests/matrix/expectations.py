"""Who may do what, address by address. An address missing here fails the suite; so does a line for no address.

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


def _judge_outbox(rule: Rule, who: Who) -> Outcome:
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
    "outbox": _judge_outbox,
    "members": _judge_members,
    "sender": _judge_sender,
    "sender-acts": _judge_sender_acts,
    "all": _judge_all,
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
EXPECTED: dict[str, Methods] = {
    # The house
    "healthz": {"GET": EVERYBODY},
    "root": {"GET": ACCOUNT},
    "shell:language": {"POST": EVERYBODY},
    "shell:theme": {"GET": EVERYBODY},
    # The office: home, what waits, documents
    "office:home": {"GET": staff()},
    # Settings: everybody reads, administrators write; the state of the system is theirs alone.
    # The logo of a current organisation is public: it heads mails and signing pages.
    "shell:logo": {"GET": EVERYBODY},
    "settings:hub": {"GET": staff()},
    "settings:organisation": {"GET": staff(), "POST": staff(ADMIN)},
    "settings:colour": {"GET": staff(ADMIN)},
    "settings:logo": {"POST": staff(ADMIN)},
    "settings:logo-remove": {"POST": staff(ADMIN)},
    "settings:signature": {"GET": staff()},
    "settings:level": {"POST": staff(ADMIN)},
    "settings:timestamps": {"POST": staff(ADMIN)},
    "settings:seal": {"GET": staff()},
    "settings:seal-import": {"POST": staff(ADMIN)},
    "settings:seal-own": {"POST": staff(ADMIN)},
    "settings:seal-device": {"POST": staff(ADMIN)},
    "settings:seal-certificate": {"GET": staff()},
    "settings:seal-authority": {"GET": staff()},
    "settings:kinds": {"GET": staff()},
    "settings:kind-new": {"GET": staff(ADMIN), "POST": staff(ADMIN)},
    "settings:kind": {"GET": staffs(), "POST": staffs(ADMIN)},
    # The prepaid account; everybody's accounts are for the administrators of the organisation that runs Pli.
    "billing:account": {"GET": staff(MESSAGE_READERS)},
    "billing:change": {"POST": staff(ADMIN, threshold="10")},
    "billing:entries": {"GET": staff(MESSAGE_READERS)},
    "billing:export": {"GET": staff(MESSAGE_READERS)},
    "billing:statement": {"GET": staff(MESSAGE_READERS)},
    "billing:invoice": {"GET": staffs(MESSAGE_READERS)},
    "billing:accounts": {"GET": staffs(ADMIN)},
    "billing:seller": {"POST": staffs(ADMIN, name="Pli")},
    "billing:bank": {"POST": staffs(ADMIN)},
    "billing:price": {"POST": staffs(ADMIN)},
    "billing:settle": {"POST": staffs(ADMIN)},
    "billing:reverse": {"POST": staffs(ADMIN, reason="Erreur")},
    "billing:operate": {"GET": staffs(ADMIN)},
    "billing:credit": {"POST": staffs(ADMIN, amount="10", reason="Chèque", key="m")},
    "billing:terms": {"POST": staffs(ADMIN, when_empty="GO_ON")},
    "quotes:list": {"GET": staff()},
    "quotes:export": {"GET": staff()},
    "quotes:new": {"GET": staff(WRITERS), "POST": staff(WRITERS)},
    "quotes:detail": {"GET": staffs()},
    "quotes:withdraw": {"POST": staffs(WRITERS, reason="Erreur")},
    "quotes:remind": {"POST": staffs(WRITERS)},
    "portal-quotes:list": {"GET": Rule("portal", PORTAL)},
    "portal-quotes:detail": {"GET": Rule("portal", frozenset({Who.PORTAL_OWNER}), mine=True)},
    "portal-quotes:link": {"POST": Rule("portal", frozenset({Who.PORTAL_OWNER}), mine=True)},
    "portal-quotes:proof": {"GET": Rule("portal", frozenset({Who.PORTAL_OWNER}), mine=True)},
    "system:show": {"GET": staff(ADMIN)},
    "journal:list": {"GET": staff(MESSAGE_READERS)},
    "journal:export": {"GET": staff(MESSAGE_READERS)},
    "journal:verify": {"POST": staff(MESSAGE_READERS)},
    "journal:export-chain": {"POST": staff(MESSAGE_READERS)},
    "journal:proof": {"GET": staffs(MESSAGE_READERS)},
    "deliveries:list": {"GET": staff()},
    "deliveries:export": {"GET": staff()},
    "deliveries:retry": {"POST": staffs(WRITERS)},
    "deliveries:abandon": {"POST": staffs(WRITERS)},
    "todo:retry-follow-up": {"POST": staffs(ADMIN)},
    "runs:list": {"GET": staff()},
    "runs:export": {"GET": staff()},
    "runs:show": {"GET": staffs()},
    "runs:page": {"GET": staffs()},
    "runs:cancel": {"POST": staffs(WRITERS)},
    "runs:retry": {"POST": staffs(WRITERS)},
    "runs:replay": {"POST": staffs(WRITERS)},
    "runs:retry_piece": {"POST": staffs(WRITERS)},
    "runs:dismiss_piece": {"POST": staffs(WRITERS)},
    "runs:attach": {"POST": staffs(WRITERS, to="<piece_id>")},
    "index:start": {"GET": staff()},
    "index:party": {"POST": staff(WRITERS)},
    "index:piece": {"GET": staffs()},
    "index:save": {"POST": staffs(WRITERS)},
    "index:later": {"GET": staffs()},
    "index:fields": {"GET": staffs()},
    "index:words": {"GET": staffs()},
    # Each reads what they sent themselves, and nobody else's.
    "mails:list": {"GET": staff()},
    "mails:mine": {"GET": staff(WRITERS), "POST": staff(WRITERS)},
    "mails:renew": {"POST": staff(WRITERS)},
    "mails:show": {"GET": SENDER},
    "mails:cancel": {"POST": SENDER_ACTS},
    "mails:retry": {"POST": SENDER_ACTS},
    "gateway:list": {"GET": staff(frozenset({Who.AUDITOR, Who.ADMIN}))},
    "gateway:change": {"GET": staffs(ADMIN), "POST": staffs(ADMIN)},
    # Files behind a link are whoever's who has the link.
    "files:show": {"GET": EVERYBODY},
    "files:fetch": {"GET": EVERYBODY},
    "printers:list": {"GET": staff()},
    "printers:new": {"GET": staff(WRITERS), "POST": staff(WRITERS)},
    "printers:show": {"GET": staffs()},
    "printers:change": {"GET": staffs(MANAGERS), "POST": staffs(MANAGERS)},
    "printers:switch": {"POST": staffs(MANAGERS)},
    "printers:renew": {"POST": staffs(MANAGERS)},
    "printers:profile": {"GET": staffs(WRITERS)},
    # Recipes: everybody sees which there are; administrators and managers make them and try them on samples.
    "recipes:list": {"GET": staff()},
    "recipes:start": {"GET": staff(MANAGERS)},
    "recipes:create": {"GET": staff(MANAGERS), "POST": staff(MANAGERS, action="add:split")},
    "recipes:edit": {"GET": staffs(MANAGERS), "POST": staffs(MANAGERS, action="add:split")},
    "recipes:switch": {"POST": staffs(MANAGERS)},
    "recipes:preview": {"POST": staff(MANAGERS, step="0", s0="split")},
    "recipes:sample": {"POST": staffs(MANAGERS, document="<document_id>")},
    "recipes:documents": {"GET": staff(MANAGERS)},
    "recipes:page": {"GET": staffs(MANAGERS)},
    "recipes:made": {"GET": staffs(MANAGERS)},
    "sources:list": {"GET": staff(MESSAGE_READERS)},
    "sources:new": {"GET": staff(MANAGERS), "POST": staff(MANAGERS)},
    "sources:show": {"GET": staffs(MESSAGE_READERS)},
    "sources:change": {"GET": staffs(MANAGERS), "POST": staffs(MANAGERS)},
    "sources:switch": {"POST": staffs(MANAGERS)},
    "sources:renew": {"POST": staffs(MANAGERS)},
    "sources:dismiss": {"POST": staffs(MANAGERS)},
    "todo:confirm": {"GET": staffs(WRITERS), "POST": staffs(WRITERS)},
    "todo:aside": {"POST": staffs(WRITERS)},
    "todo:page": {"GET": staffs(WRITERS)},
    "recipes:resources": {"GET": staff(MANAGERS), "POST": staff(MANAGERS)},
    "recipes:resource-picture": {"GET": staffs(MANAGERS)},
    "recipes:resource-switch": {"POST": staffs(MANAGERS)},
    "layouts:list": {"GET": staff()},
    "layouts:new": {"GET": staff(MANAGERS), "POST": staff(MANAGERS, action="add")},
    "layouts:try": {"POST": staffs(MANAGERS, layout="<layout_id>")},
    "layouts:edit": {"GET": staffs(MANAGERS), "POST": staffs(MANAGERS, action="add")},
    "layouts:switch": {"POST": staffs(MANAGERS)},
    "prints:list": {"GET": staff()},
    "prints:confirm": {"GET": staffs(WRITERS), "POST": staffs(WRITERS)},
    "prints:dismiss": {"POST": staffs(WRITERS)},
    "prints:page": {"GET": staffs()},
    "todo:list": {"GET": staff()},
    "todo:retry": {"POST": staffs(WRITERS)},
    "todo:dismiss": {"POST": staffs(WRITERS)},
    "todo:file": {"GET": staffs()},
    "documents:list": {"GET": staff()},
    "documents:upload": {"GET": staff(WRITERS), "POST": staff(WRITERS)},
    "documents:photos": {"GET": staff(WRITERS), "POST": staff(WRITERS)},
    "documents:arrivals": {"GET": staff()},
    "documents:classify_many": {"POST": staff(WRITERS)},
    "documents:party_options": {"GET": staff()},
    "documents:detail": {"GET": staffs()},
    "documents:page": {"GET": staffs()},
    "documents:text": {"GET": staffs()},
    "documents:file": {"GET": staffs()},
    "documents:classify": {"POST": staffs(WRITERS, kind="contract")},
    "documents:facts": {"POST": staffs(WRITERS)},
    "documents:publish": {"POST": staffs(WRITERS)},
    # The office: requests for signature
    "signatures:list": {"GET": staff()},
    "signatures:new": {"GET": staff(WRITERS), "POST": staff(WRITERS)},
    "signatures:people": {"GET": staff()},
    "signatures:detail": {"GET": staffs()},
    "signatures:file": {"GET": staffs()},
    "signatures:proof": {"GET": staffs()},
    "signatures:withdraw": {"POST": staffs(WRITERS)},
    "signatures:retry": {"POST": staffs(WRITERS)},
    "signatures:resend": {"POST": staffs(WRITERS)},
    "signatures:remind": {"POST": staffs(WRITERS)},
    "signatures:archive": {"GET": staffs()},
    "signatures:in-person": {"POST": staffs(WRITERS)},
    # One's own signature is one's own; what a signer joined is for who sent the request (a member here).
    "signatures:mine": {"POST": Rule("staff-hidden", frozenset({Who.MEMBER}), mine=True)},
    "signatures:joined": {"GET": staffs(frozenset({Who.MEMBER}))},
    # The office: clients, employees, suppliers
    "parties:books": {"GET": staff()},
    "parties:list": {"GET": staff()},
    "parties:create": {"GET": staff(WRITERS), "POST": staff(WRITERS)},
    "parties:export": {"GET": staff()},
    "parties:detail": {"GET": staffs()},
    "parties:edit": {"GET": staffs(WRITERS), "POST": staffs(WRITERS)},
    "parties:consent": {"POST": staffs(WRITERS, to="asked")},
    "parties:set_aside": {"POST": staffs(WRITERS)},
    "parties:take_back": {"POST": staffs(WRITERS)},
    "parties:contact_add": {"POST": staffs(WRITERS)},
    "parties:contact_edit": {"GET": staffs(WRITERS), "POST": staffs(WRITERS)},
    "parties:contact_remove": {"POST": staffs(WRITERS)},
    "parties:access_open": {"POST": staffs(WRITERS)},
    "parties:access_resend": {"POST": staffs(WRITERS)},
    "parties:access_close": {"POST": staffs(WRITERS)},
    "parties:access_reopen": {"POST": staffs(WRITERS)},
    "imports:start": {"GET": staff(MANAGERS), "POST": staff(MANAGERS)},
    "imports:columns": {"GET": staffs(MANAGERS), "POST": staffs(MANAGERS)},
    "imports:show": {"GET": staffs(MANAGERS)},
    "imports:progress": {"GET": staffs(MANAGERS)},
    "imports:confirm": {"POST": staffs(MANAGERS)},
    "imports:cancel": {"POST": staffs(MANAGERS)},
    "imports:report": {"GET": staffs(MANAGERS)},
    # The office: messages and their wording
    "notices:history": {"GET": staff(MESSAGE_READERS)},
    "notices:export": {"GET": staff(MESSAGE_READERS)},
    "notices:message": {"GET": staffs(MESSAGE_READERS)},
    "notices:resend": {"POST": staffs(MANAGERS)},
    "notices:cancel": {"POST": staffs(MANAGERS)},
    # The outbox on screen stands in for a mailbox on a trial machine, and is an administrator's alone.
    "notices:outbox": {"GET": Rule("staff-hidden", ADMIN)},
    "notices:local": {"GET": Rule("staff-hidden", ADMIN, mine=True)},
    "notices:local-mail": {"GET": Rule("staff-hidden", ADMIN, mine=True)},
    "notices:templates": {"GET": staff()},
    "notices:template": {"GET": staff(), "POST": staff(ADMIN, title="#document#", text="#lien# #signataire#")},
    "notices:preview": {"POST": staff()},
    "notices:preview-mail": {"GET": staff()},
    "notices:restore": {"POST": staff(ADMIN)},
    # The office: the team
    "members:team": {"GET": staff()},
    "members:invite": {"POST": staff(ADMIN)},
    "members:resend": {"POST": staffs(ADMIN)},
    "members:role": {"POST": staffs(ADMIN, role="MANAGER")},
    "members:deactivate": {"POST": staffs(ADMIN)},
    "members:reactivate": {"POST": staffs(ADMIN)},
    # The office: tokens and webhooks. Each makes tokens of their own; the webhooks are the administrators'.
    "integrations:overview": {"GET": staff()},
    "integrations:token-new": {"POST": staff()},
    "integrations:token-revoke": {"POST": Rule("staff-hidden", ADMIN, mine=True)},
    "integrations:webhook-new": {"GET": staff(ADMIN), "POST": staff(ADMIN)},
    "integrations:webhook": {"GET": staffs(ADMIN)},
    "integrations:webhook-change": {"GET": staffs(ADMIN), "POST": staffs(ADMIN)},
    "integrations:webhook-switch": {"POST": staffs(ADMIN)},
    "integrations:webhook-rotate": {"POST": staffs(ADMIN)},
    "integrations:webhook-test": {"POST": staffs(ADMIN)},
    "integrations:webhook-delete": {"POST": staffs(ADMIN)},
    "integrations:webhook-resend": {"POST": staffs(ADMIN)},
    "shell:organisation": {"POST": Rule("members", STAFF, fields={"organisation": "<organisation_id>"})},
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
    "signing:sign": {"POST": signer()},
    "signing:refuse": {"POST": signer()},
    "signing:join": {"POST": signer()},
    "signing:phone": {"POST": signer()},
    # A desk that never offered a phone follows none; the QR code itself is the phone's key, and takes nothing by GET.
    "signing:phone_state": {"GET": Rule("signer", frozenset())},
    "signing:phone_here": {"GET": EVERYBODY},
    "signing:phone_take": {"POST": Rule("nobody", frozenset())},
    "signing:delegate": {"POST": signer()},
    # Anybody checks, and activates what was sent to them
    "verify:check": {"GET": EVERYBODY, "POST": EVERYBODY},
    "verify:revision": {"POST": EVERYBODY},
    "verify:policy": {"GET": EVERYBODY},
    "verify:authority": {"GET": EVERYBODY},
    "verify:number": {"GET": EVERYBODY},
    "activation:choose": {"GET": EVERYBODY, "POST": EVERYBODY},
    "activation:letter": {"GET": EVERYBODY, "POST": EVERYBODY},
    "activation:link": {"GET": EVERYBODY},
    # allauth's pages: logging in and out
    "account_login": THEIRS,
    "account_logout": THEIRS,
    "account_inactive": THEIRS,
    "account_reset_password": THEIRS,
    "account_reset_password_done": THEIRS,
    "account_reset_password_from_key": THEIRS,
    "account_reset_password_from_key_done": THEIRS,
    "account_reauthenticate": THEIRS_OWN,
    "account_change_password": THEIRS_OWN,
    "account_set_password": THEIRS_OWN,
    "usersessions_list": THEIRS_OWN,
    # allauth's pages: the second factor
    "mfa_index": THEIRS_OWN,
    "mfa_authenticate": THEIRS,
    "mfa_reauthenticate": THEIRS_OWN,
    "mfa_activate_totp": THEIRS_OWN,
    "mfa_deactivate_totp": THEIRS_OWN,
    "mfa_view_recovery_codes": THEIRS_OWN,
    "mfa_generate_recovery_codes": THEIRS_OWN,
    "mfa_download_recovery_codes": THEIRS_OWN,
    "mfa_list_webauthn": THEIRS_OWN,
    "mfa_add_webauthn": THEIRS_OWN,
    "mfa_reauthenticate_webauthn": THEIRS_OWN,
    "mfa_remove_webauthn": THEIRS_OWN,
    "mfa_edit_webauthn": THEIRS_OWN,
    "mfa_login_webauthn": THEIRS,
    # allauth's pages: an outside identity; nobody makes an account here by themselves
    "accounts/email/": THEIRS,
    "account_email": THEIRS,
    "account_signup": THEIRS,
    "account_confirm_email": THEIRS,
    "account_email_verification_sent": THEIRS,
    "account_confirm_login_code": THEIRS,
    "socialaccount_login_cancelled": THEIRS,
    "socialaccount_login_error": THEIRS,
    "socialaccount_signup": THEIRS,
    "socialaccount_connections": THEIRS_OWN,
    "accounts/social/login/cancelled/": THEIRS,
    "accounts/social/login/error/": THEIRS,
    "accounts/social/signup/": THEIRS,
    "accounts/social/connections/": THEIRS,
    "openid_connect_login": THEIRS,
    "openid_connect_callback": THEIRS,
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
