"""Writing documents: created with durable bytes, filed, enriched with renditions, published."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from pli.documents import events
from pli.documents.access import get_folder_for, get_for
from pli.documents.blobs import StoredBytes
from pli.documents.facts import check_facts
from pli.documents.folders import folder_of_party, root_folder
from pli.documents.models import Blob, Document, DocumentKind, PageText, Rendition, RenditionRole, Right
from pli.journal.api import insert_rows, record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound, PliError
from pli.parties.api import Actor, Party

# PostgreSQL refuses a tsvector over 1 MB; this much text of one document is found by search.
SEARCHED_CHARACTERS = 250_000


class AlreadyPublished(PliError):
    """The party of a published document cannot change: it was shown to them."""

    code = "DOC-021"
    status = 409
    message = "Ce document est déjà visible dans l’espace d’un client : il ne peut plus changer de client."
    kept = "Le document n’a pas changé."
    remedy = "Déposez le fichier de nouveau pour l’autre client."


def clean_file_name(name: str, fallback: str = "document.pdf") -> str:
    """A file name that is only a name: no folders, no control or direction-changing characters, at most 150."""
    base = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    kept = "".join(c for c in base if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*').strip(" .")
    if len(kept) > 150:
        stem, dot, ending = kept.rpartition(".")
        kept = f"{stem[:140]}.{ending[:9]}" if dot else kept[:150]
    return kept or fallback


def clean_title(text: str, fallback: str = "Document") -> str:
    """One line of text without control characters, at most 200."""
    line = " ".join("".join(" " if unicodedata.category(c)[0] == "C" else c for c in text).split())
    return line[:200] or fallback


def title_from_file_name(name: str) -> str:
    """What a person would call the file: its name without ending or underscores."""
    return clean_title(re.sub(r"[_]+", " ", re.sub(r"\.[A-Za-z0-9]{1,5}$", "", clean_file_name(name))))


def keep_blob(stored: StoredBytes, media_type: str) -> Blob:
    """The row of bytes already durable on disk; the same bytes twice are one row."""
    blob = Blob(sha256=stored.sha256, size=stored.size, media_type=media_type)
    Blob.objects.bulk_create([blob], ignore_conflicts=True)  # One statement, where looking first takes four.
    return blob


def keep_blobs(kept: Sequence[tuple[StoredBytes, str]]) -> None:
    """The rows of many blobs at once, each with its media type; those that are there stay as they are."""
    # Always in the same order: two batches with the same blobs can't wait for each other.
    rows = {stored.sha256: Blob(sha256=stored.sha256, size=stored.size, media_type=kind) for stored, kind in kept}
    insert_rows([rows[name] for name in sorted(rows)], ignore_conflicts=True)


@transaction.atomic
def create_document(
    actor: Actor,
    *,
    kind_slug: str,
    stored: StoredBytes,
    file_name: str,
    title: str = "",
    party_id: UUID | None = None,
    folder_id: UUID | None = None,
    facts: Mapping[str, Any] | None = None,
    page_count: int = 0,
    findings: Sequence[Mapping[str, Any]] = (),
    media_type: str = "application/pdf",
    replaces_id: UUID | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> Document:
    """File a document: in ``folder_id``, else in its party's folder, else at the root.

    :raises NotFound: for a kind, folder, party or replaced document this actor does not see.
    :raises NotAllowed: when the actor may not write in that folder.
    :raises FactsRefused: when the facts do not suit the kind.
    """
    kind = DocumentKind.objects.filter(organisation_id=actor.organisation_id, slug=kind_slug, is_active=True).first()
    party = Party.objects.filter(organisation_id=actor.organisation_id, id=party_id).first() if party_id else None
    if kind is None or (party_id and party is None):
        raise NotFound
    if folder_id:
        folder = get_folder_for(actor, folder_id, Right.WRITE)
    else:
        folder = folder_of_party(party, clock=clock) if party else root_folder(actor.organisation_id, clock=clock)
        folder = get_folder_for(actor, folder.id, Right.WRITE)
    blob = keep_blob(stored, media_type)
    document = Document.objects.create(
        organisation_id=actor.organisation_id,
        kind=kind,
        folder=folder,
        party=party,
        title=clean_title(title) if title.strip() else title_from_file_name(file_name),
        facts=check_facts(kind.fields, facts or {}),
        page_count=page_count,
        findings=list(findings),
        replaces=get_for(actor, replaces_id) if replaces_id else None,
        created_by=actor.reference,
        created_at=clock.now(),
    )
    Rendition.objects.create(
        document=document,
        blob=blob,
        role=RenditionRole.ORIGINAL,
        file_name=clean_file_name(file_name),
        made_by=actor.reference,
        created_at=clock.now(),
    )
    refresh_search(document.id)
    record(
        events.DOCUMENT_FILED,
        organisation_id=actor.organisation_id,
        subject=("document", document.id),
        actor=actor.reference,
        data={
            "kind": kind.slug,
            "folder_id": str(folder.id),
            "party_id": str(party.id) if party else None,
            "sha256": blob.sha256,
            "size": blob.size,
            "page_count": page_count,
            "replaces": str(replaces_id) if replaces_id else None,
            "title": document.title,
            "file_name": clean_file_name(file_name),
        },
        clock=clock,
    )
    return document


@transaction.atomic
def add_rendition(
    document_id: UUID,
    *,
    role: RenditionRole,
    stored: StoredBytes,
    file_name: str,
    made_by: str,
    media_type: str = "application/pdf",
    clock: Clock = SYSTEM_CLOCK,
) -> Rendition:
    """Keep new bytes beside a document's former ones; the same bytes in the same role twice are one rendition."""
    document = Document.objects.get(id=document_id)
    blob = keep_blob(stored, media_type)
    rendition, is_new = Rendition.objects.get_or_create(
        document=document,
        role=role,
        blob=blob,
        defaults={"file_name": clean_file_name(file_name), "made_by": made_by, "created_at": clock.now()},
    )
    if is_new:
        record(
            events.RENDITION_ADDED,
            organisation_id=document.organisation_id,
            subject=("document", document.id),
            actor=made_by,
            data={"role": role, "sha256": blob.sha256, "size": blob.size, "made_by": made_by},
            clock=clock,
        )
    return rendition


