"""The demonstration's mail gateway: a log-in for those who write, and what the commercial sent by it."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from pli.gateway.api import (
    Arrival,
    MailAccount,
    Target,
    accept_many,
    change_account,
    make_account,
    own_account,
    read_subject,
)
from pli.kit.clock import PARIS, SYSTEM_CLOCK
from pli.parties.api import Account, Role, StaffActor

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
    address = Account.objects.get(id=sender.account_id).email
    accept_many(
        [
            Arrival(
                organisation_id=sender.organisation_id,
                account_id=account.id,
                sender=address,
                targets=(Target("julie.martin@dupont.example"),),
                content=_write(address, subject, file),
                subject=read_subject(subject).rest,
                tag=read_subject(subject).words,
            )
            for subject, file in wanted
        ]
    )


def _write(address: str, subject: str, file: bytes | None) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = address
    message["To"] = "Julie Martin <julie.martin@dupont.example>"
    message["Subject"] = subject
    message.set_content("Bonjour Julie,\n\nvoici ce dont nous avons parlé.\n\nBien à vous,\nAtelier Mercier\n")
    if file is not None:
        message.add_attachment(file, maintype="text", subtype="csv", filename="plans-atelier.csv")
    return message.as_bytes()
