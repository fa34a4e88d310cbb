"""Lists: filters, sort and place in the URL, pages by key (never by offset: an archive has a million rows)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, Generic, TypeVar

from django import forms
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext as _

M = TypeVar("M", bound=Model)
PAGE = 50


class ListFilter(forms.Form):
    """A list's filter, read from the page's address. ``offered``: the choices of its fields, « Tous » goes before."""

    offered: ClassVar[Mapping[str, Iterable[tuple[Any, Any]]]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in self.offered.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", _("Tous")), *choices]

    def words(self, *names: str) -> list[str]:
        """What these fields say; what is not understood is as if it were not there."""
        return [str(self._kept().get(name) or "") for name in names]

    def days(self, *names: str) -> list[date | None]:
        """The same, of fields of days."""
        return [self._kept().get(name) for name in names]

    def _kept(self) -> dict[str, Any]:
        self.is_valid()
        return self.cleaned_data


class Listing(Generic[M]):
    """One page of ``queryset`` for ``request``.

    ``sorts`` maps the words of the URL to model fields (``{"title": "title", "created": "created_at"}``); the first
    is the default, ``-`` before a word of ``default`` turns it round. Fields must hold no NULL. ``filters`` are the URL
    parameters kept when one sorts or pages; the screen applies them to ``queryset`` before.
    """

    def __init__(
        self,
        request: HttpRequest,
        queryset: QuerySet[M],
        *,
        sorts: Mapping[str, str],
        default: str,
        filters: Sequence[str] = ("q",),
        size: int = PAGE,
    ) -> None:
        self.path = request.path
        self.sorts = sorts
        self.parameters = {name: values for name, values in request.GET.lists() if name in filters and any(values)}
        self.sort, self.is_descending = self._read_sort(request.GET.get("sort", ""), default)
        self.after = _read_cursor(request.GET.get("after", ""))
        self.before = None if self.after else _read_cursor(request.GET.get("before", ""))
        self._load(queryset, size)

    def _read_sort(self, asked: str, default: str) -> tuple[str, bool]:
        chosen = asked if asked.removeprefix("-") in self.sorts else default
        return chosen.removeprefix("-"), chosen.startswith("-")

    def _load(self, queryset: QuerySet[M], size: int) -> None:
        field = self.sorts[self.sort]
        backwards = self.before is not None
        cursor = self.before or self.after
        downwards = self.is_descending != backwards
        if cursor:
            queryset = queryset.filter(_beyond(queryset.model, field, cursor, downwards=downwards))
        sign = "-" if downwards else ""
        rows = list(queryset.order_by(f"{sign}{field}", f"{sign}pk")[: size + 1])
        has_more, rows = len(rows) > size, rows[:size]
        if backwards:
            rows.reverse()
        self.rows: list[M] = rows
        has_next, has_previous = (bool(cursor), has_more) if backwards else (has_more, bool(cursor))
        self.next_url = self._url(after=_cursor(rows[-1], field)) if rows and has_next else ""
        self.previous_url = self._url(before=_cursor(rows[0], field)) if rows and has_previous else ""

    def __iter__(self) -> Any:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def is_filtered(self) -> bool:
        """Whether the person narrowed the list: an empty one then says something else."""
        return bool(self.parameters)

    @property
    def clear_url(self) -> str:
        """The same list without filters."""
        return self.path

    def _url(self, **changes: str) -> str:
        query = QueryDict(mutable=True)
        for name, values in self.parameters.items():
            query.setlist(name, values)
        query["sort"] = ("-" if self.is_descending else "") + self.sort
        query.update(changes)
        return f"{self.path}?{query.urlencode()}"

    def sort_url(self, key: str) -> str:
        """The list sorted by ``key``, turned round when it already is; from its first page."""
        turned = key == self.sort and not self.is_descending
        return self._url(sort=("-" if turned else "") + key) if key in self.sorts else self.path

    def direction(self, key: str) -> str:
        """ascending, descending, or nothing: for ``aria-sort``."""
        if key != self.sort:
            return ""
        return "descending" if self.is_descending else "ascending"


def _cursor(row: Model, field: str) -> str:
    value: Any = row
    for part in field.split("__"):
        value = getattr(value, part)
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    return base64.urlsafe_b64encode(json.dumps([text, str(row.pk)]).encode()).decode().rstrip("=")


def _read_cursor(text: str) -> tuple[str, str] | None:
    """A cursor of ours; anything else is as if there were none."""
    try:
        value, key = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        return str(value), str(key)
    except (ValueError, TypeError, binascii.Error):
        return None


def _beyond(model: type[Model], field: str, cursor: tuple[str, str], *, downwards: bool) -> Q:
    """The rows after ``cursor``; a cursor whose values do not fit the fields finds the first page."""
    from django.core.exceptions import ValidationError

    side = "lt" if downwards else "gt"
    try:
        column = model._meta
        target: Any = None
        for part in field.split("__"):
            target = column.get_field(part)
            column = target.related_model._meta if target.is_relation else column
        value, key = target.to_python(cursor[0]), model._meta.pk.to_python(cursor[1])
    except (ValidationError, ValueError):
        return Q()
    return Q(**{f"{field}__{side}": value}) | Q(**{field: value, f"pk__{side}": key})