@transaction.atomic
def set_page_texts(document_id: UUID, texts: Sequence[str]) -> None:
    """Keep the text of each page and make the document findable by it. Safe to repeat."""
    PageText.objects.filter(document_id=document_id).delete()
    PageText.objects.bulk_create(
        (
            PageText(document_id=document_id, number=number, text=text.replace("\x00", ""))
            for number, text in enumerate(texts, start=1)
        ),
        batch_size=500,
    )
    Document.objects.filter(id=document_id).update(is_read=True)
    refresh_search(document_id)


@transaction.atomic
def set_facts(actor: Actor, document_id: UUID, given: Mapping[str, Any], *, clock: Clock = SYSTEM_CLOCK) -> Document:
    """Replace a document's facts.

    :raises FactsRefused: naming each wrong field; :raises NotFound, NotAllowed: as :func:`get_for`.
    """
    document = get_for(actor, document_id, Right.WRITE)
    facts = check_facts(document.kind.fields, given)
    if facts != document.facts:
        changed = sorted(n for n in facts.keys() | document.facts.keys() if facts.get(n) != document.facts.get(n))
        document.facts = facts
        document.save(update_fields=["facts"])
        refresh_search(document.id)
        record(
            events.FACTS_CHANGED,
            organisation_id=document.organisation_id,
            subject=("document", document.id),
            actor=actor.reference,
            data={"names": changed, "facts": facts},
            clock=clock,
        )
    return document


