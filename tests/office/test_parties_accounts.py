"""The door: logging in, resetting, activating; alike for the known and the unknown."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pli.notifications.api import Message
from pli.notifications.secret_values import reveal_secrets
from pli.office.accounts import activity
from pli.parties import api
from pli.parties.api import Account, PartyKind, Role, StaffActor
from tests.parties.conftest import PASSWORD
from tests.support.queue import RunJobs

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def fresh_counters() -> None:
    cache.clear()


@pytest.fixture
def hashes(monkeypatch: pytest.MonkeyPatch, settings: Any) -> list[int]:
    """The iterations of each password hashed: what a try costs, by the hasher of production."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    seen: list[int] = []
    encode = PBKDF2PasswordHasher.encode

    def count(self: Any, password: str, salt: str, iterations: int | None = None) -> str:
        seen.append(iterations or self.iterations)
        return encode(self, password, salt, iterations)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", count)
    return seen


def shape(page: str) -> str:
    """A page without what always differs: the form's token and what was typed."""
    page = re.sub(r'(csrfmiddlewaretoken" value=|X-CSRFToken": )"[^"]*"', "", page)
    return re.sub(r"[a-z0-9.-]+@[a-z.]+|ID-[0-9A-Z-]+", "", page)


def test_a_wrong_password_and_a_stranger_are_answered_alike(hashes: list[int], alice: StaffActor) -> None:
    pending = Account.objects.create_user("invited@atelier.example")
    closed = Account.objects.create_user("closed@atelier.example", PASSWORD)
    closed.is_active = False
    closed.save()
    answers = {}
    tries = ["alice@atelier.example", "personne@ailleurs.example", pending.email, closed.email, pending.login_name,
             "ID-0000-0000-0000-0000"]  # fmt: skip
    for n, login in enumerate(tries):
        hashes.clear()
        password = PASSWORD if login == closed.email else "faux"
        answer = Client(REMOTE_ADDR=f"192.0.2.{n}").post(LOGIN, {"login": login, "password": password})
        answers[login] = (answer.status_code, shape(answer.content.decode()), len(hashes), set(hashes))
    assert len({str(answer) for answer in answers.values()}) == 1, answers
    assert answers["alice@atelier.example"][2] == 1


def test_a_reset_is_answered_alike_and_only_the_job_knows(alice: StaffActor, run_jobs: RunJobs) -> None:
    answers = set()
    for email in ("alice@atelier.example", "personne@ailleurs.example"):
        answer = Client().post("/accounts/password/reset/", {"email": email})
        answers.add((answer.status_code, answer["Location"]))
    assert len(answers) == 1
    assert not Message.objects.exists()
    run_jobs()
    assert [message.to_address for message in Message.objects.all()] == ["alice@atelier.example"]


def test_a_reset_link_sets_a_new_password_once(alice: StaffActor, run_jobs: RunJobs) -> None:
    Client().post("/accounts/password/reset/", {"email": "alice@atelier.example"})
    from pli.office.accounts.mail import mail_password_reset

    mail_password_reset("alice@atelier.example")
    link = reveal_secrets(Message.objects.get())["lien"]
    path = link.partition("://")[2].partition("/")[2]
    browser = Client()
    answer = browser.get(f"/{path}", follow=True)
    form_url = answer.redirect_chain[-1][0]
    fresh = "une autre phrase bien longue"
    assert browser.post(form_url, {"password1": fresh, "password2": fresh}).status_code == 302
    assert Account.objects.get(email="alice@atelier.example").check_password(fresh)
    assert "ne vaut plus" in Client().get(f"/{path}", follow=True).content.decode()


def test_tries_are_limited_whether_the_account_exists(alice: StaffActor) -> None:
    for login in ("alice@atelier.example", "personne@ailleurs.example"):
        pages = [Client().post(LOGIN, {"login": login, "password": "faux"}).content.decode() for _ in range(6)]
        assert "Trop d’essais" in pages[-1], login
        cache.clear()


def test_staff_arrive_in_the_office_and_visitors_in_the_portal(alice: StaffActor) -> None:
    desk = Client()
    answer = desk.post(LOGIN, {"login": "Alice@Atelier.example", "password": PASSWORD})
    assert answer["Location"] == reverse("me:arrival")
    assert desk.get(reverse("me:arrival"))["Location"] == "/office/"
    party = api.create_party(actor=alice, kind=PartyKind.CLIENT, values={"code": "C", "name": "D"})
    api.open_portal_access(actor=alice, party_id=party.id, name="Alice", email="alice@atelier.example")
    page = desk.get(reverse("me:arrival")).content.decode()
    assert "vous invite" in page
    (waiting,) = api.list_invitations(Account.objects.get(id=alice.account_id))
    assert desk.post(reverse("me:accept"), {"invitation": str(waiting.target_id)}).status_code == 302
    assert "travailler" in desk.get(reverse("me:arrival")).content.decode()
    chosen = desk.post(reverse("me:arrival"), {"place": f"portal:{alice.organisation_id}"})
    assert chosen["Location"] == "/portal/"
    assert desk.post(reverse("me:arrival"), {"place": "portal:ailleurs"}).status_code == 404


