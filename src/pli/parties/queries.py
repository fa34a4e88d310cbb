"""Reading parties: always through the actor's organisation; another's does not exist."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from pli.kit.errors import NotFound
from pli.parties.actors import Actor, PortalActor
from pli.parties.folding import fold
from pli.parties.identities import require_staff
from pli.parties.models import Account, Address, Contact, Member, Organisation, Party, PartyKind, PortalAccess

PAGE_SIZE = 50
SORTS = {
    "name": ("name", "id"),
    "-name": ("-name", "-id"),
    "code": ("code", "id"),
    "-code": ("-code", "-id"),
    "-updated": ("-updated_at", "-id"),
    "updated": ("updated_at", "id"),
}


@dataclass(frozen=True)
class PartyFilter:
    """What a list of parties shows: all of it in the address of the page."""

    q: str = ""
    is_active: bool | None = True
    consent: str = ""
    has_portal: bool | None = None
    sort: str = "name"


@dataclass(frozen=True)
class PartyPage:
    """One page, and the key of the next (empty at the end)."""

    items: tuple[Party, ...]
    next_key: str


def list_parties(
    actor: Actor,
    *,
    kind: PartyKind | None = None,
    q: str = "",
    is_active: bool | None = True,
    consent: str = "",
    has_portal: bool | None = None,
    sort: str = "name",
    after: str = "",
    limit: int = PAGE_SIZE,
) -> PartyPage:
    """A page of parties in a stable order, paged by key: new rows never shift what is being read.

    ``q`` finds all its words, in any order, in code, name, SIREN, SIRET and e-mail, accents and capitals aside.
    An unknown sort or key is read as none.
    """
    wanted = PartyFilter(q=q, is_active=is_active, consent=consent, has_portal=has_portal, sort=sort)
    order = SORTS.get(sort, SORTS["name"])
    rows = select_parties(actor, kind, wanted)
    rows = _after(rows, order, after).order_by(*order)
    items = list(rows[: limit + 1])
    next_key = _key_of(items[limit - 1], order) if len(items) > limit else ""
    return PartyPage(tuple(items[:limit]), next_key)


def select_parties(actor: Actor, kind: PartyKind | None, wanted: PartyFilter) -> QuerySet[Party]:
    """The parties of a filter, unordered, for lists, counts and exports alike."""
    require_staff(actor)
    rows = Party.objects.filter(organisation_id=actor.organisation_id)
    if kind is not None:
        rows = rows.filter(kind=kind)
    for word in fold(wanted.q.replace("\x00", " ")).split()[:8]:
        rows = rows.filter(search_text__contains=word)
    if wanted.is_active is not None:
        rows = rows.filter(is_active=wanted.is_active)
    if wanted.consent:
        rows = rows.filter(consent=wanted.consent)
    if wanted.has_portal is not None:
        opened = Exists(PortalAccess.objects.filter(party=OuterRef("pk"), is_active=True))
        rows = rows.filter(opened if wanted.has_portal else ~opened)
    return rows


def iterate_parties(actor: Actor, kind: PartyKind, wanted: PartyFilter) -> Iterator[tuple[Party, Address | None]]:
    """Every party of a filter with its main address, a thousand at a time: for exports."""
    rows = select_parties(actor, kind, wanted).order_by(*SORTS.get(wanted.sort, SORTS["name"]))
    for party in rows.prefetch_related("addresses").iterator(chunk_size=1000):
        yield party, next((address for address in party.addresses.all() if address.is_main), None)


def get_party(actor: Actor, party_id: UUID) -> Party:
    """One party; a portal's visitor sees their own only. :raises NotFound:"""
    rows = Party.objects.filter(organisation_id=actor.organisation_id, id=party_id)
    if isinstance(actor, PortalActor):
        rows = rows.filter(id__in=actor.party_ids)
    party = rows.select_related("organisation").first()
    if party is None:
        raise NotFound()
    return party


def find_party(actor: Actor, kind: PartyKind, code: str) -> Party | None:
    """The party of that code, if there is one."""
    require_staff(actor)
    return Party.objects.filter(organisation_id=actor.organisation_id, kind=kind, code=code).first()


