"""SMS through any of the providers Apprise knows (Twilio, Vonage, Brevo, Octopush, SMPP with ``smpplib``…).

``PLI_SMS_URL`` is an Apprise address with places: ``{to}`` (``+33612345678``, escaped), ``{digits}`` (``33612345678``)
and ``{sender}``. Example: ``twilio://SID:TOKEN@+33700000000/{to}``.
"""

from __future__ import annotations

import logging
import re
from typing import Any, ClassVar
from urllib.parse import quote, urlsplit

from pli.kit.errors import PlugError
from pli.notifications.plugs import GatewaySettings, OutgoingSms, Receipt

_SAMPLE = OutgoingSms("probe", "+33612345678", "Pli", "")
_DIGITS = re.compile(r"\+?\d{6,}")


class AppriseSmsGateway:
    """Apprise says whether a message was taken, rarely why not, and never under which number: the receipt is poor."""

    slug: ClassVar[str] = "apprise"
    channel: ClassVar[str] = "SMS"
    schemes: ClassVar[frozenset[str]] = frozenset({"*"})

    def __init__(self, settings: GatewaySettings) -> None:
        self.template = settings.url
        self.timeout = settings.timeout
        if "{to}" not in self.template and "{digits}" not in self.template:
            raise ValueError("PLI_SMS_URL doit dire où mettre le numéro : {to} ou {digits}")

    def probe(self) -> str:
        self._service(_SAMPLE)
        scheme = urlsplit(self.template).scheme
        return f"L’adresse {scheme}:// est comprise ; Apprise ne permet pas d’essayer sans envoyer."

    def send(self, sms: OutgoingSms) -> Receipt:
        service, name = self._service(sms)
        result = service.notify(body=sms.text, body_format="text", timeout=self.timeout)
        if not result:
            said = [entry.message for entry in result.logs() if entry.level in ("WARNING", "ERROR", "CRITICAL")]
            raise self._failed(
                _without_numbers(" ; ".join(said)) or "le service a refusé le message sans dire pourquoi"
            )
        return Receipt(f"{self.slug} {name}", "", "accepté")

    def _service(self, sms: OutgoingSms) -> tuple[Any, str]:
        """Apprise with one recipient. Its debug log shows whole messages, codes included: it is kept silent."""
        import apprise  # a slow import, which an installation without SMS never needs

        logging.getLogger("apprise").setLevel(logging.WARNING)
        places = {
            "{to}": quote(sms.to, safe=""),
            "{digits}": sms.to.lstrip("+"),
            "{sender}": quote(sms.sender, safe=""),
        }
        address = self.template
        for place, value in places.items():
            address = address.replace(place, value)
        service = apprise.Apprise()
        if not service.add(address):
            raise self._failed("l’adresse PLI_SMS_URL n’est pas comprise par Apprise")
        return service, str(service[0].service_name or urlsplit(address).scheme)

    def _failed(self, reason: str) -> PlugError:
        # Apprise does not tell a passing fault from a refusal: the room's own deadline ends the tries.
        return PlugError(service=f"apprise {urlsplit(self.template).scheme}", reason=reason)


def _without_numbers(text: str) -> str:
    return _DIGITS.sub("…", " ".join(text.split()))[:300]
