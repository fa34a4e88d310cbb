"""When the rest of a cancelled run was taken up."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("processing", "0003_recipe_revisions")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="resumed_at",
            field=models.DateTimeField(
                help_text="when the rest of it was taken up, after it was cancelled", null=True
            ),
        ),
    ]
