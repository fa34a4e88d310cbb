"""What the sender of a file asks for: form fields beside the file, or the query of a raw body."""

from __future__ import annotations

import json
from typing import Annotated, Any
from uuid import UUID

from django.utils.translation import gettext_noop
from ninja.errors import ValidationError as Refused
from pydantic import Field, StringConstraints, ValidationError

from pli.api.errors import FieldProblem, FieldsRefused
from pli.api.problems import explain_exception
from pli.api.schema import Strict
from pli.capture.api import Capture, Wishes

LONGEST_WAIT = 30
WISHES = ("kind", "party_id", "folder_id", "title", "facts", "file_name", "recipe_id")
WISHES_FORM = {
    "kind": {"type": "string", "default": "other", "description": "slug of a kind"},
    "party_id": {"type": "string", "format": "uuid"},
    "folder_id": {"type": "string", "format": "uuid"},
    "title": {"type": "string"},
    "facts": {"type": "string", "description": "a JSON object of texts"},
    "recipe_id": {"type": "string", "format": "uuid", "description": "the recipe it goes through"},
    "wait": {"type": "number"},
}
"""Their part of the description of a form."""
Wait = Annotated[
    float, Field(ge=0, le=LONGEST_WAIT, description="seconds to wait for the capture, and the run it passed to, to end")
]
Facts = dict[Annotated[str, StringConstraints(max_length=80)], Annotated[str, StringConstraints(max_length=1000)]]


class WishesIn(Strict):
    """What the sender asks for: form fields beside the file, or the query of a raw body."""

    kind: Annotated[str, StringConstraints(max_length=40)] = "other"
    party_id: UUID | None = None
    folder_id: UUID | None = None
    title: Annotated[str, StringConstraints(max_length=200)] = ""
    facts: Facts = Field(default_factory=dict, description="a JSON object of texts")
    file_name: Annotated[str, StringConstraints(max_length=200)] = ""
    recipe_id: UUID | None = None


def read_wait(text: str) -> float:
    """Seconds, of a form or a query. :raises FieldsRefused: for anything else than 0 to :data:`LONGEST_WAIT`."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= LONGEST_WAIT:
        raise FieldsRefused([FieldProblem("wait", "invalid", gettext_noop("Nombre de secondes attendu, de 0 à 30."))])
    return seconds


def read_wishes(fields: dict[str, str]) -> Wishes:
    """The wishes that texts spell. :raises FieldsRefused: for unknown or wrong ones."""
    data: dict[str, Any] = {name: value for name, value in fields.items() if value != "" or name not in WISHES}
    try:
        if "facts" in data:
            data["facts"] = json.loads(data["facts"])
        asked = WishesIn.model_validate(data)
    except (json.JSONDecodeError, RecursionError):
        raise FieldsRefused([FieldProblem("facts", "invalid", gettext_noop("Objet JSON attendu."))]) from None
    except ValidationError as error:
        findings = [{**item, "loc": ("form", *item["loc"])} for item in error.errors(include_url=False)]
        raise explain_exception(Refused(findings)) from None
    return Wishes(asked.kind, asked.party_id, asked.folder_id, asked.title, asked.facts, asked.recipe_id)


def same_wishes(capture: Capture, wishes: Wishes) -> bool:
    """Whether a capture was sent with these."""
    kept = capture.wishes
    asked = (wishes.kind, wishes.title, dict(wishes.facts), _text(wishes.party_id), _text(wishes.folder_id))
    same = (kept["kind"], kept["title"], kept["facts"], kept["party_id"], kept["folder_id"]) == asked
    return same and kept.get("recipe_id") == _text(wishes.recipe_id)


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None
