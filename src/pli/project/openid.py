"""The company's own log-in, by OpenID Connect: PLI_OIDC_ISSUER, PLI_OIDC_CLIENT_ID, PLI_OIDC_CLIENT_SECRET[_FILE]."""

from __future__ import annotations

import os
from urllib.parse import urlsplit

from pli.project.config import read_secret
from pli.project.faults import SettingsContradict


def openid_apps(issuer: str) -> list[dict[str, object]]:
    """allauth's description of the provider; empty when none is set.

    :raises SettingsContradict: for an issuer without a client, or one that is not https (loopback aside).
    """
    if not issuer:
        return []
    client = os.environ.get("PLI_OIDC_CLIENT_ID", "")
    parts = urlsplit(issuer)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1"))
    if not client or not is_safe:
        raise SettingsContradict(reason=f"PLI_OIDC_ISSUER={issuer} PLI_OIDC_CLIENT_ID={client}")
    return [
        {
            "provider_id": "company",
            "name": os.environ.get("PLI_OIDC_NAME") or parts.hostname or issuer,
            "client_id": client,
            "secret": read_secret("PLI_OIDC_CLIENT_SECRET"),
            "settings": {"server_url": issuer, "fetch_userinfo": True},
        }
    ]


def openid_origin(issuer: str) -> list[str]:
    """The provider's origin, for the policy of our pages."""
    parts = urlsplit(issuer)
    return [f"{parts.scheme}://{parts.netloc}"] if issuer else []
