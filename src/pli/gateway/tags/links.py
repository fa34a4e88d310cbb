"""``*LIEN``: the files attached stay here and are fetched by a link; pictures shown in the text stay in it."""

from __future__ import annotations

from typing import ClassVar

from pli.gateway.errors import TagRefused
from pli.gateway.options import SenderOptions
from pli.gateway.plugs import Letter, Plan
from pli.kit.errors import Phrase


class LinksTag:
    """Puts attachments behind a link."""

    slug: ClassVar[str] = "LIEN"
    argument: ClassVar[str] = ""
    rank: ClassVar[int] = 30
    excludes: ClassVar[frozenset[str]] = frozenset()
    takes_large: ClassVar[bool] = True

    def plan(self, letter: Letter, argument: str, options: SenderOptions) -> Plan:
        if not letter.attachments:
            raise TagRefused(reason=Phrase("aucun fichier n’y est joint, il n’y a donc rien à mettre en lien."))
        return Plan(shared=tuple(one.part for one in letter.attachments))
