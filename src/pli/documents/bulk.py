"""Filing many documents at once, by the same rules as one: what a print run of thousands needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from pli.documents import events
from pli.documents.access import folders_for
from pli.documents.blobs import StoredBytes
from pli.documents.facts import FactsRefused, check_facts
from pli.documents.folders import folders_of_parties, root_folder
from pli.documents.models import Document, DocumentKind, Folder, Rendition, RenditionRole, Right
from pli.documents.services import (
    SEARCHED_CHARACTERS,
    clean_file_name,
    clean_title,
    keep_blobs,
    title_from_file_name,
)
from pli.journal.api import Computed, Happening, insert_rows, record_many
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotAllowed, NotFound, PliError
from pli.kit.ids import new_id
from pli.parties.api import Actor, Party


@dataclass(frozen=True)
class NewDocument:
    """One document to file. ``stored``: its final bytes; ``original``: the bytes as they came, when they differ.

    ``texts``: the text of each page, already read.
    """

    kind_slug: str
    stored: StoredBytes
    file_name: str
    made_by: str
    title: str = ""
    party_id: UUID | None = None
    folder_id: UUID | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    page_count: int = 0
    texts: Sequence[str] = ()
    original: StoredBytes | None = None
    findings: Sequence[Mapping[str, Any]] = ()
    attached: Sequence[tuple[str, StoredBytes]] = ()
    """Files that go with it: (file name, bytes)."""


class FilingDesk:
    """Kinds, parties and folders of one organisation, asked once for all the documents."""

    def __init__(self, actor: Actor, wanted: Sequence[NewDocument], clock: Clock) -> None:
        self.actor, self.clock = actor, clock
        organisation = actor.organisation_id
        slugs = {one.kind_slug for one in wanted}
        party_ids = {one.party_id for one in wanted if one.party_id}
        self.kinds = {
            kind.slug: kind
            for kind in DocumentKind.objects.filter(organisation_id=organisation, slug__in=slugs, is_active=True)
        }
        self.parties = Party.objects.filter(organisation_id=organisation, id__in=party_ids).in_bulk()
        self.root = root_folder(organisation, clock=clock)
        self.by_party = folders_of_parties(list(self.parties.values()), clock=clock)
        asked = {one.folder_id for one in wanted if one.folder_id}
        everywhere = {self.root.id, *asked, *(folder.id for folder in self.by_party.values())}
        self.writable = folders_for(actor, Right.WRITE).filter(id__in=everywhere).in_bulk()
        self.readable = set(folders_for(actor).filter(id__in=asked - self.writable.keys()).values_list("id", flat=True))

    def place(self, one: NewDocument) -> tuple[DocumentKind, Party | None, Folder]:
        """:raises NotFound, NotAllowed: as ``create_document``."""
        kind, party = self.kinds.get(one.kind_slug), self.parties.get(one.party_id) if one.party_id else None
        if kind is None or (one.party_id and party is None):
            raise NotFound
        wanted = one.folder_id or (self.by_party[party.id].id if party else self.root.id)
        folder = self.writable.get(wanted)
        if folder is None:
            raise NotAllowed if not one.folder_id or wanted in self.readable else NotFound
        return kind, party, folder


def open_desk(actor: Actor, wanted: Sequence[NewDocument], *, clock: Clock = SYSTEM_CLOCK) -> FilingDesk:
    """What is needed to file ``wanted``, asked once; the folders of parties that have none are made."""
    return FilingDesk(actor, wanted, clock)


def check_many(desk: FilingDesk, wanted: Sequence[NewDocument]) -> list[PliError | None]:
    """Why each of them could not be filed as it stands; nothing is written, and the database is not asked."""
    found: list[PliError | None] = []
    for one in wanted:
        try:
            kind, _party, _folder = desk.place(one)
            check_facts(kind.fields, one.facts)
            found.append(None)
        except (NotFound, NotAllowed, FactsRefused) as error:
            found.append(error)
    return found


@transaction.atomic
def create_documents(
    actor: Actor, wanted: Sequence[NewDocument], *, desk: FilingDesk | None = None, clock: Clock = SYSTEM_CLOCK
) -> list[Document]:
    """File many documents in few statements, each found by its words from the moment this is committed.

    The bytes are already durable. All or nothing: see :func:`check_many`. ``desk``: opened for these documents.

    :raises NotFound, NotAllowed, FactsRefused: as :func:`pli.documents.services.create_document`.
    """
    if not wanted:
        return []
    known, now = desk or open_desk(actor, wanted, clock=clock), clock.now()
    keep_blobs([(stored, "application/pdf") for one in wanted for stored in _all_bytes(one)])
    documents = []
    for one in wanted:
        kind, party, folder = known.place(one)
        documents.append(
            Document(
                id=new_id(),
                organisation_id=actor.organisation_id,
                kind=kind,
                folder=folder,
                party=party,
                title=clean_title(one.title) if one.title.strip() else title_from_file_name(one.file_name),
                facts=check_facts(kind.fields, one.facts),
                page_count=one.page_count,
                is_read=True,
                findings=list(one.findings),
                created_by=actor.reference,
                created_at=now,
            )
        )
    pairs = list(zip(documents, wanted, strict=True))
    insert_rows(documents, computed={"search": _searched(pairs)})
    insert_rows([row for document, one in pairs for row in _renditions(document, one)])
    _keep_texts(pairs)
    record_many((_filed(actor, document, one) for document, one in pairs), clock=clock)
    return documents


def _all_bytes(one: NewDocument) -> list[StoredBytes]:
    return [one.stored, *([one.original] if one.original else []), *(stored for _, stored in one.attached)]


def _renditions(document: Document, one: NewDocument) -> list[Rendition]:
    roles = [(RenditionRole.ORIGINAL, one.original or one.stored, one.file_name)]
    if one.original is not None and one.original.sha256 != one.stored.sha256:
        roles.append((RenditionRole.PROCESSED, one.stored, one.file_name))
    beside = {stored.sha256: (RenditionRole.ATTACHED, stored, name) for name, stored in one.attached}
    return [
        Rendition(
            document=document,
            blob_id=stored.sha256,
            role=role,
            file_name=clean_file_name(name),
            made_by=one.made_by,
            created_at=document.created_at,
        )
        for role, stored, name in [*roles, *beside.values()]
    ]


def _keep_texts(pairs: Sequence[tuple[Document, NewDocument]]) -> None:
    """The text of each page, in one statement: a row of Django's costs more than a row."""
    rows = [
        (document.id, number, text.replace("\x00", ""))
        for document, one in pairs
        for number, text in enumerate(one.texts, start=1)
    ]
    if not rows:
        return
    identities, numbers, texts = (list(column) for column in zip(*rows, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO documents_pagetext (document_id, number, text)
            SELECT * FROM unnest(%s::uuid[], %s::int[], %s::text[])
            """,
            [identities, numbers, texts],
        )


def _searched(pairs: Sequence[tuple[Document, NewDocument]]) -> Computed:
    """What ``refresh_search`` writes, from what is at hand: neither pages nor parties are read back."""
    knowns, bodies = [], []
    for document, one in pairs:
        party = document.party
        facts = " ".join(str(value) for value in document.facts.values())
        knowns.append(f"{facts} {party.name} {party.code}" if party else facts)
        bodies.append(" ".join(one.texts).replace("\x00", "")[:SEARCHED_CHARACTERS])
    return Computed(
        """
        setweight(to_tsvector('pli_french', said), 'A')
        || setweight(to_tsvector('pli_french', known), 'B')
        || setweight(to_tsvector('pli_french', body), 'C')
        """,
        {"said": [document.title for document, _ in pairs], "known": knowns, "body": bodies},
    )


def _filed(actor: Actor, document: Document, one: NewDocument) -> Happening:
    return Happening(
        events.DOCUMENT_FILED,
        organisation_id=actor.organisation_id,
        subject=("document", document.id),
        actor=actor.reference,
        data={
            "kind": document.kind.slug,
            "folder_id": str(document.folder_id),
            "party_id": str(document.party_id) if document.party_id else None,
            "sha256": one.stored.sha256,
            "size": one.stored.size,
            "page_count": one.page_count,
            "replaces": None,
            "title": document.title,
            "file_name": clean_file_name(one.file_name),
        },
    )
