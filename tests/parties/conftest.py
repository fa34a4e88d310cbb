"""Two organisations, strictly apart, and their administrators."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from pli.kit.clock import FrozenClock
from pli.parties.api import (
    Account,
    Organisation,
    Role,
    StaffActor,
    SystemActor,
    create_member,
    create_organisation,
    staff_actor,
)

PASSWORD = "un cheval correct agrafe"


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock(datetime(2026, 11, 21, 9, 0, tzinfo=UTC))


@pytest.fixture
def atelier(db: None) -> Organisation:
    return create_organisation(slug="atelier", name="Atelier Mercier", siren="404833048")


@pytest.fixture
def rival(db: None) -> Organisation:
    return create_organisation(slug="rival", name="Rival et Fils")


@pytest.fixture
def staff() -> Callable[..., StaffActor]:
    """Make a member of an organisation and give the actor."""

    def make(organisation: Organisation, role: Role = Role.ADMIN, email: str = "") -> StaffActor:
        address = email or f"{role.value.lower()}@{organisation.slug}.example"
        account = Account.objects.create_user(address, PASSWORD, name=role.label)
        system = SystemActor(organisation.id, "test")
        create_member(actor=system, account=account, role=role)
        return staff_actor(account, organisation.id)

    return make


@pytest.fixture
def alice(atelier: Organisation, staff: Callable[..., StaffActor]) -> StaffActor:
    """Administrator of the atelier."""
    return staff(atelier, Role.ADMIN, "alice@atelier.example")


@pytest.fixture
def bob(rival: Organisation, staff: Callable[..., StaffActor]) -> StaffActor:
    """Administrator of the rival."""
    return staff(rival, Role.ADMIN, "bob@rival.example")
