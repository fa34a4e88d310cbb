"""A layout from what a person typed in « À indexer »: the next paper of that look is read alone."""

from __future__ import annotations

from uuid import UUID

from pli.documents.api import DocumentKind
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.parties.api import Party, Role, StaffActor
from pli.processing.contexts import kind_spec
from pli.processing.indexing.api import suggest_layout
from pli.processing.layouts import LayoutWishes, layouts_for, save_layout
from pli.processing.models import Layout
from pli.processing.plugs import PartySpec
from pli.processing.queries import get_piece
from pli.processing.watching import readings_of

MOST_PAGES = 20


def remember_layout(actor: StaffActor, piece_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> Layout | None:
    """Make a layout of what was typed for a piece and of where it stands on its pages; None when nothing typed is
    there, or nothing would recognise such a paper again.

    :raises NotAllowed: for a member or an auditor; :raises NotFound: for a piece the actor does not see.
    """
    actor.require(Role.ADMIN, Role.MANAGER)
    piece = get_piece(actor, piece_id)
    kind = DocumentKind.objects.filter(organisation_id=actor.organisation_id, slug=piece.kind).first()
    pages = readings_of(piece.run, piece.pages[:MOST_PAGES])
    if kind is None or not pages:
        return None
    found = suggest_layout(
        [pages[number] for number in piece.pages if number in pages],
        piece.typed,
        kind=kind_spec(kind),
        party=_party_spec(piece.party) if piece.party else None,
        organisation_name=piece.run.organisation.name,
    )
    if not found.rules or not (found.keywords or found.party_id):
        return None
    wishes = LayoutWishes(
        name=_free_name(actor, found.name),
        kind=found.kind,
        party_id=UUID(found.party_id) if found.party_id else None,
        keywords=found.keywords,
        rules=[rule.model_dump(mode="json") for rule in found.rules],
    )
    return save_layout(actor, wishes, clock=clock)


def _party_spec(party: Party) -> PartySpec:
    vat = party.vat_number.replace(" ", "").upper()
    return PartySpec(
        str(party.id), party.code, party.name, party.kind, siren=party.siren, vat=vat, ibans=party.bank_accounts
    )


def _free_name(actor: StaffActor, name: str) -> str:
    """The name, with a number behind it when it is taken."""
    taken = set(layouts_for(actor).filter(name__startswith=name[:70]).values_list("name", flat=True))
    offered = [name, *(f"{name[:70]} ({rank})" for rank in range(2, len(taken) + 3))]
    return next(one for one in offered if one not in taken)
