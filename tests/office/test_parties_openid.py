"""Logging in by OpenID Connect, against a small provider that really signs its tokens (OpenID Connect Core 1.0)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from django.core.cache import cache
from django.test import Client
from jwt.algorithms import RSAAlgorithm

from pli.parties.api import Account, StaffActor
from pli.project.faults import SettingsContradict
from pli.project.openid import openid_apps, openid_origin

pytestmark = pytest.mark.django_db
START = "/accounts/oidc/company/login/"
BACK = "/accounts/oidc/company/login/callback/"


class QuietHandler(WSGIRequestHandler):
    """Says nothing."""

    def log_message(self, *_: Any) -> None:
        pass


@dataclass
class Provider:
    """An issuer that says whatever ``claims`` holds."""

    url: str = ""
    nonce: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    key: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))

    def __call__(self, environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        path = environ["PATH_INFO"]
        answer: dict[str, Any]
        if path == "/.well-known/openid-configuration":
            answer = {
                "issuer": self.url, "authorization_endpoint": f"{self.url}/authorize",
                "token_endpoint": f"{self.url}/token", "userinfo_endpoint": f"{self.url}/userinfo",
                "jwks_uri": f"{self.url}/jwks",
            }  # fmt: skip
        elif path == "/jwks":
            answer = {"keys": [{**json.loads(RSAAlgorithm.to_jwk(self.key.public_key())), "kid": "1", "alg": "RS256"}]}
        elif path == "/token":
            now = int(time.time())
            told = {**self.claims, "iss": self.url, "aud": "pli", "iat": now, "exp": now + 60, "nonce": self.nonce}
            token = jwt.encode(told, self.key, "RS256", headers={"kid": "1"})
            answer = {"access_token": "a", "token_type": "Bearer", "id_token": token, "expires_in": 60}
        else:
            answer = self.claims
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(answer).encode()]


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    issuer = Provider()
    with make_server("127.0.0.1", 0, issuer, handler_class=QuietHandler) as server:
        issuer.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        app = {"provider_id": "company", "name": "La société", "client_id": "pli", "secret": "s",
               "settings": {"server_url": issuer.url, "fetch_userinfo": True}}  # fmt: skip
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        cache.clear()
        yield issuer
        server.shutdown()
        thread.join()


def log_in(provider: Provider, browser: Client, **claims: Any) -> Any:
    """Go there and come back, as a browser would."""
    provider.claims = {"sub": "42", **claims}
    there = browser.post(START)
    query = parse_qs(urlsplit(there["Location"]).query)
    assert query["code_challenge_method"] == ["S256"]
    provider.nonce = query.get("nonce", [""])[0]
    return browser.get(BACK, {"code": "c", "state": query["state"][0]})


def test_a_known_person_enters_by_their_verified_address(provider: Provider, alice: StaffActor) -> None:
    page = Client().get("/accounts/login/").content.decode()
    assert "La société" in page
    browser = Client()
    answer = log_in(provider, browser, email="Alice@Atelier.example", email_verified=True)
    assert answer["Location"] == "/account/arrival"
    assert browser.session["_auth_user_id"] == str(alice.account_id)
    # The tie holds afterwards, whatever the provider then says of the address.
    again = Client()
    assert log_in(provider, again, email="autre@x.example", email_verified=False)["Location"] == "/account/arrival"
    assert again.session["_auth_user_id"] == str(alice.account_id)


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "alice@atelier.example", "email_verified": False},
        {"email": "alice@atelier.example"},
        {"email": "inconnu@ailleurs.example", "email_verified": True},
        {},
    ],
)
def test_everybody_else_stays_outside(provider: Provider, alice: StaffActor, claims: dict[str, Any]) -> None:
    browser, before = Client(), Account.objects.count()
    answer = log_in(provider, browser, **claims)
    page = browser.get(answer["Location"]) if answer.status_code == 302 else answer
    assert "_auth_user_id" not in browser.session
    assert "Accès sur invitation" in page.content.decode()
    assert Account.objects.count() == before


def test_a_deactivated_account_stays_outside(provider: Provider, alice: StaffActor) -> None:
    Account.objects.filter(id=alice.account_id).update(is_active=False)
    browser = Client()
    log_in(provider, browser, email="alice@atelier.example", email_verified=True)
    assert "_auth_user_id" not in browser.session


def test_a_provider_is_not_tied_from_inside(provider: Provider, alice: StaffActor) -> None:
    from allauth.socialaccount.models import SocialAccount

    browser = Client()
    browser.force_login(Account.objects.get(id=alice.account_id))
    there = browser.post(f"{START}?process=connect")
    provider.claims = {"sub": "666", "email": "pirate@x.example", "email_verified": True}
    state = parse_qs(urlsplit(there["Location"]).query)["state"][0]
    browser.get(BACK, {"code": "c", "state": state})
    assert not SocialAccount.objects.exists()


def test_a_forged_state_is_refused(provider: Provider, alice: StaffActor) -> None:
    browser = Client()
    browser.post(START)
    answer = browser.get(BACK, {"code": "c", "state": "faux"})
    assert "_auth_user_id" not in browser.session
    assert "Connexion impossible" in answer.content.decode()


def test_the_environment_names_the_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLI_OIDC_CLIENT_ID", "pli")
    monkeypatch.setenv("PLI_OIDC_CLIENT_SECRET", "s")
    (app,) = openid_apps("https://sso.societe.example/realms/x")
    assert (app["client_id"], app["secret"], app["name"]) == ("pli", "s", "sso.societe.example")
    assert openid_origin("https://sso.societe.example/realms/x") == ["https://sso.societe.example"]
    assert openid_apps("") == [] == openid_origin("")
    with pytest.raises(SettingsContradict):
        openid_apps("http://sso.societe.example")
    monkeypatch.delenv("PLI_OIDC_CLIENT_ID")
    with pytest.raises(SettingsContradict):
        openid_apps("https://sso.societe.example")
