"""Many rows of « À traiter » at once: what was ticked is tried again or set aside, and what was left is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from pli.capture.api import captures_to_confirm, dismiss_captures, dismiss_scans, retry_captures
from pli.delivery.api import abandon_deliveries, retry_deliveries
from pli.kit.ticking import MOST_AT_ONCE, Left, NotOffered, Outcome, Ticked, TooManyAtOnce
from pli.office.access import StaffRequest, read_uuid, staff_required
from pli.office.errors import explain
from pli.office.spelling import quoted
from pli.office.todo.ticks import TickKind, read_ticks
from pli.parties.api import Role, StaffActor
from pli.processing.api import dismiss_pieces, dismiss_runs, retry_pieces, retry_runs
from pli.signing.api import retry_sealings, unsealed_ceremonies

WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)
NAMES_SAID = 3
REASONS_SAID = 4

Act = Callable[[StaffActor, Sequence[Ticked]], Outcome]


@require_POST
@staff_required(*WRITERS)
def many(request: StaffRequest) -> HttpResponse:
    """« Réessayer » or « Écarter » what is ticked; a row that can't take it is told with its reason and left."""
    ticked, act = read_ticks(request.POST.getlist("selected")), request.POST.get("act")
    if not ticked or act not in ("retry", "aside"):
        messages.error(request, _("Cochez d’abord ce que vous voulez traiter."))
        return redirect("todo:list")
    taken, over = ticked[:MOST_AT_ONCE], len(ticked) - MOST_AT_ONCE
    # The pieces of a run count one by one: what the other rows leave is theirs.
    room = MOST_AT_ONCE - sum(kind != TickKind.PIECES for kind, _ticked in taken)
    acts = _retries(read_uuid(request.POST.get("recipe")), room) if act == "retry" else _settings_aside(room)
    outcome = _do(request.actor, taken, acts)
    if over > 0:
        outcome += Outcome(0, (Left("", TooManyAtOnce(), over),))
    _say(request, outcome, is_retry=act == "retry")
    return redirect("todo:list")


def _retries(recipe_id: UUID | None, room: int) -> Mapping[TickKind, Act]:
    return {
        TickKind.RUN: lambda actor, ticked: retry_runs(actor, ticked, recipe_id=recipe_id),
        TickKind.PIECES: lambda actor, ticked: retry_pieces(actor, ticked, most=room),
        TickKind.SCAN: _leave_scans,
        TickKind.SEAL: retry_sealings,
        TickKind.FILE: retry_captures,
        TickKind.DELIVERY: retry_deliveries,
    }


def _settings_aside(room: int) -> Mapping[TickKind, Act]:
    return {
        TickKind.RUN: dismiss_runs,
        TickKind.PIECES: lambda actor, ticked: dismiss_pieces(actor, ticked, most=room),
        TickKind.SCAN: dismiss_scans,
        TickKind.SEAL: _leave_seals,
        TickKind.FILE: dismiss_captures,
        TickKind.DELIVERY: abandon_deliveries,
    }


def _do(actor: StaffActor, ticked: Iterable[tuple[TickKind, Ticked]], acts: Mapping[TickKind, Act]) -> Outcome:
    """Each kind in a transaction of its own, so that two forms never wait for each other; a recipe that is not there
    is refused before anything is done."""
    by_kind: dict[TickKind, list[Ticked]] = {kind: [] for kind in TickKind}
    for kind, one in ticked:
        by_kind[kind].append(one)
    return sum((acts[kind](actor, found) for kind, found in by_kind.items() if found), Outcome())


def _leave_scans(actor: StaffActor, ticked: Sequence[Ticked]) -> Outcome:
    seen = captures_to_confirm(actor).filter(id__in=[one.id for one in ticked])
    return _leave(seen.values_list("file_name", flat=True), len(ticked))


def _leave_seals(actor: StaffActor, ticked: Sequence[Ticked]) -> Outcome:
    seen = unsealed_ceremonies(actor).filter(id__in=[one.id for one in ticked])
    return _leave(seen.values_list("title", flat=True), len(ticked))


def _leave(names: Iterable[str], count: int) -> Outcome:
    left = [Left(name, NotOffered()) for name in names]
    return Outcome(0, (*left, *[Left("", NotOffered())] * (count - len(left))))


def _say(request: StaffRequest, outcome: Outcome, *, is_retry: bool) -> None:
    """« 33 éléments réessayés, 2 laissés : … », each reason with the first of those it holds for."""
    count = outcome.done
    done = _retried(count) if is_retry else _set_aside(count)
    if not outcome.left:
        messages.success(request, f"{done}.")
        return
    left_count = sum(one.count for one in outcome.left)
    left = ngettext("%(n)s laissé", "%(n)s laissés", left_count) % {"n": left_count}
    said = _("%(done)s, %(left)s : %(reasons)s") % {"done": done, "left": left, "reasons": _reasons(outcome.left)}
    (messages.warning if count else messages.error)(request, said)


def _retried(count: int) -> str:
    if not count:
        return _("Aucun élément réessayé")
    return ngettext("%(n)s élément réessayé", "%(n)s éléments réessayés", count) % {"n": count}


def _set_aside(count: int) -> str:
    if not count:
        return _("Aucun élément écarté")
    return ngettext("%(n)s élément écarté", "%(n)s éléments écartés", count) % {"n": count}


def _reasons(left: Iterable[Left]) -> str:
    by_reason: dict[str, dict[str, None]] = {}
    for one in left:
        said = explain(one.reason)
        by_reason.setdefault(f"{said.message} {said.remedy}".strip(), {}).setdefault(one.name)
    sentences = [_about(list(filter(None, names)), reason) for reason, names in list(by_reason.items())[:REASONS_SAID]]
    return " ".join(sentences)


def _about(names: list[str], reason: str) -> str:
    if not names:
        return reason
    shown = ", ".join(quoted(name) for name in names[:NAMES_SAID])
    more = len(names) - NAMES_SAID
    if more > 0:
        shown += " " + ngettext("et %(n)s autre", "et %(n)s autres", more) % {"n": more}
    return _("%(names)s : %(reason)s") % {"names": shown, "reason": reason}
