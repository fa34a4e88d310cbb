"""Requests already out in turn: the rank of each person becomes their step."""

from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("signing", "0003_roles_and_steps")]
    operations = [
        migrations.RunSQL(
            """
            UPDATE signing_signer s SET step = s.position FROM signing_ceremony c
            WHERE c.id = s.ceremony_id AND c.is_in_order AND s.step <> s.position
            """,
            migrations.RunSQL.noop,
        )
    ]
