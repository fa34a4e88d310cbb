"""Kinds of documents: what an administrator may say of them, and what is refused because documents rely on it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction

from pli.documents import events
from pli.documents.facts import FIELD_TYPES
from pli.documents.models import Document, DocumentKind
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound, Phrase, PliError
from pli.parties.api import Actor, Role, StaffActor

LONGEST_RETENTION_YEARS = 100
MOST_FIELDS = 30


class KindRefused(PliError):
    """A kind that cannot be as it was filled in; ``reason`` is a French sentence."""

    code = "DOC-030"
    status = 422
    message = "%(reason)s"
    kept = "La nature de document n’a pas changé."
    remedy = "Corrigez, puis enregistrez de nouveau."


@dataclass(frozen=True)
class KindField:
    """One fact a kind's documents carry. ``name`` is how it is stored; empty for a new field: made from its label."""

    label_fr: str
    label_en: str = ""
    type: str = "text"
    is_required: bool = False
    name: str = ""


@dataclass(frozen=True)
class KindWishes:
    """All that can be said of a kind; empty English words are the French ones."""

    name_fr: str
    name_en: str = ""
    fields: Sequence[KindField] = field(default=())
    retention_years: int = 10
    is_shown_in_portal: bool = True
    is_active: bool = True


def all_kinds(actor: Actor) -> list[DocumentKind]:
    """Every kind of the actor's organisation, those in use first, by French name."""
    return list(DocumentKind.objects.filter(organisation_id=actor.organisation_id).order_by("-is_active", "name_fr"))


def get_kind(actor: Actor, kind_id: UUID) -> DocumentKind:
    """:raises NotFound: when it does not exist for this actor."""
    found = DocumentKind.objects.filter(organisation_id=actor.organisation_id, id=kind_id).first()
    if found is None:
        raise NotFound
    return found


@transaction.atomic
def save_kind(
    actor: StaffActor, wishes: KindWishes, *, kind_id: UUID | None = None, clock: Clock = SYSTEM_CLOCK
) -> DocumentKind:
    """Make a kind, or change one. What is kept of a document already archived does not get shorter by it.

    :raises NotAllowed: unless an administrator asks; :raises NotFound: for another organisation's.
    :raises KindRefused: a word missing or taken, a field that documents fill taken away or given another type.
    """
    actor.require(Role.ADMIN)
    if kind_id is None:
        kind = DocumentKind(organisation_id=actor.organisation_id, slug=_new_slug(actor, wishes))
    else:
        kind = DocumentKind.objects.select_for_update().get(id=get_kind(actor, kind_id).id)
    name_fr, name_en = _clean(wishes.name_fr), _clean(wishes.name_en) or _clean(wishes.name_fr)
    _check(actor, kind, wishes, name_fr)
    fields = _fields_of(wishes.fields)
    if kind_id is not None:
        _refuse_loss(kind, fields)
    before = _facts_of(kind) if kind_id else {}
    kind.name_fr, kind.name_en, kind.fields = name_fr, name_en, fields
    kind.retention_years, kind.is_active = wishes.retention_years, wishes.is_active
    kind.is_shown_in_portal = wishes.is_shown_in_portal
    after = _facts_of(kind)
    changed = sorted(name for name in after if after[name] != before.get(name))
    if changed:
        kind.save()
        record(
            events.KIND_SAVED,
            organisation_id=actor.organisation_id,
            subject=("kind", kind.id),
            actor=actor.reference,
            data={"slug": kind.slug, "changed": changed, "before": before, "after": after},
            clock=clock,
        )
    return kind


