"""The places a signature may have by a setting, in words and as a form says them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

SIDES: dict[str, str | Promise] = {
    "": gettext_lazy("À son choix"),
    "left": gettext_lazy("En bas à gauche de la dernière page"),
    "right": gettext_lazy("En bas à droite de la dernière page"),
}
# A form cannot tell an empty choice from none.
_FREE = "free"


def side_choices(own: str | None, inherited: str) -> list[tuple[str, str | Promise, bool]]:
    """Value, words and whether it is chosen: none of one's own first, said as ``inherited``."""
    said = [(side or _FREE, words, side == own) for side, words in SIDES.items()]
    return [("", inherited, own is None), *said]


def read_side(typed: str) -> str | None:
    """What a form says: None for no place of one's own."""
    return "" if typed == _FREE else typed or None