@transaction.atomic
def move_document(actor: Actor, document_id: UUID, folder_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> Document:
    """Put a document in another folder; the actor must be allowed to write in both."""
    document = get_for(actor, document_id, Right.WRITE)
    target = get_folder_for(actor, folder_id, Right.WRITE)
    former = document.folder_id
    if former != target.id:
        document.folder = target
        document.save(update_fields=["folder"])
        record(
            events.DOCUMENT_MOVED,
            organisation_id=document.organisation_id,
            subject=("document", document.id),
            actor=actor.reference,
            data={"from_folder_id": str(former), "to_folder_id": str(target.id)},
            clock=clock,
        )
    return document


@transaction.atomic
def classify_document(
    actor: Actor,
    document_id: UUID,
    *,
    kind_slug: str,
    party_id: UUID | None,
    title: str = "",
    clock: Clock = SYSTEM_CLOCK,
) -> Document:
    """Say what a document is and whose: it moves to that party's folder; facts its new kind lacks are left out.

    A document published to one party is never handed to another: a new one must be filed.

    :raises NotFound: for a kind, party or document the actor does not see; :raises NotAllowed: as ``get_for``.
    :raises AlreadyPublished: when its party would change after publication.
    """
    document = get_for(actor, document_id, Right.WRITE)
    kind = DocumentKind.objects.filter(organisation_id=actor.organisation_id, slug=kind_slug, is_active=True).first()
    party = Party.objects.filter(organisation_id=actor.organisation_id, id=party_id).first() if party_id else None
    if kind is None or (party_id and party is None):
        raise NotFound
    if document.is_published and document.party_id != party_id:
        raise AlreadyPublished
    if document.party_id != party_id:
        folder = folder_of_party(party, clock=clock) if party else root_folder(actor.organisation_id, clock=clock)
        document.folder = get_folder_for(actor, folder.id, Right.WRITE)
    names = {str(field["name"]) for field in kind.fields}
    document.facts = check_facts(
        [{**field, "required": False} for field in kind.fields],
        {name: value for name, value in document.facts.items() if name in names},
    )
    document.kind, document.party = kind, party
    document.title = clean_title(title) if title.strip() else document.title
    document.save(update_fields=["kind", "party", "folder", "facts", "title"])
    refresh_search(document.id)
    record(
        events.DOCUMENT_CLASSIFIED,
        organisation_id=document.organisation_id,
        subject=("document", document.id),
        actor=actor.reference,
        data={
            "kind": kind.slug,
            "party_id": str(party.id) if party else None,
            "folder_id": str(document.folder_id),
            "title": document.title,
        },
        clock=clock,
    )
    return document


@transaction.atomic
def publish_document(document_id: UUID, *, actor: Actor, clock: Clock = SYSTEM_CLOCK) -> bool:
    """Show a document in its party's portal; False when it already was, or has no party. Safe to repeat."""
    moved = Document.objects.filter(
        id=document_id, organisation_id=actor.organisation_id, is_published=False, party__isnull=False
    ).update(is_published=True)
    if moved:
        document = Document.objects.get(id=document_id)
        record(
            events.DOCUMENT_PUBLISHED,
            organisation_id=document.organisation_id,
            subject=("document", document.id),
            actor=actor.reference,
            data={"party_id": str(document.party_id)},
            clock=clock,
        )
    return bool(moved)


def refresh_search(*document_ids: UUID) -> None:
    """Rebuild the documents' search vectors: title first, then facts and party, then their pages' text."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE documents_document d SET search =
                setweight(to_tsvector('pli_french', d.title), 'A')
                || setweight(to_tsvector('pli_french', coalesce(
                       (SELECT string_agg(value, ' ') FROM jsonb_each_text(d.facts)), '')), 'B')
                || setweight(to_tsvector('pli_french', coalesce(
                       (SELECT p.name || ' ' || p.code FROM parties_party p WHERE p.id = d.party_id), '')), 'B')
                || setweight(to_tsvector('pli_french', left(coalesce(
                       (SELECT string_agg(t.text, ' ' ORDER BY t.number)
                        FROM documents_pagetext t WHERE t.document_id = d.id), ''), %s)), 'C')
            WHERE d.id = ANY(%s)
            """,
            [SEARCHED_CHARACTERS, list(document_ids)],
        )
