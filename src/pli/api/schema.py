"""What bodies and queries have in common: unknown fields refused, no text that the database could not hold."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from django.utils.translation import gettext_noop
from ninja import Schema
from pydantic import ConfigDict, Field, StringConstraints, model_validator

from pli.api.errors import FieldProblem, FieldsRefused

T = TypeVar("T")
LARGEST_PAGE = 200
Line = Annotated[str, StringConstraints(max_length=200)]
Text = Annotated[str, StringConstraints(max_length=4000)]
Limit = Annotated[int, Field(ge=1, le=LARGEST_PAGE, description="how many at most")]
After = Annotated[str, StringConstraints(max_length=600), Field(description="the `next` of the page before")]


def is_storable(text: str) -> bool:
    """Whether PostgreSQL can hold it: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and not any("\ud800" <= character <= "\udfff" for character in text)


def _refuse_unstorable(value: Any) -> None:
    match value:
        case str():
            if not is_storable(value):
                raise ValueError("forbidden_character")
        case dict():
            for name, item in value.items():
                _refuse_unstorable(name)
                _refuse_unstorable(item)
        case list():
            for item in value:
                _refuse_unstorable(item)


class Strict(Schema):
    """A body: a field it does not know is refused, so that a typing error never passes for a wish."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _is_storable(cls, data: Any) -> Any:
        _refuse_unstorable(getattr(data, "_obj", data))
        return data


class Page(Schema, Generic[T]):
    """Some items of a list, and the key of those after them (`after=` of the next request); null at the end."""

    items: list[T]
    next: str | None = Field(None, description="key of the next page; null at the end")


def read_instant_key(key: str) -> str:
    """A page key ``[instant, id]`` as the rooms write it, checked before they read it.

    :raises FieldsRefused: for anything else.
    """
    if key:
        instant, _ = _decoded(key)
        try:
            if datetime.fromisoformat(instant).tzinfo is None:
                raise ValueError(instant)
        except ValueError:
            raise _bad_key() from None
    return key


def read_text_key(key: str) -> str:
    """A page key ``[text, id]``, checked. :raises FieldsRefused: for anything else."""
    if key and not is_storable(_decoded(key)[0]):
        raise _bad_key()
    return key


def read_event_key(key: str) -> str:
    """A page key of the journal, ``instant_id``, checked. :raises FieldsRefused: for anything else."""
    if key:
        instant, _, identity = key.partition("_")
        try:
            if datetime.fromisoformat(instant).tzinfo is None:
                raise ValueError(instant)
            UUID(identity)
        except ValueError:
            raise _bad_key() from None
    return key


def _decoded(key: str) -> tuple[str, str]:
    try:
        value, identity = json.loads(base64.urlsafe_b64decode(key.encode()))
        if not isinstance(value, str) or not isinstance(identity, str):
            raise ValueError("not two texts")
        UUID(identity)
    except (ValueError, TypeError, binascii.Error, RecursionError):
        raise _bad_key() from None
    return value, identity


def _bad_key() -> FieldsRefused:
    sentence = gettext_noop("Cette clé de page n’est pas valable : reprenez celle du champ « next ».")
    return FieldsRefused([FieldProblem("after", "bad_key", sentence)])
