"""How an import moves."""

from pli.kit.transitions import TransitionTable
from pli.parties.models import ImportState as S

IMPORT_STATES = TransitionTable(
    name="party-import",
    moves={
        (S.UPLOADED, "check"): S.CHECKING,
        (S.CHECKED, "check"): S.CHECKING,  # other columns were chosen
        (S.CHECKING, "show"): S.CHECKED,
        (S.CHECKING, "fail"): S.FAILED,
        (S.CHECKED, "confirm"): S.APPLYING,
        (S.APPLYING, "finish"): S.APPLIED,
        (S.UPLOADED, "cancel"): S.CANCELLED,
        (S.CHECKED, "cancel"): S.CANCELLED,
        (S.FAILED, "cancel"): S.CANCELLED,
    },
    final=frozenset({S.APPLIED, S.CANCELLED}),
)
