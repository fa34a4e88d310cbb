"""SMS through OVHcloud's API: ``ovh://APP_KEY:APP_SECRET:CONSUMER_KEY@sms-xx00000-1/`` (``?endpoint=https://…/1.0``).

Source: https://eu.api.ovh.com/console/?section=/sms (POST /sms/{serviceName}/jobs) and OVHcloud's signature scheme.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

from pli.kit.errors import PlugError
from pli.notifications.plugs import GatewaySettings, OutgoingSms, Receipt
from pli.notifications.sms import is_gsm7

if TYPE_CHECKING:
    import httpx

ENDPOINT = "https://eu.api.ovh.com/1.0"
_MINUTES_OF_USE = 60


class OvhSmsGateway:
    """Signed calls; the time is OVHcloud's own, so that a machine with a wrong clock can still send."""

    slug: ClassVar[str] = "ovh"
    channel: ClassVar[str] = "SMS"
    schemes: ClassVar[frozenset[str]] = frozenset({"ovh"})

    def __init__(self, settings: GatewaySettings) -> None:
        parts = urlsplit(settings.url)
        # The user part is split on its first colon only: the secret and the consumer key share what follows.
        secret, _, consumer = unquote(parts.password or "").partition(":")
        self.application, self.secret, self.consumer = unquote(parts.username or ""), secret, consumer
        self.service = parts.hostname or ""
        self.endpoint = parse_qs(parts.query).get("endpoint", [ENDPOINT])[0].rstrip("/")
        self.timeout = settings.timeout
        if not all((self.application, self.secret, self.consumer, self.service)):
            raise ValueError("PLI_SMS_URL attendu : ovh://CLE:SECRET:CLE_CLIENT@sms-xx00000-1/")

    def probe(self) -> str:
        credits_left = self._call("GET", f"/sms/{self.service}").get("creditsLeft")
        return f"Le compte {self.service} répond ; crédits restants : {credits_left}."

    def send(self, sms: OutgoingSms) -> Receipt:
        answer = self._call(
            "POST",
            f"/sms/{self.service}/jobs",
            {
                "charset": "UTF-8", "class": "phoneDisplay", "coding": "7bit" if is_gsm7(sms.text) else "8bit",
                "message": sms.text, "noStopClause": True, "priority": "high", "receivers": [sms.to],
                "sender": sms.sender, "tag": hashlib.sha256(sms.reference.encode()).hexdigest()[:20],
                "validityPeriod": _MINUTES_OF_USE,
            },
        )  # fmt: skip
        if not answer.get("validReceivers"):
            raise self._failed("le numéro n’est pas accepté", permanent=True)
        identities = ",".join(str(i) for i in answer.get("ids", []))
        return Receipt(self.slug, identities, f"accepté ; crédits : {answer.get('totalCreditsRemoved')}")

    def _call(self, method: str, path: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        import httpx

        url, body = f"{self.endpoint}{path}", json.dumps(data) if data is not None else ""
        try:
            with httpx.Client(timeout=self.timeout, follow_redirects=False) as client:
                instant = client.get(f"{self.endpoint}/auth/time").raise_for_status().text.strip()
                signed = "+".join((self.secret, self.consumer, method, url, body, instant))
                headers = {
                    "Content-Type": "application/json",
                    "X-Ovh-Application": self.application,
                    "X-Ovh-Consumer": self.consumer,
                    "X-Ovh-Timestamp": instant,
                    # OVHcloud's scheme, not ours: SHA-1 keyed by the secret.
                    "X-Ovh-Signature": "$1$" + hashlib.sha1(signed.encode(), usedforsecurity=False).hexdigest(),
                }
                answer = client.request(method, url, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise self._failed(f"pas de réponse ({type(error).__name__})") from error
        return self._read(answer)

    def _read(self, answer: httpx.Response) -> dict[str, Any]:
        try:
            content = answer.json()
        except ValueError:
            content = None
        if answer.status_code // 100 == 2 and isinstance(content, dict):
            return content
        said = str(content.get("message", "")) if isinstance(content, dict) else ""
        # 400: this very SMS is refused. 401, 403, 404 (the account's setting), 429 and 5xx are tried again.
        raise self._failed(
            f"réponse {answer.status_code} {' '.join(said.split())[:200]}".strip(), permanent=answer.status_code == 400
        )

    def _failed(self, reason: str, *, permanent: bool = False) -> PlugError:
        return PlugError(service="OVHcloud SMS", reason=reason, permanent=permanent)
