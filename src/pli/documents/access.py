"""Who may see or change which folder and document: the only place that decides it."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet, TextField

from pli.documents.models import Document, Folder, FolderGrant, Right
from pli.kit.errors import NotAllowed, NotFound
from pli.parties.api import Actor, PortalActor, Role, StaffActor, SystemActor

_AT_LEAST = {
    Right.READ: [Right.READ, Right.WRITE, Right.MANAGE],
    Right.WRITE: [Right.WRITE, Right.MANAGE],
    Right.MANAGE: [Right.MANAGE],
}


def folders_for(actor: Actor, right: Right = Right.READ) -> QuerySet[Folder]:
    """The folders on which ``actor`` has ``right``: granted there or above, down to where rights begin anew."""
    folders = Folder.objects.filter(organisation_id=actor.organisation_id)
    if isinstance(actor, SystemActor):
        return folders
    if not isinstance(actor, StaffActor):
        return folders.none()
    if actor.role == Role.ADMIN or (actor.role == Role.AUDITOR and right == Right.READ):
        return folders
    if actor.role == Role.AUDITOR:
        return folders.none()
    outer = TextField()
    grants = FolderGrant.objects.annotate(
        target=ExpressionWrapper(OuterRef("path"), output_field=outer),
        begins=ExpressionWrapper(OuterRef("rights_path"), output_field=outer),
    ).filter(
        Q(member_id=actor.member_id) | Q(role=actor.role),
        right__in=_AT_LEAST[right],
        folder__organisation_id=actor.organisation_id,
        folder__path__startswith=F("begins"),
        target__startswith=F("folder__path"),
    )
    return folders.filter(Exists(grants))


def documents_for(actor: Actor, right: Right = Right.READ) -> QuerySet[Document]:
    """The documents ``actor`` may see (or change); a portal sees only what was published to its parties."""
    documents = Document.objects.filter(organisation_id=actor.organisation_id)
    if isinstance(actor, PortalActor):
        if right != Right.READ:
            return documents.none()
        return documents.filter(party_id__in=actor.party_ids, is_published=True)
    if isinstance(actor, SystemActor) or (isinstance(actor, StaffActor) and actor.role == Role.ADMIN):
        return documents
    return documents.filter(folder__in=folders_for(actor, right))


def hidden_documents(actor: StaffActor) -> QuerySet[Document]:
    """The documents of the organisation ``actor`` may not read: what is left out is cheaper to look for than what is
    seen, which for most people is nearly everything."""
    documents = Document.objects.filter(organisation_id=actor.organisation_id)
    return documents.none() if actor.role == Role.ADMIN else documents.exclude(folder__in=folders_for(actor))


def get_for(actor: Actor, document_id: UUID, right: Right = Right.READ) -> Document:
    """The one door to a document.

    :raises NotFound: when it does not exist for this actor, for whatever cause.
    :raises NotAllowed: when the actor may read it but not do what ``right`` names.
    """
    found = documents_for(actor, right).select_related("kind", "folder", "party").filter(id=document_id).first()
    if found is not None:
        return found
    if right != Right.READ and documents_for(actor).filter(id=document_id).exists():
        raise NotAllowed
    raise NotFound


def get_folder_for(actor: Actor, folder_id: UUID, right: Right = Right.READ) -> Folder:
    """The one door to a folder.

    :raises NotFound: when it does not exist for this actor.
    :raises NotAllowed: when the actor may read it but not do what ``right`` names.
    """
    found = folders_for(actor, right).filter(id=folder_id).first()
    if found is not None:
        return found
    if right != Right.READ and folders_for(actor).filter(id=folder_id).exists():
        raise NotAllowed
    raise NotFound
