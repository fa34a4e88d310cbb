"""Making and changing layouts: how papers of one look are recognised and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from pydantic import ValidationError

from pli.documents.api import Blob, DocumentKind, clean_title, kinds_of
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound, Phrase
from pli.parties.api import Actor, Role, StaffActor, get_party
from pli.processing import events
from pli.processing.errors import LayoutNameTaken, LayoutRefused
from pli.processing.models import Layout
from pli.processing.plugs import FieldRule
from pli.processing.steps.index import check_rule

MOST_RULES = 100
MOST_KEYWORDS = 20
LONGEST_KEYWORD = 120


@dataclass(frozen=True)
class LayoutWishes:
    """All that can be said of a layout. ``rules`` as :class:`pli.processing.plugs.FieldRule` takes them."""

    name: str
    kind: str
    party_id: UUID | None = None
    keywords: Sequence[str] = field(default=())
    rules: Sequence[Mapping[str, Any]] = field(default=())
    is_active: bool = True
    sample: str = ""
    """The SHA-256 of the page it was drawn on; empty to keep the one it has."""


@dataclass(frozen=True)
class RuleProblem:
    """What is wrong with one rule (its place from 0; -1 for the layout itself), the part concerned, and why."""

    position: int
    field: str
    reason: Phrase


def layouts_for(actor: Actor) -> QuerySet[Layout]:
    """The layouts of the actor's organisation, by supplier; nobody's for a portal."""
    if not isinstance(actor, StaffActor):
        return Layout.objects.none()
    found = Layout.objects.filter(organisation_id=actor.organisation_id).select_related("party")
    return found.order_by("-is_active", "party__name", "name")


def get_layout(actor: Actor, layout_id: UUID) -> Layout:
    """:raises NotFound: when it does not exist for this actor."""
    found = layouts_for(actor).select_related("party", "sample").filter(id=layout_id).first()
    if found is None:
        raise NotFound
    return found


def check_layout(actor: StaffActor, wishes: LayoutWishes) -> list[RuleProblem]:
    """What is wrong with a layout, before anything is saved: for the editor."""
    kind = next((kind for kind in kinds_of(actor.organisation_id) if kind.slug == wishes.kind), None)
    if kind is None:
        return [RuleProblem(-1, "kind", Phrase("Choisissez une nature de document."))]
    problems = []
    if len(wishes.rules) > MOST_RULES:
        problems.append(RuleProblem(-1, "rules", Phrase("Un modèle compte 100 règles au plus.")))
    if not clean_keywords(wishes.keywords) and wishes.party_id is None:
        sentence = "Cochez au moins un mot-clé, ou choisissez le fournisseur : sans cela, rien ne le reconnaît."
        problems.append(RuleProblem(-1, "keywords", Phrase(sentence)))
    for position, rule in enumerate(wishes.rules[:MOST_RULES]):
        problem = _check_rule(position, rule, kind)
        if problem is not None:
            problems.append(problem)
    return problems


def _check_rule(position: int, rule: Mapping[str, Any], kind: DocumentKind) -> RuleProblem | None:
    try:
        checked = FieldRule.model_validate(rule)
    except ValidationError as error:
        part = str(error.errors()[0]["loc"][0]) if error.errors()[0]["loc"] else ""
        return RuleProblem(position, part, Phrase("Cette valeur n’est pas valable."))
    if checked.field not in {str(one["name"]) for one in kind.fields}:
        return RuleProblem(position, "field", Phrase("Cette nature n’a pas cette métadonnée."))
    try:
        check_rule(checked)
    except ValueError as error:
        return RuleProblem(position, "box" if checked.how in ("zone", "block") else checked.how, Phrase(str(error)))
    return None


def clean_keywords(keywords: Sequence[str]) -> list[str]:
    """Each once, spaces aside, in their order."""
    said = (" ".join(keyword.split())[:LONGEST_KEYWORD] for keyword in keywords)
    return list(dict.fromkeys(keyword for keyword in said if keyword))[:MOST_KEYWORDS]


@transaction.atomic
def save_layout(
    actor: StaffActor, wishes: LayoutWishes, *, layout_id: UUID | None = None, clock: Clock = SYSTEM_CLOCK
) -> Layout:
    """Make a layout, or change one. Documents already filed stay as they are.

    :raises NotAllowed: for a member or an auditor; :raises NotFound: for a layout or a party that is not there.
    :raises LayoutRefused: naming each rule that is wrong; :raises LayoutNameTaken.
    """
    actor.require(Role.ADMIN, Role.MANAGER)
    problems = check_layout(actor, wishes)
    if problems:
        raise LayoutRefused(problems)
    if layout_id is None:
        layout = Layout(organisation_id=actor.organisation_id)
    else:
        layout = Layout.objects.select_for_update().get(id=get_layout(actor, layout_id).id)
    layout.name, layout.kind = clean_title(wishes.name, "Modèle")[:80], wishes.kind
    layout.party_id = get_party(actor, wishes.party_id).id if wishes.party_id else None
    layout.keywords = clean_keywords(wishes.keywords)
    layout.rules = [FieldRule.model_validate(rule).model_dump(mode="json") for rule in wishes.rules]
    layout.is_active, layout.changed_at = wishes.is_active, clock.now()
    if wishes.sample:
        layout.sample = Blob.objects.filter(sha256=wishes.sample).first()
    try:
        with transaction.atomic():
            layout.save()
    except IntegrityError:
        raise LayoutNameTaken(name=layout.name) from None
    _tell(actor, layout, clock)
    return layout


@transaction.atomic
def switch_layout(actor: StaffActor, layout_id: UUID, *, is_active: bool, clock: Clock = SYSTEM_CLOCK) -> Layout:
    """Switch a layout off (nothing is recognised by it any more), or on again.

    :raises NotAllowed, NotFound: as :func:`save_layout`.
    """
    actor.require(Role.ADMIN, Role.MANAGER)
    layout = Layout.objects.select_for_update().get(id=get_layout(actor, layout_id).id)
    layout.is_active, layout.changed_at = is_active, clock.now()
    layout.save(update_fields=["is_active", "changed_at"])
    _tell(actor, layout, clock)
    return layout


def _tell(actor: StaffActor, layout: Layout, clock: Clock) -> None:
    record(
        events.LAYOUT_SAVED,
        organisation_id=layout.organisation_id,
        subject=("layout", layout.id),
        actor=actor.reference,
        data={
            "name": layout.name,
            "kind": layout.kind,
            "fields": [rule["field"] for rule in layout.rules],
            "is_active": layout.is_active,
        },
        clock=clock,
    )