@transaction.atomic
def set_kind_recipe(
    actor: StaffActor, kind_id: UUID, recipe_id: UUID | None, *, clock: Clock = SYSTEM_CLOCK
) -> DocumentKind:
    """The recipe that files of this kind go through when they arrive, or none. The caller has found the recipe for
    this actor.

    :raises NotAllowed: unless an administrator asks; :raises NotFound: for another organisation's.
    """
    actor.require(Role.ADMIN)
    kind = DocumentKind.objects.select_for_update().get(id=get_kind(actor, kind_id).id)
    before = str(kind.recipe_id) if kind.recipe_id else None
    kind.recipe_id = recipe_id
    kind.save(update_fields=["recipe_id"])
    after = str(recipe_id) if recipe_id else None
    record(
        events.KIND_SAVED,
        organisation_id=actor.organisation_id,
        subject=("kind", kind.id),
        actor=actor.reference,
        data={"slug": kind.slug, "changed": ["recipe"], "before": {"recipe": before}, "after": {"recipe": after}},
        clock=clock,
    )
    return kind


def _facts_of(kind: DocumentKind) -> dict[str, Any]:
    return {
        "name_fr": kind.name_fr,
        "name_en": kind.name_en,
        "fields": kind.fields,
        "retention_years": kind.retention_years,
        "is_shown_in_portal": kind.is_shown_in_portal,
        "is_active": kind.is_active,
    }


def _check(actor: Actor, kind: DocumentKind, wishes: KindWishes, name_fr: str) -> None:
    if not name_fr:
        raise KindRefused(reason="Donnez un nom à cette nature de document.")
    others = DocumentKind.objects.filter(organisation_id=actor.organisation_id).exclude(id=kind.id)
    if others.filter(name_fr__iexact=name_fr).exists():
        raise KindRefused(reason=Phrase("La nature « %(name)s » existe déjà.", name=name_fr))
    if not 1 <= wishes.retention_years <= LONGEST_RETENTION_YEARS:
        raise KindRefused(reason="La durée de conservation va de 1 à 100 ans.")
    if len(wishes.fields) > MOST_FIELDS:
        raise KindRefused(reason="Une nature porte 30 métadonnées au plus.")


def _fields_of(wanted: Sequence[KindField]) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = []
    names: set[str] = set()
    for one in wanted:
        label = _clean(one.label_fr)
        if not label:
            raise KindRefused(reason="Chaque métadonnée doit avoir un nom.")
        if one.type not in FIELD_TYPES:
            raise KindRefused(reason=Phrase("Le type de « %(name)s » n’existe pas.", name=label))
        name = one.name or _identifier(label, "_")
        if name in names:
            raise KindRefused(reason=Phrase("La métadonnée « %(name)s » figure deux fois.", name=label))
        names.add(name)
        entry = {"name": name, "label_fr": label, "label_en": _clean(one.label_en) or label, "type": one.type}
        fields.append({**entry, "required": True} if one.is_required else entry)
    return fields


def _refuse_loss(kind: DocumentKind, fields: Sequence[Mapping[str, Any]]) -> None:
    """A field that documents fill stays, with its type: their values would be lost or make no sense."""
    types = {str(one["name"]): str(one["type"]) for one in fields}
    for former in kind.fields:
        name = str(former["name"])
        if types.get(name) == former.get("type", "text"):
            continue
        if Document.objects.filter(kind=kind, facts__has_key=name).exists():
            sentence = (
                "La métadonnée « %(name)s » est remplie dans des documents : elle ne peut ni être retirée "
                "ni changer de type."
            )
            raise KindRefused(reason=Phrase(sentence, name=str(former.get("label_fr", name))))


def _new_slug(actor: Actor, wishes: KindWishes) -> str:
    base = _identifier(_clean(wishes.name_en) or _clean(wishes.name_fr), "-")[:34] or "kind"
    taken = set(
        DocumentKind.objects.filter(organisation_id=actor.organisation_id, slug__startswith=base).values_list(
            "slug", flat=True
        )
    )
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, 10_000))) if slug not in taken)


def _identifier(text: str, joint: str) -> str:
    """Small ASCII letters and digits joined by ``joint``: « N° de devis » is ``n_de_devis``."""
    plain = unicodedata.normalize("NFKD", text.replace("°", "")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", joint, plain).strip(joint)[:40] or "x"


def _clean(text: str) -> str:
    """One line without control characters, at most 80."""
    return " ".join("".join(" " if unicodedata.category(c)[0] == "C" else c for c in text).split())[:80]
