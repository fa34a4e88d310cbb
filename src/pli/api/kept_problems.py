"""A reason that was kept with its code, as the API tells it: why something waits for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from ninja import Schema

from pli.kit.errors import fill_sentence


class KeptProblem(Schema):
    code: str
    detail: str
    kept: str
    remedy: str


def tell_kept(code: str, problem: Mapping[str, Any]) -> dict[str, str]:
    """A :class:`KeptProblem` in the reader's language."""
    details = problem.get("details") or {}
    names = {"detail": "message", "kept": "kept", "remedy": "remedy"}
    said = {name: fill_sentence(str(problem.get(kept) or ""), details, _) for name, kept in names.items()}
    return {"code": code, **said}
