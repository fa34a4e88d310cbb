"""The stand-in when no provider is set: the message stays on this machine (« Boîte d’envoi locale »)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pli.notifications.plugs import GatewaySettings, OutgoingEmail, OutgoingSms, RawEmail, Receipt, Verdict

REPLY = "gardé sur cette machine"


class _LocalGateway:
    """Carries nothing: the room that keeps the message shows it itself."""

    slug: ClassVar[str] = "local"
    schemes: ClassVar[frozenset[str]] = frozenset({"local"})

    def __init__(self, settings: GatewaySettings) -> None:
        self.settings = settings

    def probe(self) -> str:
        return "Les messages ne quittent pas cette machine."


class LocalEmailGateway(_LocalGateway):
    """Keeps e-mails at home."""

    channel: ClassVar[str] = "EMAIL"

    def send(self, mail: OutgoingEmail) -> Receipt:
        return Receipt(self.slug, mail.message_id, REPLY)

    def relay(self, mail: RawEmail) -> Mapping[str, Verdict]:
        return {recipient: Verdict(is_taken=True, reply=REPLY, is_reporting=True) for recipient in mail.recipients}


class LocalSmsGateway(_LocalGateway):
    """Keeps SMS at home."""

    channel: ClassVar[str] = "SMS"

    def send(self, sms: OutgoingSms) -> Receipt:
        return Receipt(self.slug, sms.reference, REPLY)
