"""How runs and their pieces are said: colours, reasons, how long it still takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pli.kit.errors import fill_sentence
from pli.office.errors import Explained
from pli.processing.api import PieceState, Run, RunProgress, RunState

RUN_TONES = {"READING": "active", "MAKING": "active", "DONE": "signed", "PARKED": "refused", "CANCELLED": "idle"}
PIECE_TONES = {
    "WAITING": "active",
    "DONE": "signed",
    "TO_INDEX": "waiting",
    "PARKED": "refused",
    "DISMISSED": "idle",
    "CANCELLED": "idle",
}


def say_run(run: Run, counts: Mapping[str, int]) -> tuple[str, str]:
    """The colour and the word of a run, given how many of its pieces are in each state.

    « Terminé » is said of a run that filed something: one that ended with nothing filed says so.
    """
    if run.state != RunState.DONE or counts.get(PieceState.DONE):
        return RUN_TONES[run.state], str(run.get_state_display())
    if counts.get(PieceState.TO_INDEX):
        return "waiting", _("Rien n’est encore classé")
    return "refused" if counts.get(PieceState.PARKED) else "idle", _("Rien n’est classé")


def explain_problem(code: str, problem: Mapping[str, Any]) -> Explained | None:
    """A reason as a run or a piece keeps it, in the reader's language; None when there is none."""
    if not code:
        return None

    def say(name: str) -> str:
        return fill_sentence(str(problem.get(name) or ""), problem.get("details") or {}, _)

    return Explained(code, say("message"), say("kept"), say("remedy"))


def spell_pages(pages: Sequence[int]) -> str:
    """« p. 3 », « p. 3–4 », « p. 3, 7, 9 »: where a piece stands in its file."""
    if not pages:
        return ""
    if list(pages) == list(range(pages[0], pages[0] + len(pages))):
        return f"p. {pages[0]}" if len(pages) == 1 else f"p. {pages[0]}–{pages[-1]}"
    shown = ", ".join(str(page) for page in pages[:6])
    return f"p. {shown}…" if len(pages) > 6 else f"p. {shown}"


def spell_time_left(progress: RunProgress) -> str:
    """About how long a run still takes; empty when nobody can tell yet, or when nothing is left."""
    if progress.state == "READING":
        speed, left = progress.pages_per_second, progress.page_count - progress.pages_read
    elif progress.state == "MAKING":
        speed, left = progress.per_second, progress.total - progress.ended
    else:
        return ""
    if speed <= 0 or left <= 0:
        return ""
    seconds = left / speed
    if seconds < 60:
        return _("moins d’une minute")
    minutes = round(seconds / 60)
    if minutes < 60:
        return ngettext("environ %(n)s minute", "environ %(n)s minutes", minutes) % {"n": minutes}
    hours = round(minutes / 60)
    return ngettext("environ %(n)s heure", "environ %(n)s heures", hours) % {"n": hours}
