"""Choosing a client, employee or supplier by typing: the field holds « Name (CODE) », and works without script."""

from __future__ import annotations

import re

from pli.kit.errors import PliError
from pli.parties.api import Party, StaffActor, list_parties

_CODED = re.compile(r"\(([^()]+)\)\s*$")


class PartyUnknown(PliError):
    """What was typed names no party, or several."""

    code = "OFF-010"
    status = 422
    message = "Aucun client, salarié ou fournisseur ne correspond à « %(typed)s »."
    kept = "Votre saisie est conservée."
    remedy = "Choisissez un nom dans la liste proposée, ou créez la fiche dans « Clients et tiers »."


def spell_party(party: Party) -> str:
    """How a party is written in the field."""
    return f"{party.name} ({party.code})"


def read_party(actor: StaffActor, typed: str) -> Party | None:
    """The party that ``typed`` names; None for an empty field.

    :raises PartyUnknown: when it names none, or more than one.
    """
    text = typed.strip()
    if not text:
        return None
    coded = _CODED.search(text)
    found = list_parties(actor, q=coded.group(1) if coded else text, limit=20).items
    wanted = text.casefold()
    exact = [p for p in found if wanted in (spell_party(p).casefold(), p.code.casefold(), p.name.casefold())]
    if len(exact) == 1:
        return exact[0]
    if not exact and len(found) == 1 and not coded:
        return found[0]
    raise PartyUnknown(typed=text[:80])
