"""The revisions of recipes are kept from now on; of the former ones, those that a run or the recipe still holds."""

from __future__ import annotations

import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_ABOUT = ("kind", "steps", "asks_below", "needs_party")


def keep_what_is_known(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The recipe as it is, and each former revision as the first run that followed it copied it; who and when as the
    journal says."""
    revision_model = apps.get_model("processing", "RecipeRevision")
    run_model, event_model = apps.get_model("processing", "Run"), apps.get_model("journal", "Event")
    for recipe in apps.get_model("processing", "Recipe").objects.all().iterator():
        saved = {
            event.data.get("revision"): event
            for event in event_model.objects.filter(
                name="processing.recipe-saved", subject_type="recipe", subject_id=recipe.id
            )
        }
        runs = run_model.objects.filter(recipe=recipe, recipe_revision__lt=recipe.revision)
        copies = list(runs.order_by("recipe_revision", "started_at", "id").distinct("recipe_revision"))
        rows = [(copy.recipe_revision, copy, copy.recipe_name, copy.started_at) for copy in copies]
        rows.append((recipe.revision, recipe, recipe.name, recipe.changed_at))
        for number, source, name, seen_at in rows:
            event = saved.get(number)
            revision_model.objects.create(
                recipe=recipe,
                number=number,
                name=name,
                is_active=event.data.get("is_active", True) if event else True,
                saved_by=event.actor if event else "",
                saved_at=event.occurred_at if event else seen_at,
                **{part: getattr(source, part) for part in _ABOUT},
            )


class Migration(migrations.Migration):
    dependencies = [("processing", "0002_recipes_and_runs"), ("journal", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="RecipeRevision",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=80)),
                ("kind", models.SlugField(max_length=40)),
                ("steps", models.JSONField(default=list)),
                ("asks_below", models.PositiveSmallIntegerField(default=0)),
                ("needs_party", models.BooleanField(default=False)),
                ("is_active", models.BooleanField(default=True)),
                (
                    "saved_by",
                    models.CharField(
                        blank=True, help_text="the actor's reference; empty where nobody knows", max_length=80
                    ),
                ),
                ("saved_at", models.DateTimeField()),
                (
                    "brought_back",
                    models.PositiveIntegerField(help_text="the number of the revision it took up again", null=True),
                ),
                (
                    "recipe",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="revisions", to="processing.recipe"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("recipe", "number"), name="recipe_revision_once"),
                ],
            },
        ),
        migrations.RunPython(keep_what_is_known, migrations.RunPython.noop, elidable=True),
    ]
