"""The tree of folders and the rights on it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Value
from django.db.models.functions import Concat, Substr

from pli.documents import events
from pli.documents.access import get_folder_for
from pli.documents.models import DocumentKind, Folder, FolderGrant, Right
from pli.journal.api import Happening, record, record_many
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PliError
from pli.kit.ids import new_id
from pli.parties.api import Actor, Member, Party, PartyKind, Role, SystemActor

_PARTY_PLACES = {
    PartyKind.CLIENT: "Clients",
    PartyKind.EMPLOYEE: "Salariés",
    PartyKind.SUPPLIER: "Fournisseurs",
}


class FolderExists(PliError):
    """A folder of that name already stands there."""

    code = "DOC-020"
    status = 409
    message = "Un répertoire « %(name)s » existe déjà à cet endroit."
    remedy = "Choisissez un autre nom."


def root_folder(organisation_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> Folder:
    """The top of an organisation's tree, made at first need: managers manage it, members write in it."""
    found = Folder.objects.filter(organisation_id=organisation_id, parent=None).first()
    if found:
        return found
    with transaction.atomic():
        _lock_tree(organisation_id)
        found = Folder.objects.filter(organisation_id=organisation_id, parent=None).first()
        if found:
            return found
        root = _insert(SystemActor(organisation_id, "first-start"), None, "Documents", clock=clock)
        FolderGrant.objects.create(folder=root, role=Role.MANAGER, right=Right.MANAGE)
        FolderGrant.objects.create(folder=root, role=Role.MEMBER, right=Right.WRITE)
        return root


def folder_of_party(party: Party, *, clock: Clock = SYSTEM_CLOCK) -> Folder:
    """The folder of a client, employee or supplier, made at first need.

    The folders of employees have their own rights: only administrators and managers, until granted.
    """
    return folders_of_parties([party], clock=clock)[party.id]


def folders_of_parties(parties: Sequence[Party], *, clock: Clock = SYSTEM_CLOCK) -> dict[UUID, Folder]:
    """As :func:`folder_of_party`, for parties of one organisation, by their ids: a run's first documents bring many
    clients, whose folders are then made in one transaction."""
    found = _folders_of(parties)
    if len(found) == len({party.id for party in parties}):
        return found
    organisation_id = parties[0].organisation_id
    with transaction.atomic():
        root = root_folder(organisation_id, clock=clock)
        _lock_tree(organisation_id)
        found = _folders_of(parties)
        missing = {party.id: party for party in parties if party.id not in found}
        places = {kind: _place_of(root, kind, clock) for kind in {PartyKind(one.kind) for one in missing.values()}}
        system = SystemActor(organisation_id, "filing")
        made = [
            _new_folder(organisation_id, places[PartyKind(party.kind)], f"{party.name} ({party.code})"[:200], party)
            for party in missing.values()
        ]
        Folder.objects.bulk_create(made)
        record_many((_created(system, folder) for folder in made), clock=clock)
    return {**found, **dict(zip(missing, made, strict=True))}


def _folders_of(parties: Sequence[Party]) -> dict[UUID, Folder]:
    ids = {party.id for party in parties}
    organisations = {party.organisation_id for party in parties}
    found = Folder.objects.filter(organisation_id__in=organisations, party__in=ids)
    return {folder.party_id: folder for folder in found if folder.party_id}


def _place_of(root: Folder, kind: PartyKind, clock: Clock) -> Folder:
    """Where the folders of parties of that kind stand; the caller holds the tree."""
    found = Folder.objects.filter(parent=root, name=_PARTY_PLACES[kind]).first()
    if found:
        return found
    system = SystemActor(root.organisation_id, "filing")
    place = _insert(system, root, _PARTY_PLACES[kind], clock=clock)
    if kind == PartyKind.EMPLOYEE:
        set_own_rights(place, own=True)
        FolderGrant.objects.create(folder=place, role=Role.MANAGER, right=Right.MANAGE)
    return place


@transaction.atomic
def create_folder(actor: Actor, *, parent_id: UUID, name: str, clock: Clock = SYSTEM_CLOCK) -> Folder:
    """Make a folder below another.

    :raises FolderExists: when the name is taken there; :raises NotFound, NotAllowed: as ``get_folder_for``.
    """
    parent = get_folder_for(actor, parent_id, Right.WRITE)
    clean = " ".join(name.replace("/", "-").split())[:200] or "Sans nom"
    _lock_tree(actor.organisation_id)
    if Folder.objects.filter(parent=parent, name__iexact=clean).exists():
        raise FolderExists(name=clean)
    return _insert(actor, parent, clean, clock=clock)


