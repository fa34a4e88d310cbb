"""Many rows in one statement whose text does not grow with them: they travel as one JSON text.

Django does so for some models with arrays (``UNNEST``), for others it writes a place for each value of each row; either
way each value goes through several functions of Python. Here what JSON can say goes as it is. It stands in the lowest
room that knows the database; those above use it too.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from operator import attrgetter, methodcaller
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Field, ForeignKey, Model


class Computed(NamedTuple):
    """A column the database works out: ``expression`` over text columns named as the keys of ``given``, one value a
    row each. The expression is ours, never a caller's text."""

    expression: str
    given: Mapping[str, Sequence[str]]


def insert_rows(
    rows: Sequence[Model], *, computed: Mapping[str, Computed] | None = None, ignore_conflicts: bool = False
) -> None:
    """Insert ``rows``, of one model and with their keys, as ``bulk_create`` would; ``computed``: by column.

    :raises IntegrityError, DataError, ValueError: nothing is inserted then.
    """
    if not rows:
        return
    worked_out = computed or {}
    options, quote = rows[0]._meta, connection.ops.quote_name
    fields = [field for field in options.concrete_fields if field.column not in worked_out]
    # Without the length, as Django itself: a text too long must be refused by its column, not cut on its way.
    types = {f"c{place}": str(field.db_type(connection)).split("(")[0] for place, field in enumerate(fields)}
    columns: list[Sequence[Any]] = [list(map(_reader(field), rows)) for field in fields]
    for one in worked_out.values():
        types |= dict.fromkeys(one.given, "text")
        columns += one.given.values()
    into = ", ".join(map(quote, [*(str(field.column) for field in fields), *worked_out]))
    taken = ", ".join(
        [*(f"c{place}" for place in range(len(fields))), *(one.expression for one in worked_out.values())]
    )
    given = ", ".join(f"{quote(name)} {kind}" for name, kind in types.items())
    told = [dict(zip(types, row, strict=True)) for row in zip(*columns, strict=True)]
    ending = " ON CONFLICT DO NOTHING" if ignore_conflicts else ""
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(options.db_table)} ({into}) "  # noqa: S608 - names of our own models
            f"SELECT {taken} FROM json_to_recordset(%s::json) AS given({given}){ending}",
            [json.dumps(told, ensure_ascii=False)],
        )
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _reader(field: Field[Any, Any]) -> Callable[[Model], Any]:
    """What gives a row's value of ``field`` in words JSON has, as PostgreSQL reads them."""
    source = field.target_field if isinstance(field, ForeignKey) else field
    kind = source.get_internal_type()
    # A column that fills itself (``auto_now_add``) does so here.
    is_plain = type(field).pre_save is Field.pre_save
    value_of = attrgetter(field.attname) if is_plain else partial(field.pre_save, add=True)
    if kind in _AS_THEY_STAND:
        return value_of
    told = _TOLD[kind]
    return lambda row: None if (value := value_of(row)) is None else told(value)


_AS_THEY_STAND = frozenset(
    ["CharField", "SlugField", "TextField", "BooleanField", "JSONField", "BigIntegerField", "IntegerField",
     "PositiveIntegerField", "PositiveSmallIntegerField", "SmallIntegerField"]
)  # fmt: skip
_TOLD: dict[str, Callable[[Any], str]] = {
    "UUIDField": str,
    "DecimalField": str,
    "DateField": methodcaller("isoformat"),
    "DateTimeField": methodcaller("isoformat"),
    "BinaryField": lambda value: f"\\x{value.hex()}",
}
"""A model with another kind of column is not for :func:`insert_rows`."""
