"""The people of the tests, everywhere the same: Alice administers, Bruno manages, Chloé files, Denis audits."""

from __future__ import annotations

from dataclasses import dataclass

from django.test import Client

from pli.documents.api import make_default_kinds, root_folder
from pli.parties.api import (
    Account,
    Contact,
    Member,
    Organisation,
    Party,
    PartyKind,
    PortalAccess,
    PortalActor,
    Role,
    StaffActor,
)

PASSWORD = "cheval-batterie-agrafe-42"


@dataclass(frozen=True)
class House:
    """One organisation with its staff, and a client with a contact and a portal."""

    organisation: Organisation
    alice: StaffActor
    bruno: StaffActor
    chloe: StaffActor
    denis: StaffActor
    dupont: Party
    julie: Contact
    portal: PortalActor


def _staff(organisation: Organisation, name: str, role: Role) -> StaffActor:
    email = f"{name.lower()}@{organisation.slug}.example"
    account = Account.objects.create_user(email, PASSWORD, name=name)
    member = Member.objects.create(organisation=organisation, account=account, role=role)
    return StaffActor(organisation.id, account.id, member.id, role)


def make_house(slug: str = "mercier") -> House:
    """An organisation of that slug with everybody in it."""
    organisation = Organisation.objects.create(slug=slug, name=f"Atelier {slug.title()}", siren="732829320")
    make_default_kinds(organisation.id)
    root_folder(organisation.id)
    dupont = Party.objects.create(
        organisation=organisation, kind=PartyKind.CLIENT, code="C001", name="Dupont SARL", email="dupont@client.example"
    )
    julie = Contact.objects.create(party=dupont, name="Julie Martin", email="julie@client.example")
    account = Account.objects.create_user(f"julie@{slug}-client.example", PASSWORD, name="Julie Martin")
    PortalAccess.objects.create(party=dupont, account=account)
    return House(
        organisation=organisation,
        alice=_staff(organisation, "Alice", Role.ADMIN),
        bruno=_staff(organisation, "Bruno", Role.MANAGER),
        chloe=_staff(organisation, "Chloe", Role.MEMBER),
        denis=_staff(organisation, "Denis", Role.AUDITOR),
        dupont=dupont,
        julie=julie,
        portal=PortalActor(organisation.id, account.id, frozenset({dupont.id})),
    )


def enter(actor: StaffActor) -> Client:
    """A browser of sorts, logged in as this member of the staff."""
    client = Client()
    client.force_login(Account.objects.get(id=actor.account_id))
    return client
