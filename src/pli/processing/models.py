"""Recipes, layouts, and what they made of each file."""

from __future__ import annotations

from django.db import models

from pli.kit.ids import new_id
from pli.processing.states import PieceState, RunState


class Recipe(models.Model):
    """An ordered list of steps with their options. A run keeps a copy of the steps it was started with."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    kind = models.SlugField(max_length=40, help_text="the kind of its documents where no step says another")
    steps = models.JSONField(default=list, help_text="[{slug, options}], in their order")
    asks_below = models.PositiveSmallIntegerField(
        default=0, help_text="a fact surer than this many percent needs nobody; 0: only what is missing is asked"
    )
    needs_party = models.BooleanField(default=False, help_text="a document of nobody known goes to « À indexer »")
    revision = models.PositiveIntegerField(default=1)
    is_active = models.BooleanField(default=True)
    sample = models.ForeignKey(
        "documents.Blob", on_delete=models.PROTECT, null=True, related_name="+", help_text="what the editor shows"
    )
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="recipe_name_once")]

    def __str__(self) -> str:
        return self.name


class RecipeRevision(models.Model):
    """A recipe as it was saved once. Never changed: bringing one back makes a new one."""

    id = models.BigAutoField(primary_key=True)
    recipe = models.ForeignKey(Recipe, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    kind = models.SlugField(max_length=40)
    steps = models.JSONField(default=list)
    asks_below = models.PositiveSmallIntegerField(default=0)
    needs_party = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    saved_by = models.CharField(max_length=80, blank=True, help_text="the actor's reference; empty where nobody knows")
    saved_at = models.DateTimeField()
    brought_back = models.PositiveIntegerField(null=True, help_text="the number of the revision it took up again")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["recipe", "number"], name="recipe_revision_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"


class Resource(models.Model):
    """A file that recipes use: a letterhead, a back page, general terms, a stamp."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    blob = models.ForeignKey("documents.Blob", on_delete=models.PROTECT, related_name="+")
    is_active = models.BooleanField(default=True)
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="resource_name_once")]

    def __str__(self) -> str:
        return self.name


class Layout(models.Model):
    """How documents of one look are recognised and read; ``rules`` are :class:`pli.processing.plugs.FieldRule`."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=80)
    kind = models.SlugField(max_length=40)
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, null=True, related_name="+")
    keywords = models.JSONField(default=list)
    rules = models.JSONField(default=list)
    sample = models.ForeignKey("documents.Blob", on_delete=models.PROTECT, null=True, related_name="+")
    is_active = models.BooleanField(default=True)
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="layout_name_once")]

    def __str__(self) -> str:
        return self.name


class Run(models.Model):
    """One captured file going through one recipe."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey("parties.Organisation", on_delete=models.PROTECT, related_name="+")
    recipe = models.ForeignKey(Recipe, on_delete=models.PROTECT, null=True, related_name="runs")
    recipe_name = models.CharField(max_length=80)
    recipe_revision = models.PositiveIntegerField()
    kind = models.SlugField(max_length=40, default="other", help_text="the recipe's kind when the run started")
    steps = models.JSONField(help_text="the recipe's steps as they were when the run started, versions included")
    asks_below = models.PositiveSmallIntegerField(default=0)
    needs_party = models.BooleanField(default=False)
    origin = models.CharField(max_length=80, unique=True, help_text="what started it, e.g. capture:<id>; once")
    actor = models.JSONField(help_text="in whose name its documents are filed")
    received_from = models.CharField(max_length=80, default="", help_text="the actor's reference: who sees it")
    channel = models.CharField(max_length=20)
    queue = models.CharField(max_length=80, blank=True)
    blob = models.ForeignKey("documents.Blob", on_delete=models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=200)
    wishes = models.JSONField(default=dict, help_text="kind, party, folder, title and facts asked for by the sender")
    state = models.CharField(max_length=10, choices=RunState.choices)
    page_count = models.PositiveIntegerField(default=0)
    pages_read = models.PositiveIntegerField(default=0)
    dropped_pages = models.JSONField(default=list, help_text="separators that were cut out")
    problem_code = models.CharField(max_length=20, blank=True)
    problem = models.JSONField(default=dict)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    started_at = models.DateTimeField()
    split_at = models.DateTimeField(null=True)
    reading_since = models.DateTimeField(
        null=True, help_text="when its reading began anew: tried again, or taken up after it was cancelled"
    )
    pages_before = models.PositiveIntegerField(default=0, help_text="pages that had been read then")
    resumed_at = models.DateTimeField(null=True, help_text="when the rest of it was taken up, after it was cancelled")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-started_at"], name="run_by_time"),
            models.Index(fields=["started_at"], name="run_going", condition=models.Q(state__in=["READING", "MAKING"])),
        ]

    def __str__(self) -> str:
        return f"{self.recipe_name}: {self.file_name}"


class RunReading(models.Model):
    """What was read of a range of a run's pages: one line a page, packed (see :mod:`pli.processing.wire`)."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="readings")
    first = models.PositiveIntegerField()
    last = models.PositiveIntegerField()
    marks = models.JSONField(help_text="[[said, is_blank]]: what each page says to the splitter")
    packed = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "first"], name="reading_once")]

    def __str__(self) -> str:
        return f"{self.run_id} p. {self.first}–{self.last}"


class RunPiece(models.Model):
    """Pages of a run that become one document."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="pieces")
    position = models.PositiveIntegerField()
    pages = models.JSONField(help_text="page numbers in the run's file")
    objects_of = models.JSONField(default=list, help_text="the numbers of the pages' objects in the run's file")
    key = models.CharField(max_length=120, blank=True)
    is_orphan = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=PieceState.choices, default=PieceState.WAITING)
    kind = models.SlugField(max_length=40, blank=True)
    layout = models.ForeignKey(Layout, on_delete=models.PROTECT, null=True, related_name="+")
    party = models.ForeignKey("parties.Party", on_delete=models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=200, blank=True)
    facts = models.JSONField(default=dict, help_text="{name: {value, confidence, source, page, box}}")
    typed = models.JSONField(default=dict, help_text="what a person typed: it wins")
    steps = models.JSONField(default=list, help_text="[{slug, outcome, notes}]: what each step said")
    problem_code = models.CharField(max_length=20, blank=True)
    problem = models.JSONField(default=dict)
    document = models.ForeignKey("documents.Document", on_delete=models.PROTECT, null=True, related_name="+")
    tries = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="piece_position_once")]
        indexes = [
            models.Index(fields=["run", "state"], name="piece_by_state"),
            models.Index(
                fields=["state"], name="piece_for_people", condition=models.Q(state__in=["TO_INDEX", "PARKED"])
            ),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} no {self.position}"
