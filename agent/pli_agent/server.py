"""Talking to Pli: always from here outwards, by HTTPS."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

_SECONDS = 30
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class ServerRefused(Exception):
    """What Pli answered instead of doing it, in its own words; ``code`` names it (docs/errors.md)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class ServerAway(Exception):
    """Pli does not answer: worth another try."""


class Server:
    """Pli at ``address``, for the workstation that holds ``token`` (none before it is paired)."""

    def __init__(self, address: str, token: str = "") -> None:
        parts = urlsplit(address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise ValueError("the address must begin with https://")
        self.address, self._token = address.rstrip("/"), token

    def pair(self, code: str, name: str, certificates: list[str]) -> dict[str, Any]:
        """Bind this workstation; the answer holds its token."""
        return self._call("POST", "pair", {"code": code, "name": name, "certificates": certificates})

    def work(self) -> list[dict[str, Any]]:
        """What waits for a signature here."""
        found: list[dict[str, Any]] = self._call("GET", "work")["work"]
        return found

    def give(self, work_id: str, chain: list[str], value: str) -> None:
        """Hand over a signature."""
        self._call("POST", f"work/{work_id}/signature", {"chain": chain, "value": value})

    def tell_problem(self, work_id: str, problem: str) -> None:
        """Say what kept us from signing, for the screen in Pli."""
        self._call("POST", f"work/{work_id}/problem", {"problem": problem})

    def refuse(self, work_id: str) -> None:
        """The person said no."""
        self._call("POST", f"work/{work_id}/refusal", {})

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        request = urllib.request.Request(  # noqa: S310 - the scheme was checked above
            f"{self.address}/agent/v1/{path}",
            method=method,
            headers=headers,
            data=None if body is None else json.dumps(body).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=_SECONDS) as answer:  # noqa: S310
                return json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            raise _told(error) from error
        except (urllib.error.URLError, TimeoutError, ConnectionError, ValueError) as error:
            raise ServerAway(str(error)) from error


def _told(error: urllib.error.HTTPError) -> Exception:
    try:
        told = json.loads(error.read())
        return ServerRefused(str(told["code"]), f"{told['message']} {told.get('remedy', '')}".strip())
    except (ValueError, KeyError, TypeError):
        return ServerAway(f"HTTP {error.code}")
