"""Raw messages: handed to the same provider as Pli's own e-mails, unchanged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pli.kit.errors import PlugError
from pli.notifications.models import Channel
from pli.notifications.plugs import RawEmail, Verdict
from pli.notifications.routing import gateway_for


@dataclass(frozen=True)
class Relayed:
    """Who took the message, and what they said of each recipient."""

    provider: str
    verdicts: Mapping[str, Verdict]


def relay_email(mail: RawEmail) -> Relayed:
    """Hand a raw message to the provider in force. The caller records what came of it, and tries again.

    :raises PlugError: when nobody got it, or nobody can say; ``permanent`` only when it was refused for all.
    """
    gateway = gateway_for(Channel.EMAIL)
    if not hasattr(gateway, "relay"):
        raise PlugError(service=gateway.slug, reason="ce service ne transmet pas les courriels tels quels")
    return Relayed(gateway.slug, gateway.relay(mail))
