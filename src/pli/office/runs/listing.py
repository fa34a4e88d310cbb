"""The list of runs, filtered, sorted, taken away as a workbook."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from pli.office.access import StaffRequest, staff_required
from pli.office.lists import Listing
from pli.office.runs.words import explain_problem, say_run
from pli.office.workbooks import EXPORTED_AT_MOST, spell_instant, workbook_response
from pli.parties.api import Role
from pli.processing.api import PieceState, Recipe, Run, RunState, piece_counts, recipes_for, runs_for

_FILTERS = ("q", "state", "recipe")
_SORTS = {"started": "started_at", "file": "file_name", "pages": "page_count"}
_BATCH = 200


class RunsFilter(forms.Form):
    """The list's filter, read from the page's address."""

    q = forms.CharField(label=gettext_lazy("Fichier"), required=False, max_length=200)
    state = forms.ChoiceField(label=gettext_lazy("État"), required=False)
    recipe = forms.ChoiceField(label=gettext_lazy("Recette"), required=False)

    def __init__(self, *args: Any, recipes: Sequence[Recipe], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: dict[str, list[tuple[str, Any]]] = {
            "state": list(RunState.choices),
            "recipe": [(str(one.id), one.name) for one in recipes],
        }
        for name, offered in choices.items():
            field = self.fields[name]
            if isinstance(field, forms.ChoiceField):
                field.choices = [("", _("Tous") if name == "state" else _("Toutes")), *offered]

    def narrow(self, found: QuerySet[Run]) -> QuerySet[Run]:
        """The runs asked for; what is not understood is as if it were not there."""
        self.is_valid()
        kept = self.cleaned_data
        if kept.get("q"):
            found = found.filter(Q(file_name__icontains=kept["q"]) | Q(queue__icontains=kept["q"]))
        if kept.get("state"):
            found = found.filter(state=kept["state"])
        if kept.get("recipe"):
            found = found.filter(recipe_id=kept["recipe"])
        return found


@dataclass(frozen=True)
class Row:
    """A run as the list shows it."""

    run: Run
    counts: dict[str, int]

    @property
    def tone(self) -> str:
        return say_run(self.run, self.counts)[0]

    @property
    def word(self) -> str:
        return say_run(self.run, self.counts)[1]

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def done(self) -> int:
        return self.counts.get(PieceState.DONE, 0)

    @property
    def to_index(self) -> int:
        return self.counts.get(PieceState.TO_INDEX, 0)

    @property
    def parked(self) -> int:
        return self.counts.get(PieceState.PARKED, 0)


def rows_of(runs: Sequence[Run]) -> list[Row]:
    """The runs with the figures of their pieces, in one question."""
    counts = piece_counts([run.id for run in runs])
    return [Row(run, counts.get(run.id, {})) for run in runs]


@never_cache
@require_GET
@staff_required()
def listing(request: StaffRequest) -> HttpResponse:
    """Newest first; filters, sort and place stand in the address."""
    form = RunsFilter(request.GET, recipes=list(recipes_for(request.actor)))
    found = form.narrow(runs_for(request.actor))
    shown = Listing(request, found, sorts=_SORTS, default="-started", filters=_FILTERS)
    context = {
        "form": form,
        "listing": shown,
        "rows": rows_of(shown.rows),
        "can_write": request.actor.role != Role.AUDITOR,
        "query": request.GET.urlencode(),
    }
    return render(request, "office/runs/list.html", context)


@require_GET
@staff_required()
def export(request: StaffRequest) -> FileResponse:
    """The list as it is filtered."""
    form = RunsFilter(request.GET, recipes=list(recipes_for(request.actor)))
    found = form.narrow(runs_for(request.actor)).order_by("-started_at", "-id")
    header = [_("Commencé le"), _("Terminé le"), _("Fichier"), _("Recette"), _("État"), _("Pages"), _("Documents"),
              _("Faits"), _("À indexer"), _("À traiter"), _("Motif")]  # fmt: skip
    return workbook_response("traitements", _("Traitements"), header, _cells(found[:EXPORTED_AT_MOST]))


def _cells(found: QuerySet[Run]) -> Iterator[list[str]]:
    batch: list[Run] = []
    for run in found.iterator(chunk_size=_BATCH):
        batch.append(run)
        if len(batch) == _BATCH:
            yield from map(_spell, rows_of(batch))
            batch = []
    yield from map(_spell, rows_of(batch))


def _spell(row: Row) -> list[str]:
    run, problem = row.run, explain_problem(row.run.problem_code, row.run.problem)
    return [
        spell_instant(run.started_at), spell_instant(run.ended_at), run.file_name, run.recipe_name,
        row.word, str(run.page_count), str(row.total), str(row.done), str(row.to_index),
        str(row.parked), problem.message if problem else "",
    ]  # fmt: skip