def main_addresses(organisation: Organisation) -> dict[UUID, Address]:
    """The postal address of each active party that has one, by the party's id."""
    found = Address.objects.filter(party__organisation=organisation, party__is_active=True)
    return {address.party_id: address for address in found.order_by("is_main", "id")}


def get_main_address(party: Party) -> Address | None:
    """The address letters go to."""
    return party.addresses.filter(is_main=True).first()


def list_contacts(actor: Actor, party_id: UUID) -> list[Contact]:
    """The people of a party who may be asked to sign, by name."""
    require_staff(actor)
    return list(get_party(actor, party_id).contacts.filter(is_active=True).order_by("name", "id"))


def get_contact(actor: Actor, contact_id: UUID) -> Contact:
    """One contact. :raises NotFound:"""
    require_staff(actor)
    contact = Contact.objects.filter(id=contact_id, party__organisation_id=actor.organisation_id).first()
    if contact is None:
        raise NotFound()
    return contact


def list_accesses(actor: Actor, party_id: UUID) -> list[PortalAccess]:
    """Who has or had a key to the party's portal, with ``expires_at`` of the activation still open."""
    require_staff(actor)
    party = get_party(actor, party_id)
    return list(
        party.accesses.select_related("account")
        .annotate(expires_at=_open_activation())
        .order_by("-is_active", "account__name", "id")
    )


def get_access(actor: Actor, access_id: UUID) -> PortalAccess:
    """One access. :raises NotFound:"""
    require_staff(actor)
    access = (
        PortalAccess.objects.select_related("account", "party__organisation")
        .filter(id=access_id, party__organisation_id=actor.organisation_id)
        .first()
    )
    if access is None:
        raise NotFound()
    return access


def list_members(actor: Actor) -> list[Member]:
    """The team, in use first, with ``expires_at`` of the invitation still open."""
    require_staff(actor)
    return list(
        Member.objects.filter(organisation_id=actor.organisation_id)
        .select_related("account")
        .annotate(expires_at=_open_activation())
        .order_by("-is_active", "account__name", "account__email", "id")
    )


def get_member(actor: Actor, member_id: UUID) -> Member:
    """One member of the team. :raises NotFound:"""
    require_staff(actor)
    member = (
        Member.objects.select_related("account", "organisation")
        .filter(id=member_id, organisation_id=actor.organisation_id)
        .first()
    )
    if member is None:
        raise NotFound()
    return member


def get_organisation(actor: Actor) -> Organisation:
    """The actor's own organisation."""
    return Organisation.objects.get(id=actor.organisation_id)


@dataclass(frozen=True)
class Invitation:
    """What waits to be accepted by a person who is logged in."""

    target_id: UUID
    organisation_name: str
    is_staff: bool


def list_invitations(account: Account) -> list[Invitation]:
    """The teams and portals the account is invited to and has not accepted."""
    members = Member.objects.filter(account=account, is_active=True, is_pending=True).select_related("organisation")
    accesses = PortalAccess.objects.filter(account=account, is_active=True, is_pending=True).select_related(
        "party__organisation"
    )
    return [
        *(Invitation(member.id, member.organisation.name, is_staff=True) for member in members),
        *(Invitation(access.id, access.party.organisation.name, is_staff=False) for access in accesses),
    ]


def _open_activation() -> Max:
    return Max("activations__expires_at", filter=Q(activations__used_at=None, activations__voided_at=None))


def _after(rows: QuerySet[Party], order: Sequence[str], key: str) -> QuerySet[Party]:
    """The rows that come after ``key`` in ``order``."""
    name = order[0].lstrip("-")
    try:
        value, last_id = json.loads(base64.urlsafe_b64decode(key.encode()))
        marker = UUID(last_id)
        bound = datetime.fromisoformat(value) if name == "updated_at" else str(value)
    except (ValueError, TypeError, AttributeError):
        return rows
    sense = "lt" if order[0].startswith("-") else "gt"
    return rows.filter(Q(**{f"{name}__{sense}": bound}) | Q(**{name: bound, f"id__{sense}": marker}))


def _key_of(party: Party, order: Sequence[str]) -> str:
    value = getattr(party, order[0].lstrip("-"))
    text = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(json.dumps([text, str(party.id)]).encode()).decode()
