"""What the sender of an input asked for and in whose name it is filed, as a capture keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pli.capture.models import Capture
from pli.parties.api import Role, StaffActor


@dataclass(frozen=True)
class Wishes:
    """What the sender asked for; whatever is not said is decided by Pli."""

    kind: str = "other"
    party_id: UUID | None = None
    folder_id: UUID | None = None
    title: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    recipe_id: UUID | None = None
    """The recipe it goes through; without one, the one its kind names, if any."""


def write_wishes(wishes: Wishes) -> dict[str, Any]:
    """As they are kept."""
    return {
        "kind": wishes.kind,
        "party_id": str(wishes.party_id) if wishes.party_id else None,
        "folder_id": str(wishes.folder_id) if wishes.folder_id else None,
        "title": wishes.title,
        "facts": dict(wishes.facts),
        "recipe_id": str(wishes.recipe_id) if wishes.recipe_id else None,
    }


def wishes_of(capture: Capture) -> Wishes:
    """What its sender asked for."""
    saved = capture.wishes
    return Wishes(
        kind=saved["kind"],
        party_id=UUID(saved["party_id"]) if saved["party_id"] else None,
        folder_id=UUID(saved["folder_id"]) if saved["folder_id"] else None,
        title=saved["title"],
        facts=saved["facts"],
        recipe_id=UUID(saved["recipe_id"]) if saved.get("recipe_id") else None,
    )


def read_before(capture: Capture) -> dict[str, Any]:
    """What was read in the file itself, which new wishes do not undo."""
    return {"read": capture.wishes["read"]} if "read" in capture.wishes else {}


def write_actor(actor: StaffActor) -> dict[str, str]:
    """As it is kept: rights are those of the moment of sending."""
    return {"account_id": str(actor.account_id), "member_id": str(actor.member_id), "role": str(actor.role)}


def actor_of(capture: Capture) -> StaffActor:
    """In whose name it is filed."""
    saved = capture.actor
    return StaffActor(capture.organisation_id, UUID(saved["account_id"]), UUID(saved["member_id"]), Role(saved["role"]))