def test_a_mail_scanner_consumes_nothing(alice: StaffActor) -> None:
    issued = api.invite_member(actor=alice, email="j@a.example", name="Julie", role=Role.MEMBER)
    link = reverse("activation:link", args=[issued.token])
    for _ in range(3):
        scanner = Client()
        first = scanner.get(link)
        assert first["Referrer-Policy"] == "no-referrer"
        assert issued.token not in scanner.get(first["Location"]).content.decode()
        assert scanner.head(first["Location"]).status_code == 200
    person = Client()
    person.get(link)
    weak = person.post(reverse("activation:choose"), {"password": "12345678", "again": "12345678"})
    assert weak.status_code == 422
    done = person.post(reverse("activation:choose"), {"password": PASSWORD, "again": PASSWORD})
    assert done["Location"] == LOGIN
    late = Client()
    late.get(link)
    assert late.get(reverse("activation:choose")).status_code == 410
    assert late.post(reverse("activation:choose"), {"password": PASSWORD, "again": PASSWORD}).status_code == 410


def test_nobody_signs_up_alone(db: None) -> None:
    page = Client().get("/accounts/signup/").content.decode()
    assert "Accès sur invitation" in page
    Client().post("/accounts/signup/", {"email": "x@y.example", "password1": PASSWORD})
    assert not Account.objects.exists()
    assert Client().get("/accounts/email/").status_code == 302


def test_a_deactivated_members_session_ends(alice: StaffActor) -> None:
    api.create_member(
        actor=api.SystemActor(alice.organisation_id, "test"),
        account=Account.objects.create_user("paul@a.example", PASSWORD),
        role=Role.ADMIN,
    )
    desk = Client()
    desk.force_login(Account.objects.get(id=alice.account_id))
    assert desk.get(reverse("members:team")).status_code == 200
    paul = api.staff_actor(Account.objects.get(email="paul@a.example"))
    api.deactivate_member(actor=paul, member_id=alice.member_id)
    assert LOGIN in desk.get(reverse("members:team"))["Location"]


def test_every_page_of_ones_account_shows_and_runs_no_inline_script(alice: StaffActor) -> None:
    desk = Client()
    desk.post(LOGIN, {"login": "alice@atelier.example", "password": PASSWORD})
    desk.post("/accounts/reauthenticate/", {"password": PASSWORD})
    pages = ["/account/", "/accounts/password/change/", "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/",
             "/accounts/2fa/webauthn/add/", "/accounts/sessions/"]  # fmt: skip
    for url in pages:
        answer = desk.get(url)
        assert answer.status_code == 200, url
        page = answer.content.decode()
        assert '<html lang="fr"' in page
        for script in re.findall(r"<script[^>]*>", page):
            assert "src=" in script or "application/json" in script, (url, script)
        assert not re.search(r"<[^>]+\s(style|on[a-z]+)=", page), url
    for url in (LOGIN, "/accounts/password/reset/", "/accounts/logout/", reverse("activation:letter")):
        assert (Client() if url != "/accounts/logout/" else desk).get(url).status_code == 200


def test_an_authenticator_app_protects_and_its_key_is_encrypted(alice: StaffActor) -> None:
    from allauth.mfa.models import Authenticator
    from allauth.mfa.totp.internal import auth

    desk = Client()
    desk.post(LOGIN, {"login": "alice@atelier.example", "password": PASSWORD})
    desk.post("/accounts/reauthenticate/", {"password": PASSWORD})
    desk.get("/accounts/2fa/totp/activate/")
    secret = desk.session["mfa.totp.secret"]
    code = auth.format_hotp_value(auth.hotp_value(secret, int(__import__("time").time()) // 30))
    assert desk.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302
    stored = Authenticator.objects.get(type="totp")
    assert secret not in json.dumps(stored.data)
    assert desk.get("/accounts/2fa/recovery-codes/").status_code == 200
    again = Client()
    answer = again.post(LOGIN, {"login": "alice@atelier.example", "password": PASSWORD})
    assert answer["Location"].startswith("/accounts/2fa/authenticate/")
    assert LOGIN in again.get(reverse("members:team"))["Location"]
    assert again.get("/accounts/2fa/authenticate/").status_code == 200


def test_the_language_of_the_account_is_spoken(alice: StaffActor) -> None:
    desk = Client()
    desk.force_login(Account.objects.get(id=alice.account_id))
    desk.post(reverse("me:language"), {"language": "en"})
    assert '<html lang="en"' in desk.get("/account/").content.decode()


def test_a_session_s_last_use_is_noted_once_a_minute_and_a_new_place_at_once(
    alice: StaffActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = Client(HTTP_HOST="localhost", headers={"User-Agent": "A"})
    client.force_login(Account.objects.get(id=alice.account_id))
    now = 1000.0
    monkeypatch.setattr(activity.time, "monotonic", lambda: now)

    def visit(**more: Any) -> tuple[bool, UserSession]:
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/office/", **more).status_code == 200
        wrote = any("usersessions" in one["sql"] for one in asked.captured_queries)
        return wrote, UserSession.objects.get(session_key=client.session.session_key)

    first, _ = visit()
    again, _ = visit()
    elsewhere, moved = visit(REMOTE_ADDR="192.0.2.7")
    now += activity.WITHIN
    later, seen = visit(REMOTE_ADDR="192.0.2.7")
    assert (first, again, elsewhere, later) == (True, False, True, True)
    assert moved.ip == "192.0.2.7"
    assert seen.last_seen_at > moved.last_seen_at
