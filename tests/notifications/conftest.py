"""An organisation, a clock, and a short way to ask for a message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import transaction

from pli.kit.clock import FrozenClock
from pli.notifications.api import Message, Recipient, send_notice
from pli.parties.api import Account, Member, Organisation, Role, StaffActor

SUBJECT = ("ceremony", UUID("01940000-0000-7000-8000-000000000001"))
LINK = "https://pli.example/s/very-secret-token-0123456789"
Ask = Callable[..., Message]


@pytest.fixture(autouse=True)
def keys(tmp_path: Path, settings: Any) -> Iterator[None]:
    """Every test has its own PLI_HOME: its own key, its own blobs."""
    settings.PLI_HOME = tmp_path
    settings.PLI_MAIL_URL = settings.PLI_SMS_URL = settings.PLI_SMS_SENDER = ""
    settings.PLI_MAIL_FROM = "pli@atelier.example"
    yield


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 11, 21, 9, 0, tzinfo=UTC))


@pytest.fixture
def organisation(db: None) -> Organisation:
    return Organisation.objects.create(
        slug=f"atelier-{uuid4().hex[:8]}", name="Atelier Mercier", contact_email="alice@atelier.example"
    )


def staff(organisation: Organisation, role: Role) -> StaffActor:
    account = Account.objects.create_user(f"{uuid4().hex[:8]}@atelier.example", name="Alice Mercier")
    member = Member.objects.create(organisation=organisation, account=account, role=role)
    return StaffActor(organisation.id, account.id, member.id, role)


@pytest.fixture
def alice(organisation: Organisation) -> StaffActor:
    return staff(organisation, Role.ADMIN)


@pytest.fixture
def ask(organisation: Organisation, clock: FrozenClock) -> Ask:
    """An invitation to Julie, unless told otherwise."""

    def asked(**changes: Any) -> Message:
        given: dict[str, Any] = {
            "organisation_id": organisation.id,
            "template": "signature.invitation",
            "channel": "EMAIL",
            "to": Recipient("Julie Martin", "julie@client.example"),
            "fields": {"document": "Devis 2026-041", "signataire": "Julie Martin", "date_limite": "5 décembre 2026"},
            "secrets": {"lien": LINK},
            "subject": SUBJECT,
            "dedupe_key": uuid4().hex,
            "clock": clock,
            **changes,
        }
        with transaction.atomic():
            return send_notice(**given)

    return asked
