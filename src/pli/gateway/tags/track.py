"""``*SUIVI``: a tracked sending with proofs. Each recipient gets a notice with a link of their own, behind which the
message waits to be received or declined; with ``*LIEN``, its text goes with the notice and only its files wait."""

from __future__ import annotations

from typing import ClassVar

from pli.gateway.errors import TagRefused
from pli.gateway.options import SenderOptions
from pli.gateway.plugs import Letter, Plan
from pli.kit.errors import Phrase

MOST_TRACKED = 50


class TrackTag:
    """Tracks a message."""

    slug: ClassVar[str] = "SUIVI"
    argument: ClassVar[str] = ""
    rank: ClassVar[int] = 20
    # A request for signature keeps proofs of its own.
    excludes: ClassVar[frozenset[str]] = frozenset({"SIGN"})
    takes_large: ClassVar[bool] = True

    def plan(self, letter: Letter, argument: str, options: SenderOptions) -> Plan:
        if not 1 <= len(letter.people) <= MOST_TRACKED:
            raise TagRefused(reason=Phrase("un envoi suivi va à 50 destinataires au plus."))
        return Plan(is_tracked=True)
