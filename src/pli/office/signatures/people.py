"""Who may be asked to sign: found by typing, read back from the form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.http import QueryDict

from pli.office.access import StaffRequest, read_uuid
from pli.parties.api import Account, Contact, Member, Organisation, Party, StaffActor
from pli.signing.api import SignerRequest


@dataclass(frozen=True)
class Person:
    """A proposal of the address book. ``id`` is the contact's, empty for a party's own address."""

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
    found += [Person("", one.name, one.email, one.mobile, "") for one in parties.order_by("name")[: limit - len(found)]]
    return found


def people_of(parties: Iterable[Party]) -> list[Person]:
    """The contacts of the papers' own clients: who will most often be asked."""
    rows = (
        Contact.objects.filter(party__in=list(parties), is_active=True).select_related("party").order_by("name", "id")
    )
    return [_of_contact(one) for one in rows[:12]]


def _of_contact(contact: Contact) -> Person:
    return Person(str(contact.id), contact.name, contact.email, contact.mobile, contact.party.name)


def read_signers(request: StaffRequest, fields: QueryDict) -> tuple[SignerRequest, ...]:
    """The people of the form, in their order. Where a contact is named, its language and origin are kept."""
    columns = [fields.getlist(f"people-{part}")[:30] for part in ("contact", "name", "email", "mobile")]
    channel = "SMS" if fields.get("code_channel") == "SMS" else "EMAIL"
    signers = []
    for contact_id, name, email, mobile in zip(*columns, strict=False):
        if not name.strip() and not email.strip():
            continue
        contact = _known(request.actor, contact_id)
        is_as_known = contact is not None and contact.email == email and contact.mobile == mobile
        language = contact.party.language if contact else "fr"
        origin = f"contact:{contact.id}" if contact and is_as_known else "typed"
        signers.append(SignerRequest(name, email, _mobile(mobile), origin, language, channel))
    return tuple(signers)


def _known(actor: StaffActor, contact_id: str) -> Contact | None:
    identity = read_uuid(contact_id)
    if identity is None:
        return None
    rows = Contact.objects.filter(id=identity, party__organisation_id=actor.organisation_id)
    return rows.select_related("party").first()


def _mobile(typed: str) -> str:
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
