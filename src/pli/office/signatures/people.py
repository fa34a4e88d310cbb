"""Who may be asked to sign: found by typing, read back from the form."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from pli.kit.errors import Phrase
from pli.office.access import StaffRequest, read_uuid
from pli.office.signatures.places import DRAWN, read_places
from pli.parties.api import Account, Contact, Member, Organisation, Party, StaffActor
from pli.signing.api import COPY, FieldRequest, Place, RolePerson, SignerRequest, SignerRole, UnableToSend

MEMBER = "member:"
MOST_KNOWN = 300


@dataclass(frozen=True)
class Person:
    """A proposal of the address book. ``id`` is the contact's, ``member:…`` one of the team's, empty for a party's own
    address."""

    id: str
    name: str
    email: str
    mobile: str
    organisation: str


def find_people(actor: StaffActor, text: str, limit: int = 10) -> list[Person]:
    """Contacts first, then parties by their own address; every word must be found."""
    contacts = Contact.objects.filter(
        party__organisation_id=actor.organisation_id, is_active=True, party__is_active=True
    )
    parties = Party.objects.filter(organisation_id=actor.organisation_id, is_active=True).exclude(email="")
    for word in text.replace("\x00", " ").split()[:6]:
        contacts = contacts.filter(Q(name__icontains=word) | Q(email__icontains=word) | Q(party__name__icontains=word))
        parties = parties.filter(Q(name__icontains=word) | Q(email__icontains=word) | Q(code__icontains=word))
    found = [_of_contact(one) for one in contacts.select_related("party").order_by("name", "id")[:limit]]
    found += _members(actor, text)[: max(2, limit - len(found))]
    found += [
        Person("", one.name, one.email, one.mobile, "")
        for one in parties.order_by("name")[: max(0, limit - len(found))]
    ]
    return found


def _members(actor: StaffActor, text: str, limit: int = 5) -> list[Person]:
    rows = Member.objects.filter(organisation_id=actor.organisation_id, is_active=True).select_related("account")
    for word in text.replace("\x00", " ").split()[:6]:
        rows = rows.filter(Q(account__name__icontains=word) | Q(account__email__icontains=word))
    team = _("votre équipe")
    return [
        Person(f"{MEMBER}{one.id}", one.account.name or one.account.email, one.account.email, "", team)
        for one in rows.order_by("account__name", "id")[:limit]
    ]


def people_of(parties: Iterable[Party]) -> list[Person]:
    """The contacts of the papers' own clients: who will most often be asked."""
    rows = (
        Contact.objects.filter(party__in=list(parties), is_active=True).select_related("party").order_by("name", "id")
    )
    return [_of_contact(one) for one in rows[:12]]


def _of_contact(contact: Contact) -> Person:
    return Person(str(contact.id), contact.name, contact.email, contact.mobile, contact.party.name)


OPTIONS = ("role", "with", "here", "code", "place", "anchor", "initials", "key", "phrase", "fields", "asks", "places")


def read_rows(fields: QueryDict) -> list[dict[str, str]]:
    """Each person of the form with all that was chosen for them; what a form leaves out is empty."""
    parts = ("contact", "name", "email", "mobile", *OPTIONS)
    columns = {part: fields.getlist(f"people-{part}")[:60] for part in parts}
    rows = [
        {part: (values[at] if at < len(values) else "") for part, values in columns.items()}
        for at in range(len(columns["name"]))
    ]
    return [row for row in rows if row["name"].strip() or row["email"].strip()]


def read_signers(request: StaffRequest, fields: QueryDict, papers: Sequence[UUID] = ()) -> tuple[SignerRequest, ...]:
    """The people of the form, in their order. Where a contact is named, its language and origin are kept. ``papers``
    are the documents to sign: places drawn on them become places of a person.

    :raises UnableToSend: for a place that cannot be read, or is announced and not drawn.
    """
    asked_for = fields.get("code_channel", "")
    channel = asked_for if asked_for in ("SMS", "BOTH") else "EMAIL"
    is_in_order = fields.get("order") != "together"
    signers, step = [], 0
    for row in read_rows(fields):
        role = row["role"] or SignerRole.SIGNER
        if role != COPY and (row["with"] != "same" or step == 0):
            step += 1
        reach = _reach(request.actor, row)
        wanted = SignerRequest(
            code_channel="EMAIL" if role == COPY else row["code"] or channel,
            role=role,
            is_in_person=row["here"] == "yes" and role != COPY and not row["contact"].startswith(MEMBER),
            needs_own_key=row["key"] == "own",
            step=max(step, 1) if is_in_order else None,
            **reach,
            **(_asked(row, papers) if role != COPY else {}),
        )
        signers.append(wanted)
    return tuple(signers)


def known_people(actor: StaffActor, papers: Iterable[Any]) -> list[Person]:
    """Whom a role may be given to without typing: the papers' own clients' contacts first, the others, the team."""
    first = people_of(paper.party for paper in papers if paper.party)
    rows = Contact.objects.filter(
        party__organisation_id=actor.organisation_id, is_active=True, party__is_active=True
    ).select_related("party")
    known = {one.id for one in first}
    others = [_of_contact(one) for one in rows.order_by("name", "id")[:MOST_KNOWN] if str(one.id) not in known]
    return [*first, *others, *_members(actor, "", MOST_KNOWN)]


def person_named(actor: StaffActor, who: str, typed: RolePerson) -> RolePerson:
    """A contact or a member chosen in the list; else whoever was typed."""
    if who.startswith(MEMBER):
        member_id = read_uuid(who.removeprefix(MEMBER))
        rows = Member.objects.filter(organisation_id=actor.organisation_id, is_active=True)
        member = rows.filter(id=member_id).first() if member_id else None
        return replace(typed, member_id=member.id) if member else typed
    contact = _known(actor, who)
    if contact is None:
        return typed
    return replace(
        typed,
        name=contact.name,
        email=contact.email,
        mobile=typed.mobile or contact.mobile,
        origin=f"contact:{contact.id}",
        language=contact.party.language,
    )


def _reach(actor: StaffActor, row: dict[str, str]) -> dict[str, Any]:
    """Who it is and where they are reached."""
    mobile = read_mobile(row["mobile"])
    if row["contact"].startswith(MEMBER):
        member_id = read_uuid(row["contact"].removeprefix(MEMBER))
        return {"name": row["name"], "email": row["email"], "mobile": mobile, "member_id": member_id}
    contact = _known(actor, row["contact"])
    is_as_known = contact is not None and contact.email == row["email"] and contact.mobile == row["mobile"]
    return {
        "name": row["name"],
        "email": row["email"],
        "mobile": mobile,
        "origin": f"contact:{contact.id}" if contact and is_as_known else "typed",
        "language": contact.party.language if contact else "fr",
    }


def _asked(row: dict[str, str], papers: Sequence[UUID]) -> dict[str, Any]:
    """What they fill in and join, and where their mark goes."""
    anchor = row["anchor"].strip()
    is_signer = (row["role"] or SignerRole.SIGNER) == SignerRole.SIGNER
    by_anchor = row["place"] == "anchor" or (anchor and not row["place"])
    phrase = row["phrase"].strip()
    typed = [FieldRequest("TEXT", label) for label in _listed(row["fields"])]
    drawn = read_places(row["places"], papers)
    if is_signer and row["place"] == DRAWN and not drawn.marks:
        raise UnableToSend(
            reason=Phrase("Dessinez la place de la signature de %(name)s, ou laissez-la à son choix.", name=row["name"])
        )
    typed += drawn.fields
    marks = drawn.marks or ((Place(anchor=anchor or "#signature#"),) if by_anchor else ())
    return {
        "side": row["place"] if is_signer and not marks and row["place"] in ("left", "right") else "",
        "marks": marks if is_signer else (),
        "has_initials": is_signer and row["initials"] == "yes",
        "fields": (*([FieldRequest("PHRASE", phrase, phrase)] if phrase else []), *typed),
        "asks": tuple(_listed(row["asks"])),
    }


def _listed(typed: str) -> list[str]:
    return [part.strip() for part in typed.replace(";", ",").split(",") if part.strip()]


def _known(actor: StaffActor, contact_id: str) -> Contact | None:
    identity = read_uuid(contact_id)
    if identity is None:
        return None
    rows = Contact.objects.filter(id=identity, party__organisation_id=actor.organisation_id)
    return rows.select_related("party").first()


def read_mobile(typed: str) -> str:
    """In E.164 where it can be understood; otherwise as typed, for the refusal to name it."""
    import phonenumbers

    try:
        number = phonenumbers.parse(typed, "FR")
    except phonenumbers.NumberParseException:
        return typed.strip()[:40]
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def sender_of(actor: StaffActor) -> tuple[str, str]:
    """The name and e-mail a request is sent in."""
    account = Account.objects.get(id=actor.account_id)
    return account.name or account.email, account.email


def organisation_of(actor: StaffActor) -> Organisation:
    """The organisation the member works in."""
    return Member.objects.select_related("organisation").get(id=actor.member_id).organisation
