"""Made once, at the first ``./run``: people, papers, requests for signature in every state, and demo.json."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from pli.api.api import make_demo_token
from pli.capture.api import (
    PrinterSettings,
    Station,
    create_printer,
    note_stranger,
    printer_address,
    printers_for,
    renew_address,
)
from pli.documents.api import make_default_kinds, root_folder
from pli.kit.clock import SYSTEM_CLOCK, paris_day
from pli.parties.api import (
    Account,
    Member,
    Organisation,
    Party,
    Role,
    StaffActor,
    add_contact,
    create_organisation,
    create_party,
    create_portal_access,
    staff_actor,
    update_organisation,
)
from pli.project.demonstration.arrivals import make_arrivals
from pli.project.demonstration.billing import make_account
from pli.project.demonstration.flows import make_flows
from pli.project.demonstration.mails import ask_for_mobiles, make_mail_accounts, send_mails
from pli.project.demonstration.people import NEIGHBOUR, OWN_PAPERS, PARTIES, PASSWORD, PORTALS, STAFF
from pli.project.demonstration.proofs import renew_oldest_proof
from pli.project.demonstration.requests import make_requests
from pli.project.demonstration.runs import make_runs
from pli.project.demonstration.sources import make_sources
from pli.project.demonstration.templates import make_template
from pli.project.home import write_atomically
from pli.signing.api import seal_of

SLUG = "atelier-mercier"
TEAM_PRINTER = "Pli – Atelier Mercier"


@dataclass
class Company:
    """What has been made so far."""

    organisation: Organisation
    staff: dict[Role, StaffActor] = field(default_factory=dict)
    parties: dict[str, Party] = field(default_factory=dict)
    token: str = ""
    printers: list[dict[str, str]] = field(default_factory=list)
    recipe: dict[str, str] = field(default_factory=dict)
    flows: list[dict[str, str]] = field(default_factory=list)
    sources: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def make_demonstration(home: Path) -> None:
    """Make the demonstration company and write ``demo.json``. Safe to repeat after a crash: what is there stays."""
    company = make_company()
    _make_neighbour()
    today = paris_day(SYSTEM_CLOCK.now())
    make_account(company.staff[Role.ADMIN], now=SYSTEM_CLOCK.now())
    make_requests(company.staff, company.parties, today=today)
    renew_oldest_proof(company.organisation.id)
    make_template(company.staff, today=today)
    company.recipe, printer = make_runs(company.staff, company.parties, today=today)
    company.printers.append(printer)
    company.flows = make_flows(company.staff, company.parties, today=today)
    make_arrivals(company.staff, printer_name=TEAM_PRINTER, today=today)
    send_mails(company.staff[Role.ADMIN])
    ask_for_mobiles(company.staff[Role.MANAGER])
    write_atomically(home / "demo.json", json.dumps(_describe(company), indent=2, ensure_ascii=False))


@transaction.atomic
def make_company() -> Company:
    """The company itself, without its papers: its people, its parties, its printers and a token. Safe to repeat."""
    organisation = Organisation.objects.filter(slug=SLUG).first()
    if organisation is None:
        organisation = create_organisation(
            slug=SLUG, name="Atelier Mercier", siren="732829320", contact_email="contact@mercier.example",
            purpose="demonstration",
        )  # fmt: skip
    company = Company(organisation)
    make_default_kinds(organisation.id)
    root_folder(organisation.id)
    seal_of(organisation)
    for email, name, role in STAFF:
        company.staff[role] = _staff(organisation, email, name, role)
    admin = company.staff[Role.ADMIN]
    update_organisation(actor=admin, values=OWN_PAPERS)
    for kind, code, name, siren, email, street, postcode, city, contacts in PARTIES:
        party = Party.objects.filter(organisation=organisation, kind=kind, code=code).first()
        if party is None:
            values = {"code": code, "name": name, "siren": siren, "email": email, "line_1": street}
            party = create_party(actor=admin, kind=kind, values={**values, "postcode": postcode, "city": city})
            for contact, address, mobile, job in contacts:
                details = {"name": contact, "email": address, "mobile": mobile, "job_title": job}
                add_contact(actor=admin, party_id=party.id, values=details)
        company.parties[code] = party
    for code, email, name in PORTALS:
        party = company.parties[code]
        if not party.accesses.exists():
            create_portal_access(actor=admin, party_id=party.id, account=_account(email, name))
    company.printers = _make_printers(company)
    company.sources = make_sources(admin) | {"smtp": make_mail_accounts(company.staff)}
    company.token = make_demo_token(Member.objects.get(id=admin.member_id))
    return company


def _make_printers(company: Company) -> list[dict[str, str]]:
    """One printer for everybody, that asks; one of Sofia's own, that files by itself."""
    wanted = (
        (company.staff[Role.ADMIN], PrinterSettings(TEAM_PRINTER, asks_first=True), True),
        (company.staff[Role.MEMBER], PrinterSettings("Pli – Devis de Sofia", kind="quote"), False),
    )
    made = []
    for actor, chosen, is_shared in wanted:
        printer = printers_for(actor).filter(name=chosen.name).first()
        if printer is None:
            printer = create_printer(actor, chosen=chosen, is_shared=is_shared)
            if is_shared:
                _forget_a_station(actor, printer.id)
        made.append({"name": printer.name, "uri": printer_address(actor, printer.id)})
    return made


def _forget_a_station(actor: StaffActor, printer_id: UUID) -> None:
    """A printer whose address was renewed, and a computer that still has the former one."""
    former = printer_address(actor, printer_id).rsplit("/", 1)[-1]
    renew_address(actor, printer_id)
    note_stranger(former, Station("192.168.1.34", "compta"))


@transaction.atomic
def _make_neighbour() -> None:
    """A second organisation, to see that the two never meet."""
    if Organisation.objects.filter(slug="cabinet-riviere").exists():
        return
    organisation = create_organisation(slug="cabinet-riviere", name="Cabinet Rivière", purpose="demonstration")
    make_default_kinds(organisation.id)
    root_folder(organisation.id)
    _staff(organisation, *NEIGHBOUR)


def _staff(organisation: Organisation, email: str, name: str, role: Role) -> StaffActor:
    account = _account(email, name)
    Member.objects.get_or_create(organisation=organisation, account=account, defaults={"role": role})
    return staff_actor(account, organisation.id)


def _account(email: str, name: str) -> Account:
    account = Account.objects.filter(email=email).first() or Account.objects.create_user(email, PASSWORD, name=name)
    EmailAddress.objects.get_or_create(user=account, email=email, defaults={"verified": True, "primary": True})
    return account


def _describe(company: Company) -> dict[str, Any]:
    """What demo.json tells scripts and acceptance tests."""
    people = [(role.value.lower(), email, name) for email, name, role in STAFF]
    return {
        "base_url": settings.PLI_BASE_URL,
        "organisation": {"id": str(company.organisation.id), "name": company.organisation.name, "slug": SLUG},
        "api_token": company.token,
        "users": [{"role": role, "email": e, "name": name, "password": PASSWORD} for role, e, name in people]
        + [
            {"role": "admin of another organisation", "email": NEIGHBOUR[0], "name": NEIGHBOUR[1], "password": PASSWORD}
        ],
        "portal": [
            {"label": "portal", "party": code, "email": e, "name": n, "password": PASSWORD} for code, e, n in PORTALS
        ],
        "printers": company.printers,
        "recipes": [company.recipe, *company.flows],
        **company.sources,
        "local_outbox": f"{settings.PLI_BASE_URL}/office/messages/local/",
    }
