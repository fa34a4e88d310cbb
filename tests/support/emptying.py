"""After a test that committed, only the tables it filled are emptied: truncating all of them costs half a second."""

from __future__ import annotations

from typing import Any

from django.db import connection

# Rows that belong to the code, not to a test: made with the tables, and the same for ever.
KEPT = ("django_migrations", "django_content_type", "auth_permission")
# Past this, in bytes, an emptied table gives its room back.
_LARGE = 256 * 1024

# Waits for whoever is still writing, as a TRUNCATE would. Triggers are off: the journal refuses to be emptied.
_EMPTY = """
DO $$
DECLARE
    every text;
    filled regclass;
BEGIN
    SET LOCAL session_replication_role = replica;
    SELECT string_agg(oid::regclass::text, ', ') INTO every FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> ALL (ARRAY[{kept}]);
    EXECUTE 'LOCK TABLE ' || every || ' IN SHARE ROW EXCLUSIVE MODE';
    FOR filled IN SELECT oid FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> ALL (ARRAY[{kept}])
        AND pg_relation_size(oid) > 0
    LOOP
        EXECUTE 'DELETE FROM ' || filled;
    END LOOP;
END $$
""".format(kept=", ".join(f"'{name}'" for name in KEPT))  # noqa: S608 - our own three names

_FIND_LARGE = """
SELECT oid::regclass::text FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> ALL (%s) AND pg_relation_size(oid) > %s
"""


def empty_database(_test_case: Any = None) -> None:
    """Take the place of Django's ``flush`` after each test with ``transaction=True``."""
    with connection.cursor() as cursor:
        cursor.execute(_EMPTY)
        cursor.execute(_FIND_LARGE, [list(KEPT), _LARGE])
        for (table,) in cursor.fetchall():
            cursor.execute(f"VACUUM {table}")
