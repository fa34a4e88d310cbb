"""After a whole journey, no link, code, password or token stands anywhere but in its owner's hands."""

from __future__ import annotations

import json
import logging

import pytest
from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.test import Client

from pli.api.api import SCOPES, issue_token
from pli.notifications.api import Message, local_outbox
from pli.parties.api import Account
from pli.signing.api import Signer, sign
from tests.support.ceremonies import JULIE, answer_of, ask, last_code, last_link, reach
from tests.support.people import PASSWORD, House, make_house
from tests.support.queue import RunJobs

# Where the secrets of a trial machine's outbox are kept: encrypted, and apart.
KEPT_APART = {"notifications.messagesecret"}


def _everything_in_the_database() -> str:
    """Each row of each table of Pli's, as text; bytes as they are where they read as text."""
    rows: list[str] = []
    for model in apps.get_models():
        if model._meta.app_config.name.startswith("pli.") and model._meta.label_lower not in KEPT_APART:
            for row in model.objects.values():
                shown = {
                    name: bytes(value).decode("latin-1") if isinstance(value, memoryview | bytes) else value
                    for name, value in row.items()
                }
                rows.append(f"{model._meta.label} {json.dumps(shown, cls=DjangoJSONEncoder, ensure_ascii=False)}")
    return "\n".join(rows)


def _everything_staff_can_open(house: House, headers: dict[str, str]) -> str:
    """The pages of the office and of the API about that journey, for every role, the trial outbox left out."""
    signer = Signer.objects.select_related("ceremony").get()
    document = signer.ceremony.papers.get().document_id
    paths = [
        "/office/", "/office/todo/", "/office/documents/", f"/office/documents/{document}/", "/office/signatures/",
        f"/office/signatures/{signer.ceremony_id}/", "/office/messages/", "/office/settings/team/", "/office/parties/",
        f"/office/parties/{house.dupont.id}/",
        *(f"/office/messages/{row.id}/" for row in Message.objects.all()),
    ]  # fmt: skip
    seen = []
    for actor in (house.alice, house.bruno, house.chloe, house.denis):
        browser = Client()
        browser.force_login(Account.objects.get(id=actor.account_id))
        seen += [browser.get(path).content.decode() for path in paths]
    for path in ("/ceremonies", f"/ceremonies/{signer.ceremony_id}", "/events", "/documents", "/parties", "/me"):
        answer = Client().get(f"/api/v1{path}", headers=headers)
        assert answer.status_code == 200, path
        seen.append(answer.content.decode())
    return "\n".join(seen)


@pytest.mark.django_db
def test_no_secret_is_told_to_anybody_else(run_jobs: RunJobs, caplog: pytest.LogCaptureFixture) -> None:
    house = make_house()
    with caplog.at_level(logging.DEBUG):
        token, api_token = issue_token(house.alice, name="essai", scopes=list(SCOPES))
        ask(house)
        run_jobs()
        link = last_link(house, JULIE.email)
        devices: list[str] = []
        session = reach(house, JULIE.email, run_jobs, keep_device=devices.append)
        code = last_code(house, JULIE.email)
        sign(session, answer_of(Signer.objects.get()))
        run_jobs()
        entered = Client().post("/accounts/login/", {"login": "alice@mercier.example", "password": PASSWORD})
        assert entered.status_code == 302
        pages = _everything_staff_can_open(house, {"Authorization": f"Bearer {api_token}"})
    assert link in "".join(one.text for one in local_outbox(house.alice)), "the trial outbox is where it may be read"
    secrets = {"link": link, "device": devices[0], "password": PASSWORD, "API token": api_token.rsplit("_", 1)[1]}
    places = {"logs": caplog.text, "database": _everything_in_the_database(), "pages": pages}
    for name, secret in secrets.items():
        for place, text in places.items():
            assert secret not in text, f"{name} in {place}: …{text[max(0, text.find(secret) - 200) :][:200]}"
    for place, text in places.items():
        for around in (f"code {code}", f"code : {code}", f'"{code}"', f"\n{code}\n", f">{code}<", f": {code}"):
            assert around not in text, f"code in {place}"
    assert token.id
