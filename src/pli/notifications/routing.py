"""Which gateway is in force for a channel: the provider the installation names, else the local stand-in."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from pli.kit.errors import Phrase, PlugError
from pli.kit.registry import Registry
from pli.notifications.models import Channel
from pli.notifications.plugs import GatewaySettings

GATEWAYS: Registry[type[Any]] = Registry("pli.gateways")
_VARIABLES = {Channel.EMAIL: "PLI_MAIL_URL", Channel.SMS: "PLI_SMS_URL"}


def gateway_for(channel: str) -> Any:
    """The gateway in force for ``channel`` (an ``EmailGateway`` or an ``SmsGateway``).

    :raises PlugError: temporary, when the setting is wrong: messages wait until it is mended.
    """
    return _gateway(channel, _address_of(channel))


def is_local(channel: str) -> bool:
    """Whether messages of that channel stay on this machine."""
    return urlsplit(_address_of(channel)).scheme == "local"


def _address_of(channel: str) -> str:
    return str(getattr(settings, _VARIABLES[Channel(channel)], "")) or "local://"


@lru_cache(maxsize=8)
def _gateway(channel: str, address: str) -> Any:
    variable = _VARIABLES[Channel(channel)]
    scheme = urlsplit(address).scheme.lower()
    plugs = [plug for plug in GATEWAYS.all().values() if plug.channel == channel]
    chosen = next((p for p in plugs if scheme in p.schemes), None) or next((p for p in plugs if "*" in p.schemes), None)
    if chosen is None:
        raise PlugError(
            service=variable, reason=Phrase("« %(scheme)s:// » n’est le nom d’aucun service connu", scheme=scheme)
        )
    try:
        return chosen(GatewaySettings(url=address))
    except ValueError as error:
        raise PlugError(service=variable, reason=str(error)) from None
