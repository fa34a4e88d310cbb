"""What a signature's dictionary states about itself (ISO 32000-1 table 252); none of it is proven by being there."""

from __future__ import annotations

from datetime import UTC, datetime

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import parse_pdf_date

from pli.trust.objects import raw, resolved


def text_of(value: generic.DictionaryObject, key: str) -> str:
    found = value.get(key)
    return str(found)[:500] if isinstance(found, str) else ""


def instant_of(value: generic.DictionaryObject) -> datetime | None:
    found = value.get("/M")
    if not isinstance(found, str):
        return None
    try:
        instant = parse_pdf_date(str(found), strict=False)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def transform_of(value: generic.DictionaryObject, method: str) -> generic.DictionaryObject | None:
    """The parameters of a transform method (DocMDP, FieldMDP) of the signature, if it has it."""
    references = resolved(raw(value, "/Reference"))
    for entry in references if isinstance(references, list) else ():
        reference = resolved(entry)
        if isinstance(reference, generic.DictionaryObject) and reference.get("/TransformMethod") == method:
            parameters = reference.get("/TransformParams")
            return parameters if isinstance(parameters, generic.DictionaryObject) else generic.DictionaryObject()
    return None


def is_locking(value: generic.DictionaryObject) -> bool:
    """Whether the signature forbids further ones: DocMDP or FieldMDP with P=1."""
    for method in ("/DocMDP", "/FieldMDP"):
        parameters = transform_of(value, method)
        if parameters is not None and parameters.get("/P") == 1:
            return True
    return False
