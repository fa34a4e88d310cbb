"""Many rows in one statement whose text does not grow with them.

Django does so itself (``UNNEST``) but for models with a binary, array or search column: for these it writes a place for
each value of each row, which costs more to put together and to plan than the rows do. It stands in the lowest room
that knows the database; those above use it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Model


class Computed(NamedTuple):
    """A column the database works out: ``expression`` over text columns named as the keys of ``given``, one value a
    row each. The expression is ours, never a caller's text."""

    expression: str
    given: Mapping[str, Sequence[str]]


def insert_rows(rows: Sequence[Model], *, computed: Mapping[str, Computed] | None = None) -> None:
    """Insert ``rows``, of one model and with their keys, as ``bulk_create`` would; ``computed``: by column.

    :raises IntegrityError, DataError: nothing is inserted then.
    """
    if not rows:
        return
    worked_out = computed or {}
    options, quote = rows[0]._meta, connection.ops.quote_name
    fields = [field for field in options.concrete_fields if field.column not in worked_out]
    columns = [quote(str(field.column)) for field in fields]
    # Without the length, as Django itself: a text too long must be refused by its column, not cut by the array.
    types = [str(field.db_type(connection)).split("(")[0] for field in fields]
    values: list[Any] = [
        [field.get_db_prep_save(field.pre_save(row, add=True), connection) for row in rows] for field in fields
    ]
    texts = {name: given for one in worked_out.values() for name, given in one.given.items()}
    names = ", ".join([*columns, *map(quote, texts)])
    arrays = ", ".join([*(f"%s::{kind}[]" for kind in types), *("%s::text[]" for _ in texts)])
    into = ", ".join([*columns, *map(quote, worked_out)])
    taken = ", ".join([*columns, *(one.expression for one in worked_out.values())])
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(options.db_table)} ({into}) SELECT {taken} FROM unnest({arrays}) AS given({names})",  # noqa: S608 - names of our own models
            [*values, *(list(given) for given in texts.values())],
        )
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias
