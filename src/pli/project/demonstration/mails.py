"""The demonstration's mail gateway: a log-in for those who write, and what the commercial sent by it."""

from __future__ import annotations

from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from pli.gateway.api import (
    Arrival,
    MailAccount,
    SenderOptions,
    Target,
    accept_many,
    change_account,
    change_options,
    make_account,
    own_account,
    read_subject,
)
from pli.kit.clock import PARIS, SYSTEM_CLOCK, paris_day
from pli.parties.api import Account, Role, StaffActor
from pli.project.demonstration.papers import make_quote

_JULIE = Address("Julie Martin", addr_spec="julie.martin@dupont.example")
_HUGO = Address("Hugo Lambert", addr_spec="hugo.lambert@lambert-menuiserie.example")
_PLANS = b"Plan de l'atelier, cotes en millimetres\r\n" * 4000


def make_mail_accounts(staff: dict[Role, StaffActor]) -> list[dict[str, Any]]:
    """Make them, and describe them for demo.json: passwords are only known now, so what is there gets a new one."""
    admin = staff[Role.ADMIN]
    described = []
    for role in (Role.ADMIN, Role.MANAGER, Role.MEMBER):
        actor = staff.get(role)
        if actor is None:
            continue
        account, secret = make_account(actor)
        if not account.takes_large:
            change_account(admin, account.id, addresses=[], takes_large=True, is_active=True)
        described.append(_describe(actor, role, account, secret))
    return described


def _describe(actor: StaffActor, role: Role, account: MailAccount, secret: str) -> dict[str, Any]:
    return {
        "role": role.value.lower(),
        "host": urlsplit(settings.PLI_BASE_URL).hostname or "localhost",
        "port": settings.PLI_SMTP_PORT,
        "tls": "starttls",
        "user": account.login,
        "password": secret,
        "from": Account.objects.get(id=actor.account_id).email,
    }


def send_mails(sender: StaffActor) -> None:
    """What was sent by mail: one as it was, one with its files behind a link, one that waits for its hour. Once."""
    account = own_account(sender)
    if account is None or account.messages.exists():
        return
    tomorrow = (SYSTEM_CLOCK.now() + timedelta(days=1)).astimezone(PARIS)
    wanted = (
        ("Votre visite de jeudi", None),
        ("*LIEN Plans de l’atelier", _PLANS),
        ("*SUIVI Conditions de résiliation", _PLANS),
        (f"*DIFFERE {tomorrow:%Y-%m-%d} 08:00 Rappel : visite de chantier", None),
        (f"*LIEN *DIFFERE {tomorrow:%Y-%m-%d} 09:00 Plans définitifs", _PLANS),
    )
    plans = "plans-atelier.csv"
    accept_many(
        [_arrival(sender, account, _JULIE, subject, (file, plans) if file else None) for subject, file in wanted]
    )


def ask_for_mobiles(sender: StaffActor) -> None:
    """A request for signature with codes by SMS to somebody whose number nobody knows: the sender is asked. Once."""
    account = own_account(sender)
    if account is None or account.messages.exists():
        return
    change_options(sender, SenderOptions(prefers_sms=True))
    quote = make_quote(["Hugo Lambert"], "D-2026-118", paris_day(SYSTEM_CLOCK.now()))
    accept_many([_arrival(sender, account, _HUGO, "*SIGN Devis pour votre atelier", (quote, "devis.pdf"))])


def _arrival(
    sender: StaffActor, account: MailAccount, to: Address, subject: str, file: tuple[bytes, str] | None
) -> Arrival:
    address = Account.objects.get(id=sender.account_id).email
    return Arrival(
        organisation_id=sender.organisation_id,
        account_id=account.id,
        sender=address,
        targets=(Target(to.addr_spec),),
        content=_write(address, to, subject, file),
        subject=read_subject(subject).rest,
        tag=read_subject(subject).words,
    )


def _write(address: str, to: Address, subject: str, file: tuple[bytes, str] | None) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = address
    message["To"] = str(to)
    message["Subject"] = subject
    first_name = to.display_name.partition(" ")[0]
    message.set_content(f"Bonjour {first_name},\n\nvoici ce dont nous avons parlé.\n\nBien à vous,\nAtelier Mercier\n")
    if file is not None:
        content, name = file
        kind = ("application", "pdf") if name.endswith(".pdf") else ("text", "csv")
        message.add_attachment(content, maintype=kind[0], subtype=kind[1], filename=name)
    return message.as_bytes()