@transaction.atomic
def grant_right(
    actor: Actor,
    *,
    folder_id: UUID,
    right: Right | None,
    member_id: UUID | None = None,
    role: Role | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> None:
    """Give a member or a role a right on a folder and all below it; ``None`` takes it away."""
    folder = get_folder_for(actor, folder_id, Right.MANAGE)
    if (member_id is None) == (role is None):
        raise ValueError("a grant goes to one member or to one role")
    member = Member.objects.get(organisation_id=actor.organisation_id, id=member_id) if member_id else None
    FolderGrant.objects.filter(folder=folder, member=member, role=role or "").delete()
    if right:
        FolderGrant.objects.create(folder=folder, member=member, role=role or "", right=right)
    record(
        events.GRANT_CHANGED,
        organisation_id=actor.organisation_id,
        subject=("folder", folder.id),
        actor=actor.reference,
        data={"to": f"member:{member_id}" if member_id else f"role:{role}", "right": right or "", "change": "set"},
        clock=clock,
    )


@transaction.atomic
def set_own_rights(folder: Folder, *, own: bool) -> None:
    """Make rights begin anew at a folder, or let them flow from above again; everything below follows."""
    folder.has_own_rights = own
    begins = folder.path if own or folder.parent is None else folder.parent.rights_path
    former = folder.rights_path
    Folder.objects.filter(
        organisation_id=folder.organisation_id, path__startswith=folder.path, rights_path=former
    ).update(rights_path=begins)
    folder.rights_path = begins
    folder.save(update_fields=["has_own_rights", "rights_path"])


@transaction.atomic
def move_folder(actor: Actor, *, folder_id: UUID, parent_id: UUID) -> Folder:
    """Put a folder, and all below it, under another one.

    :raises FolderExists: when the name is taken there, or when it would stand inside itself.
    """
    folder = get_folder_for(actor, folder_id, Right.MANAGE)
    parent = get_folder_for(actor, parent_id, Right.WRITE)
    _lock_tree(actor.organisation_id)
    taken = Folder.objects.filter(parent=parent, name__iexact=folder.name).exclude(id=folder.id).exists()
    if taken or parent.path.startswith(folder.path) or folder.parent_id is None:
        raise FolderExists(name=folder.name)
    former, now = folder.path, f"{parent.path}{folder.id}/"
    below = Folder.objects.filter(organisation_id=actor.organisation_id, path__startswith=former)
    if not folder.has_own_rights:
        below.filter(rights_path=folder.rights_path).update(rights_path=parent.rights_path)
    below.filter(rights_path__startswith=former).update(
        rights_path=Concat(Value(now), Substr("rights_path", len(former) + 1))
    )
    below.update(path=Concat(Value(now), Substr("path", len(former) + 1)))
    Folder.objects.filter(id=folder.id).update(parent=parent)
    return Folder.objects.get(id=folder.id)


def _insert(actor: Actor, parent: Folder | None, name: str, *, clock: Clock) -> Folder:
    folder = _new_folder(actor.organisation_id, parent, name)
    folder.save(force_insert=True)
    record_many([_created(actor, folder)], clock=clock)
    return folder


def _new_folder(organisation_id: UUID, parent: Folder | None, name: str, party: Party | None = None) -> Folder:
    """A row that is not in the database yet; without a parent it is an organisation's first."""
    identity = new_id()
    path = f"{parent.path if parent else '/'}{identity}/"
    return Folder(
        id=identity,
        organisation_id=organisation_id,
        parent=parent,
        party=party,
        name=name,
        path=path,
        rights_path=parent.rights_path if parent else path,
    )


def _created(actor: Actor, folder: Folder) -> Happening:
    return Happening(
        events.FOLDER_CREATED,
        organisation_id=folder.organisation_id,
        subject=("folder", folder.id),
        actor=actor.reference,
        data={
            "parent_id": str(folder.parent_id) if folder.parent_id else None,
            "party_id": str(folder.party_id) if folder.party_id else None,
            "name": folder.name,
        },
    )


def _lock_tree(organisation_id: UUID) -> None:
    """One writer at a time in an organisation's tree, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [f"folders:{organisation_id}"])


DEFAULT_KINDS: tuple[dict[str, object], ...] = (
    {"slug": "contract", "name_fr": "Contrat", "name_en": "Contract", "fields": [
        {"name": "reference", "label_fr": "Référence", "label_en": "Reference", "type": "text"},
        {"name": "start_date", "label_fr": "Date d’effet", "label_en": "Start date", "type": "date"},
    ]},
    {"slug": "quote", "name_fr": "Devis", "name_en": "Quote", "fields": [
        {"name": "number", "label_fr": "N° de devis", "label_en": "Quote number", "type": "text"},
        {"name": "date", "label_fr": "Date", "label_en": "Date", "type": "date"},
        {"name": "total", "label_fr": "Montant TTC", "label_en": "Total incl. VAT", "type": "amount"},
    ]},
    {"slug": "invoice", "name_fr": "Facture", "name_en": "Invoice", "fields": [
        {"name": "number", "label_fr": "N° de facture", "label_en": "Invoice number", "type": "text"},
        {"name": "date", "label_fr": "Date de facture", "label_en": "Invoice date", "type": "date"},
        {"name": "total", "label_fr": "Montant TTC", "label_en": "Total incl. VAT", "type": "amount"},
    ]},
    {"slug": "delivery-note", "name_fr": "Bon de livraison", "name_en": "Delivery note", "fields": [
        {"name": "number", "label_fr": "N° de bon", "label_en": "Note number", "type": "text"},
        {"name": "date", "label_fr": "Date", "label_en": "Date", "type": "date"},
    ]},
    {"slug": "payslip", "name_fr": "Bulletin de paie", "name_en": "Payslip", "retention_years": 50, "fields": [
        {"name": "period", "label_fr": "Période", "label_en": "Period", "type": "text"},
    ]},
    {"slug": "letter", "name_fr": "Courrier", "name_en": "Letter", "fields": []},
    {"slug": "other", "name_fr": "Autre document", "name_en": "Other document", "fields": []},
)  # fmt: skip


def make_default_kinds(organisation_id: UUID) -> None:
    """Give an organisation the kinds of a French company, where it has none of that slug. Safe to repeat."""
    for kind in DEFAULT_KINDS:
        DocumentKind.objects.get_or_create(organisation_id=organisation_id, slug=kind["slug"], defaults=kind)
