"""Refusals of services, said where the person is: on the field, or as a notice on the next page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from pli.kit.errors import PliError, fill_sentence
from pli.office.errors import explain
from pli.parties.api import UnableToSave


def show_problems(form: forms.Form, refusal: UnableToSave) -> None:
    """Put each problem on its field, with its cure; on the whole form when it has no such field."""
    for problem in refusal.problems:
        name = problem.field if problem.field in form.fields else None
        form.add_error(name, f"{problem.reason} {problem.cure}")


def say_refusal(request: HttpRequest, error: PliError) -> None:
    """A notice on the next page: what happened, what was kept, what to do."""
    said = explain(error)
    messages.error(request, " ".join(part for part in (said.message, said.kept, said.remedy) if part))


def say_told(told: Mapping[str, Any], part: str) -> str:
    """A refusal that was kept as JSON, in the reader's tongue: its ``message`` or its ``remedy``; empty for none."""
    return fill_sentence(str(told.get(part, "")), told.get("details", {}), _)
