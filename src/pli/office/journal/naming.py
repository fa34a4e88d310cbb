"""Who did it and to what, by name and with a link, for one page of events at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from pli.delivery.api import deliveries_for
from pli.documents.api import all_kinds, documents_for
from pli.gateway.api import accounts_for
from pli.journal.api import Event
from pli.office.access import read_uuid
from pli.office.journal.words import Text, event_words, subject_words
from pli.parties.api import Account, StaffActor, list_members, select_parties
from pli.parties.api import PartyFilter as _PartyFilter
from pli.signing.api import Signer, ceremonies_for


@dataclass(frozen=True)
class Row:
    """One event as the list shows it."""

    event: Event
    words: Text
    who: str
    kind: Text
    label: str
    url: str

    @property
    def data(self) -> list[tuple[str, str]]:
        """What the chain holds of it, each value spelt out."""
        return [(name, spell(value)) for name, value in self.event.data.items()]

    @property
    def personal(self) -> list[tuple[str, str]]:
        """What stands beside the chain."""
        return [(name, spell(value)) for name, value in (self.event.personal or {}).items()]


def spell(value: object) -> str:
    """A value of an event for people: lists and objects without the marks of a programming language."""
    match value:
        case bool():
            return _("oui") if value else _("non")
        case None | "" | list() | dict() if not value:
            return "—"
        case dict():
            return " ; ".join(f"{name} : {spell(item)}" for name, item in value.items())
        case list():
            return ", ".join(spell(item) for item in value)
        case _:
            return str(value)


def rows_of(actor: StaffActor, events: Iterable[Event]) -> list[Row]:
    """The events with the names of those who acted and of what they acted on, as far as ``actor`` may see them."""
    found = list(events)
    people = actor_names(actor, {event.actor for event in found})
    things = _things(actor, found)
    return [
        Row(
            event,
            event_words(event.name),
            people.get(event.actor, event.actor),
            subject_words(event.subject_type),
            *things.get((event.subject_type, event.subject_id), ("", _PLAIN_URLS.get(event.subject_type, _nowhere)())),
        )
        for event in found
    ]


def actor_choices(actor: StaffActor) -> list[tuple[str, str]]:
    """The team, and the kinds of others who act, for a filter."""
    team = [(f"member:{one.id}", one.account.name or one.account.email) for one in list_members(actor)]
    others = [
        ("system:*", _("Pli, de lui-même")), ("signer:*", _("Les signataires")), ("account:*", _("Le portail")),
        ("carrier:*", _("Les transporteurs")),
    ]  # fmt: skip
    return [*sorted(team, key=lambda pair: pair[1].casefold()), *others]


def actor_names(actor: StaffActor, references: set[str]) -> dict[str, str]:
    """Who acted, by reference: those whose name this member may see; the others are left out."""
    names = dict(actor_choices(actor))
    found: dict[str, str] = {}
    by_kind: dict[str, dict[UUID, str]] = {}
    for reference in references:
        kind, _colon, rest = reference.partition(":")
        identity = read_uuid(rest)
        if reference in names:
            found[reference] = names[reference]
        elif kind in ("system", "carrier"):
            found[reference] = "Pli" if kind == "system" else _("Transporteur (%(name)s)") % {"name": rest}
        elif identity is not None:
            by_kind.setdefault(kind, {})[identity] = reference
    signers = Signer.objects.filter(ceremony__organisation_id=actor.organisation_id, id__in=by_kind.get("signer", {}))
    for signer in signers.only("id", "name"):
        found[by_kind["signer"][signer.id]] = signer.name
    for identity, title, _url in _ceremonies(actor, set(by_kind.get("ceremony", {}))):
        found[by_kind["ceremony"][identity]] = _("Demande de signature « %(title)s »") % {"title": title}
    for login in accounts_for(actor).filter(id__in=by_kind.get("mail_account", {})):
        found[by_kind["mail_account"][login.id]] = login.member.account.name or login.member.account.email
    # Only accounts with a key to one of this organisation's portals.
    accounts = Account.objects.filter(
        portal_accesses__party__organisation_id=actor.organisation_id, id__in=by_kind.get("account", {})
    )
    for account in accounts.distinct():
        found[by_kind["account"][account.id]] = account.name or account.email
    return found


Things = dict[tuple[str, UUID], tuple[str, str]]


def _things(actor: StaffActor, events: list[Event]) -> Things:
    wanted: dict[str, set[UUID]] = {}
    for event in events:
        wanted.setdefault(event.subject_type, set()).add(event.subject_id)
    found: Things = {}
    for kind, look in _LOOKS.items():
        if wanted.get(kind):
            for identity, label, url in look(actor, wanted[kind]):
                found[kind, identity] = (label, url)
    return found


Look = Callable[[StaffActor, set[UUID]], Iterable[tuple[UUID, str, str]]]


def _documents(actor: StaffActor, ids: set[UUID]) -> Iterable[tuple[UUID, str, str]]:
    for one in documents_for(actor).filter(id__in=ids):
        yield one.id, one.title, reverse("documents:detail", args=[one.id])


def _ceremonies(actor: StaffActor, ids: set[UUID]) -> Iterable[tuple[UUID, str, str]]:
    for one in ceremonies_for(actor).filter(id__in=ids):
        yield one.id, one.title, reverse("signatures:detail", args=[one.id])


def _deliveries(actor: StaffActor, ids: set[UUID]) -> Iterable[tuple[UUID, str, str]]:
    for one in deliveries_for(actor).filter(id__in=ids):
        yield one.id, one.document.title, reverse("documents:detail", args=[one.document_id])


def _parties(actor: StaffActor, ids: set[UUID]) -> Iterable[tuple[UUID, str, str]]:
    for one in select_parties(actor, None, _PartyFilter(is_active=None)).filter(id__in=ids):
        yield one.id, one.name, reverse("parties:detail", args=[one.id])


def _members(actor: StaffActor, ids: set[UUID]) -> Iterable[tuple[UUID, str, str]]:
    for one in list_members(actor):
        if one.id in ids:
            yield one.id, one.account.name or one.account.email, reverse("members:team")


def _kinds(actor: StaffActor, ids: set[UUID]) -> Iterable[tuple[UUID, str, str]]:
    for one in all_kinds(actor):
        if one.id in ids:
            yield one.id, one.name_fr, reverse("settings:kind", args=[one.id])


_LOOKS: dict[str, Look] = {
    "document": _documents, "ceremony": _ceremonies, "delivery": _deliveries, "party": _parties,
    "member": _members, "kind": _kinds,
}  # fmt: skip


def _nowhere() -> str:
    return ""


_PLAIN_URLS: dict[str, Callable[[], str]] = {"organisation": lambda: reverse("settings:hub")}
