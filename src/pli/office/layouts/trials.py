"""What the layout being drawn reads, asked again as it changes; and the same on other PDFs."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from pli.kit.errors import PliError
from pli.office.access import StaffRequest, read_uuid, staff_required
from pli.office.errors import explain
from pli.office.layouts import drafts
from pli.office.layouts.views import context_of, wishes_of
from pli.office.recipes.views import EDITORS
from pli.processing.api import LayoutWishes, Trial, also_matched, get_layout, open_sample, try_layout


@require_POST
@staff_required(*EDITORS)
def show(request: StaffRequest) -> HttpResponse:
    """What each rule reads on the sample, the keywords to tick, and how other PDFs are read."""
    draft = drafts.read_draft(request.POST)
    layout_id = read_uuid(request.POST.get("layout"))
    layout = get_layout(request.actor, layout_id) if layout_id else None
    context = context_of(request, draft, layout)
    try:
        wishes = wishes_of(request, draft)
        if draft.sample:
            trial = try_layout(request.actor, wishes, open_sample(request.actor, draft.sample), layout_id=layout_id)
            context |= _told(draft, context, trial)
        if request.POST.get("action") == "compare":
            context["compared"] = also_matched(request.actor, wishes, layout_id=layout_id)
        context["others"] = [_on_other(request, wishes, ticket) for ticket in draft.others]
    except PliError as refusal:
        context["refusal"] = explain(refusal)
    context.setdefault("words", [(word, True, None) for word in draft.keywords])
    return render(request, "office/layouts/trial.html", context)


def _told(draft: drafts.Draft, context: dict[str, Any], trial: Trial) -> dict[str, Any]:
    labels = dict(context["fields"])
    suggested = [(word, word in draft.keywords, True) for word in trial.suggested]
    own = [(word, True, trial.said.get(word, False)) for word in draft.keywords if word not in trial.suggested]
    return {
        "trial": trial,
        "words": [*suggested, *own],
        "reads": list(zip(context["cards"], trial.rules, strict=False)),
        "values": [(labels.get(name, name), one) for name, one in trial.values.items()],
        "missing": [label for name, label in context["fields"] if name not in trial.values],
    }


def _on_other(request: StaffRequest, wishes: LayoutWishes, ticket: str) -> dict[str, Any]:
    """One other PDF; why it could not be read, where it could not."""
    try:
        sample = open_sample(request.actor, ticket)
        trial = try_layout(request.actor, wishes, sample)
    except PliError as refusal:
        return {"error": explain(refusal)}
    return {"ticket": ticket, "trial": trial}
