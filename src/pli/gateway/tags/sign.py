"""``*SIGN``: the PDFs attached are signed by the people written to, To before Cc. ``*SIGN +33612345678``: the mobile
numbers of the first of them, in their order; their code then goes by SMS."""

from __future__ import annotations

import re
from typing import ClassVar

from pli.gateway.errors import TagRefused
from pli.gateway.options import SenderOptions
from pli.gateway.plugs import Letter, Plan, Signatory
from pli.kit.errors import Phrase

MOST_SIGNERS = 20
# A French number with its spaces, or any other without.
_ONE = r"\+(?:33[ .]?[1-9](?:[ .]?[0-9]{2}){4}|[0-9]{7,15})(?![0-9])"
_NUMBER = re.compile(_ONE)


class SignTag:
    """Asks for signatures."""

    slug: ClassVar[str] = "SIGN"
    argument: ClassVar[str] = rf"(?:[ \t,;]*{_ONE})*"
    rank: ClassVar[int] = 10
    excludes: ClassVar[frozenset[str]] = frozenset()
    takes_large: ClassVar[bool] = False

    def plan(self, letter: Letter, argument: str, options: SenderOptions) -> Plan:
        papers = tuple(one.part for one in letter.attachments if one.is_pdf)
        if not papers:
            raise TagRefused(reason=Phrase("aucun PDF n’y est joint, il n’y a donc rien à signer."))
        people = [one for one in letter.people if one.field != "bcc"]
        if not 1 <= len(people) <= MOST_SIGNERS:
            raise TagRefused(reason=Phrase("il faut de 1 à 20 destinataires, dans « À » ou « Copie »."))
        mobiles = [re.sub(r"[ .]", "", number) for number in _NUMBER.findall(argument)]
        if len(mobiles) > len(people):
            raise TagRefused(reason=Phrase("il porte plus de numéros de mobile que de destinataires."))
        mobiles += [""] * (len(people) - len(mobiles))
        return Plan(
            papers=papers,
            signatories=tuple(Signatory(one.address, mobile) for one, mobile in zip(people, mobiles, strict=True)),
        )
