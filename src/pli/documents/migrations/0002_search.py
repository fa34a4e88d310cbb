from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations


class Migration(migrations.Migration):
    """French full-text search that does not mind accents."""

    dependencies = [("documents", "0001_initial")]
    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunSQL(
            """
            CREATE TEXT SEARCH CONFIGURATION pli_french (COPY = french);
            ALTER TEXT SEARCH CONFIGURATION pli_french
                ALTER MAPPING FOR hword, hword_part, word WITH unaccent, french_stem;
            """,
            "DROP TEXT SEARCH CONFIGURATION pli_french",
        ),
    ]
