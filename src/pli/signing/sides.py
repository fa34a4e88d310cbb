"""The usual place of a signature: the folder's, else the kind's, else the organisation's."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from pli.documents.api import Document, DocumentKind, Folder, Right, folders_for, get_folder_for, get_kind
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.parties.api import Actor, Role, StaffActor, get_organisation
from pli.signing import events
from pli.signing.errors import PreferenceRefused
from pli.signing.preferences import SIDES, preferred_side
from pli.signing.side_models import MarkSide


def side_for(actor: Actor, document: Document | None) -> str:
    """Where signatures on this document go when a request says nothing: ``left``, ``right``, or empty for where the
    signer likes. The nearest folder above it that says something, else its kind, else the organisation."""
    if document is not None:
        own = _nearest(document.folder)
        if own is None:
            own = MarkSide.objects.filter(kind_id=document.kind_id).values_list("side", flat=True).first()
        if own is not None:
            return own
    return preferred_side(get_organisation(actor))


def side_for_folder(actor: Actor, folder: Folder | None) -> str:
    """The same for whatever comes into a folder, its kind left aside."""
    own = _nearest(folder) if folder else None
    return preferred_side(get_organisation(actor)) if own is None else own


def own_side_of_folder(folder: Folder) -> str | None:
    """What this very folder says; None when it follows those above it."""
    return MarkSide.objects.filter(folder=folder).values_list("side", flat=True).first()


def _nearest(folder: Folder) -> str | None:
    """What the nearest folder, this one included, says; None when none of them says anything."""
    path = [UUID(one) for one in folder.path.strip("/").split("/")]
    known = dict(MarkSide.objects.filter(folder_id__in=path).values_list("folder_id", "side"))
    return next((known[one] for one in reversed(path) if one in known), None)


def own_sides(actor: StaffActor) -> list[MarkSide]:
    """Every folder the actor may read and every kind that has a place of its own, kinds first."""
    rows = MarkSide.objects.filter(organisation_id=actor.organisation_id).select_related("folder", "kind")
    named = [one.folder_id for one in rows if one.folder_id]
    seen = set(folders_for(actor).filter(id__in=named).values_list("id", flat=True))
    shown = [one for one in rows if one.kind or one.folder_id in seen]
    return sorted(shown, key=lambda one: (one.kind is None, one.kind.name_fr if one.kind else str(one.folder)))


def save_folder_side(actor: StaffActor, folder_id: UUID, side: str | None, *, clock: Clock = SYSTEM_CLOCK) -> Folder:
    """Choose the place of the requests to come on a folder's documents, those below it included; None: as above it.

    :raises NotFound, NotAllowed: unless the actor manages the folder; :raises PreferenceRefused: no such place.
    """
    folder = get_folder_for(actor, folder_id, Right.MANAGE)
    _save(actor, side, folder=folder, clock=clock)
    return folder


def save_kind_side(actor: StaffActor, kind_id: UUID, side: str | None, *, clock: Clock = SYSTEM_CLOCK) -> DocumentKind:
    """The same for the documents of a kind, where no folder says otherwise; None: the organisation's.

    :raises NotAllowed: unless an administrator asks; :raises NotFound: for another organisation's.
    """
    kind = get_kind(actor, kind_id)
    actor.require(Role.ADMIN)
    _save(actor, side, kind=kind, clock=clock)
    return kind


@transaction.atomic
def _save(
    actor: StaffActor, side: str | None, *, folder: Folder | None = None, kind: DocumentKind | None = None, clock: Clock
) -> None:
    if side is not None and side not in SIDES:
        raise PreferenceRefused(reason="cette place n’existe pas")
    rows = MarkSide.objects.filter(folder=folder) if folder else MarkSide.objects.filter(kind=kind)
    before = rows.values_list("side", flat=True).first()
    if before == side:
        return
    if side is None:
        rows.delete()
    else:
        organisation_id = actor.organisation_id
        MarkSide.objects.update_or_create(
            folder=folder, kind=kind, defaults={"side": side, "organisation_id": organisation_id}
        )
    subject = folder or kind
    if subject is not None:
        record(
            events.MARK_SIDE_CHOSEN,
            organisation_id=actor.organisation_id,
            subject=("folder" if folder else "kind", subject.id),
            actor=actor.reference,
            data={"before": before, "after": side},
            clock=clock,
        )
