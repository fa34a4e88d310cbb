"""A layout from what a person typed in « À indexer »: the next paper of that look is read alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from pli.documents.api import DocumentKind
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.parties.api import Party, Role, StaffActor
from pli.processing.contexts import kind_spec
from pli.processing.indexing.api import fields_read, suggest_layout
from pli.processing.layouts import LayoutWishes, layouts_for, save_layout
from pli.processing.models import Layout, RunPiece
from pli.processing.plugs import KindSpec, LayoutSpec, PageReading, PartySpec
from pli.processing.queries import get_piece, pieces_for
from pli.processing.watching import readings_of

MOST_PAGES = 20
MOST_COMPARED = 9
ALIKE = 3
"""Papers typed alike after which a layout is offered."""


@dataclass(frozen=True)
class LayoutOffer:
    """A layout Pli could make by itself: whose papers it would read, which fields, and from how many typed alike."""

    piece_id: UUID
    party_name: str
    count: int
    fields: Sequence[str]


def remember_layout(actor: StaffActor, piece_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> Layout | None:
    """Make a layout of what was typed for a piece and of where it stands on its pages; None when nothing typed is
    there, or nothing would recognise such a paper again.

    Where other papers of the same client or supplier were typed too, a field whose place does not hold for them is
    left out: a value read wrong is worse than none.

    :raises NotAllowed: for a member or an auditor; :raises NotFound: for a piece the actor does not see.
    """
    actor.require(Role.ADMIN, Role.MANAGER)
    piece = get_piece(actor, piece_id)
    found = _suggestion(piece)
    if found is None:
        return None
    _alike, held = _tried_on_others(actor, piece, found)
    rules = [rule for rule in found.rules if rule.field in held] if held else found.rules
    wishes = LayoutWishes(
        name=_free_name(actor, found.name),
        kind=found.kind,
        party_id=UUID(found.party_id) if found.party_id else None,
        keywords=found.keywords,
        rules=[rule.model_dump(mode="json") for rule in rules],
    )
    return save_layout(actor, wishes, clock=clock)


def offer_layout(actor: StaffActor, piece_id: UUID) -> LayoutOffer | None:
    """What to offer after a piece was typed: a layout, once :data:`ALIKE` papers of the same client or supplier and
    kind were typed and one would have read the others. None for who may not make one, and where one is in use already.

    :raises NotFound: for a piece the actor does not see.
    """
    piece = get_piece(actor, piece_id)
    if actor.role not in (Role.ADMIN, Role.MANAGER) or piece.party is None or not piece.typed:
        return None
    if layouts_for(actor).filter(kind=piece.kind, party=piece.party, is_active=True).exists():
        return None
    if _typed_too(actor, piece).count() + 1 < ALIKE:
        return None
    found = _suggestion(piece)
    alike, held = _tried_on_others(actor, piece, found) if found else (0, frozenset())
    if alike + 1 < ALIKE or not held:
        return None
    return LayoutOffer(piece.id, piece.party.name, alike + 1, sorted(held))


def _suggestion(piece: RunPiece) -> LayoutSpec | None:
    kind, pages = _kind_of(piece), _pages_of(piece)
    if kind is None or not pages:
        return None
    party = _party_spec(piece.party) if piece.party else None
    found = suggest_layout(pages, piece.typed, kind=kind, party=party, organisation_name=piece.run.organisation.name)
    return found if found.rules and (found.keywords or found.party_id) else None


def _typed_too(actor: StaffActor, piece: RunPiece) -> QuerySet[RunPiece]:
    """Other papers of the same client or supplier and kind that somebody typed, the latest first."""
    typed = pieces_for(actor).filter(kind=piece.kind, party=piece.party).exclude(typed={}).exclude(id=piece.id)
    return typed.order_by("-id")


def _tried_on_others(actor: StaffActor, piece: RunPiece, found: LayoutSpec) -> tuple[int, frozenset[str]]:
    """On how many of the latest papers typed the layout reads something right, and the fields it reads right on all
    of those; a paper of another look, on which it reads nothing right, says nothing of it."""
    kind = _kind_of(piece)
    if piece.party is None or kind is None:
        return 0, frozenset()
    alike, held = 0, {rule.field for rule in found.rules}
    for other in _typed_too(actor, piece)[:MOST_COMPARED]:
        right = fields_read(found.rules, _pages_of(other), other.typed, kind=kind) & held
        if right:
            alike, held = alike + 1, right
    return alike, frozenset(held) if alike else frozenset()


def _kind_of(piece: RunPiece) -> KindSpec | None:
    kind = DocumentKind.objects.filter(organisation_id=piece.run.organisation_id, slug=piece.kind).first()
    return kind_spec(kind) if kind else None


def _pages_of(piece: RunPiece) -> list[PageReading]:
    pages = readings_of(piece.run, piece.pages[:MOST_PAGES])
    return [pages[number] for number in piece.pages if number in pages]


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
