"""The parties of an organisation, ready to be looked up by what is theirs."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from pli.processing.indexing.folding import fold, fold_words
from pli.processing.plugs import Context, PartySpec

LEGAL_FORMS = frozenset(
    ("sa", "sas", "sasu", "sarl", "eurl", "sci", "snc", "scop", "gie", "ei", "eirl", "selarl", "ets", "ste", "cie",
     "etablissements", "societe")
)  # fmt: skip


@dataclass(frozen=True)
class PartyIndex:
    """The parties of an organisation, ready to be looked up; made once for many pieces."""

    parties: tuple[PartySpec, ...]
    own: frozenset[str] = field(default=frozenset())
    """The organisation's own identifiers and folded name: never a party's."""

    @cached_property
    def by_number(self) -> dict[str, list[tuple[PartySpec, str]]]:
        """Parties by SIREN, VAT number and IBAN."""
        found: dict[str, list[tuple[PartySpec, str]]] = defaultdict(list)
        for party in self.parties:
            for value, by in ((party.siren, "siren"), (party.vat, "vat"), *((iban, "iban") for iban in party.ibans)):
                if value and value not in self.own:
                    found[value].append((party, by))
            if party.vat.startswith("FR") and not party.siren and party.vat[4:] not in self.own:
                found[party.vat[4:]].append((party, "siren"))
        return found

    @cached_property
    def by_email(self) -> dict[str, list[PartySpec]]:
        """Parties by e-mail address, in small letters."""
        found: dict[str, list[PartySpec]] = defaultdict(list)
        for party in self.parties:
            for address in party.emails:
                if address.lower() not in self.own:
                    found[address.lower()].append(party)
        return found

    @cached_property
    def by_code(self) -> dict[str, list[PartySpec]]:
        """Parties by folded code."""
        found: dict[str, list[PartySpec]] = defaultdict(list)
        for party in self.parties:
            if party.code:
                found[fold(party.code)].append(party)
        return found

    @cached_property
    def by_word(self) -> dict[str, list[tuple[PartySpec, tuple[str, ...]]]]:
        """Parties by the longest word of their name, with all its words."""
        found: dict[str, list[tuple[PartySpec, tuple[str, ...]]]] = defaultdict(list)
        for party in self.parties:
            words = name_words(party.name)
            if words and "".join(words) not in self.own:
                found[max(words, key=len)].append((party, words))
        return found

    @cached_property
    def by_trigram(self) -> dict[str, list[int]]:
        """Places in ``parties`` by the three-letter pieces of their names."""
        found: dict[str, list[int]] = defaultdict(list)
        for number, party in enumerate(self.parties):
            name = "".join(name_words(party.name))
            if len(name) >= 6 and name not in self.own:
                for piece in {name[place : place + 3] for place in range(len(name) - 2)}:
                    found[piece].append(number)
        return found


def make_index(
    parties: tuple[PartySpec, ...], organisation_name: str = "", organisation_facts: Mapping[str, str] | None = None
) -> PartyIndex:
    """An index that never answers with the organisation itself."""
    own = {value for value in (organisation_facts or {}).values() if value}
    own |= {value.lower() for value in own} | {value.replace(" ", "") for value in own}
    if organisation_name:
        own.add("".join(name_words(organisation_name)))
    own |= {value[4:] for value in own if re.fullmatch(r"FR\d{11}", value)}
    return PartyIndex(parties, frozenset(own))


def name_words(name: str) -> tuple[str, ...]:
    """The words of a name that tell it: folded, without its legal form."""
    words = fold_words(name.replace("-", " ").replace("’", " ").replace("'", " ").replace(".", ""))
    return tuple(word for word in words if word not in LEGAL_FORMS) or tuple(words)


_last: tuple[Context, PartyIndex] | None = None


def index_of(context: Context) -> PartyIndex:
    """The parties of a run. The context is the same for all pieces of a chunk: so is the index."""
    global _last
    if _last is None or _last[0] is not context:
        _last = (context, make_index(context.parties, context.organisation_name, context.organisation_facts))
    return _last[1]
