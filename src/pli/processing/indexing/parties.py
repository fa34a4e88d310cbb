"""Whose paper it is: a client, supplier or employee recognised by what is theirs alone, else by name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from pli.processing.indexing.folding import fold, fold_words
from pli.processing.indexing.found import FIGURES
from pli.processing.indexing.parties_index import LEGAL_FORMS, PartyIndex, name_words
from pli.processing.indexing.sheet import MANY_DIGITS, Sheet
from pli.processing.indexing.values import find_values
from pli.processing.plugs import Fact, PartySpec

OF_CODE_LABELLED = 0.97
OF_NUMBER = 0.97
OF_EMAIL = 0.92
OF_CODE = 0.8
OF_LONG_NAME = 0.85
OF_SHORT_NAME = 0.7
LEAST = 0.6
"""Below this nobody is named."""
MARGIN = 0.08
"""How much better than the second the best must be."""
_CODE_LABELS = ("Code client", "N° client", "N° de client", "Client n°", "Numéro client", "Compte client", "Votre code",
                "Réf. client", "Code fournisseur", "Matricule", "N° matricule", "Customer number")  # fmt: skip
_DIGITS = re.compile(r"\d(?:[ .]?\d){8,26}")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")
_FUZZY_LINES = 40
_FUZZY_CANDIDATES = 30
Vote = Callable[[PartySpec, float, str], None]


@dataclass(frozen=True)
class PartyFound:
    """Who, how sure one is, and by what (``code``, ``siren``, ``vat``, ``iban``, ``email``, ``name``)."""

    party_id: str
    confidence: float
    by: str


def recognise_party(
    index: PartyIndex,
    sheets: Sequence[Sheet],
    *,
    kinds: Iterable[str] = (),
    facts: Mapping[str, Fact] | None = None,
) -> PartyFound | None:
    """Who the paper is from or for: by code, SIREN, VAT number, IBAN, e-mail address, then by name.

    :param kinds: only parties of these kinds; empty for all.
    :param facts: what was already read; a value that is someone's number counts as read.
    :returns: None when nobody is found, or two are found with next to the same certainty.
    """
    wanted = frozenset(kinds)
    votes: dict[str, PartyFound] = {}

    def vote(party: PartySpec, confidence: float, by: str) -> None:
        if wanted and party.kind not in wanted:
            return
        former = votes.get(party.id)
        if former is None or former.confidence < confidence:
            votes[party.id] = PartyFound(party.id, round(confidence, 3), by)

    for fact in (facts or {}).values():
        for party, by in index.by_number.get(fact.value.replace(" ", ""), ()):
            vote(party, OF_NUMBER * fact.confidence, by)
    for sheet in sheets[:1] if len(sheets) < 3 else (sheets[0], sheets[-1]):
        _vote_by_numbers(index, sheet, vote)
        _vote_by_code(index, sheet, vote)
    if not _decided(votes):
        for sheet in sheets[:1]:
            _vote_by_name(index, sheet, vote)
            if not votes:
                _vote_by_like_name(index, sheet, vote)
    return _decided(votes)


def _decided(votes: Mapping[str, PartyFound]) -> PartyFound | None:
    ranked = sorted(votes.values(), key=lambda found: -found.confidence)
    if not ranked or ranked[0].confidence < LEAST:
        return None
    if len(ranked) > 1 and ranked[0].confidence - ranked[1].confidence < MARGIN:
        return None
    return ranked[0]


def _vote_by_numbers(index: PartyIndex, sheet: Sheet, vote: Vote) -> None:
    text = sheet.page.text or "\n".join(line.text for line in sheet.lines)
    numbers = index.by_number
    if numbers:
        readings = [text, text.translate(FIGURES)] if sheet.page.is_recognised else [text]
        for number, reading in enumerate(readings):
            for run in _DIGITS.findall(reading):
                digits = re.sub(r"\D", "", run)
                for start in range(len(digits) - 8):
                    for party, by in numbers.get(digits[start : start + 9], ()):
                        vote(party, OF_NUMBER - 0.05 * number, by)
        for line in text.splitlines():
            if not MANY_DIGITS.search(line):
                continue
            for type_ in ("vat", "iban"):
                for found in find_values(type_, line, is_recognised=sheet.page.is_recognised):
                    for party, by in numbers.get(found.value, ()):
                        vote(party, OF_NUMBER * found.certainty, by)
    for address in _EMAIL.findall(text) if index.by_email else ():
        for party in index.by_email.get(address.lower().rstrip("."), ()):
            vote(party, OF_EMAIL, "email")


def _vote_by_code(index: PartyIndex, sheet: Sheet, vote: Vote) -> None:
    codes = index.by_code
    if not codes:
        return
    for label in _CODE_LABELS:
        for anchor in sheet.find_anchors(label):
            line = sheet.line(anchor.line)
            behind = (anchor.rest, *(word.text for word in line.words[anchor.last + 1 : anchor.last + 4]))
            for said in behind:
                for party in codes.get(fold(said), ()):
                    vote(party, OF_CODE_LABELLED, "code")
    for folded in codes.keys() & set(sheet.folded):
        # A code of letters and figures says whose it is; a plain number or word may mean anything.
        if len(folded) >= 4 and not folded.isdigit() and not folded.isalpha():
            for party in codes[folded]:
                vote(party, OF_CODE, "code")


def _vote_by_name(index: PartyIndex, sheet: Sheet, vote: Vote) -> None:
    by_word = index.by_word
    for line in sheet.lines:
        words = [folded for word in line.words for folded in fold_words(word.text.replace("-", " ").replace("’", " "))]
        for longest in set(words) & by_word.keys():
            for party, name in by_word[longest]:
                if _follow(words, name) or (party.kind == "EMPLOYEE" and _follow(words, name[::-1])):
                    letters = sum(map(len, name))
                    if len(name) > 1 and letters >= 7:
                        vote(party, OF_LONG_NAME + min(0.05, 0.002 * letters), "name")
                    elif letters >= 6:
                        vote(party, OF_SHORT_NAME, "name")


def _vote_by_like_name(index: PartyIndex, sheet: Sheet, vote: Vote) -> None:
    """Names a letter or two off (optical recognition, typing): the lines of the page against the likeliest names."""
    pieces = index.by_trigram
    for line in sheet.lines[:_FUZZY_LINES]:
        said = "".join(word for word in fold_words(line.text) if word not in LEGAL_FORMS)
        if len(said) < 6:
            continue
        shared: dict[int, int] = defaultdict(int)
        for place in range(len(said) - 2):
            for number in pieces.get(said[place : place + 3], ()):
                shared[number] += 1
        for number in sorted(shared, key=lambda number: -shared[number])[:_FUZZY_CANDIDATES]:
            party = index.parties[number]
            name = "".join(name_words(party.name))
            likeness = _likeness(name, said)
            if likeness >= 0.85:
                vote(party, 0.9 * likeness - 0.1, "name")


def _likeness(name: str, said: str) -> float:
    """How like ``name`` the likest stretch of ``said`` is, 0 to 1."""
    if len(said) <= len(name) * 1.3:
        return SequenceMatcher(None, name, said, autojunk=False).ratio()
    match = SequenceMatcher(None, name, said, autojunk=False).find_longest_match()
    start = max(0, match.b - match.a)
    return SequenceMatcher(None, name, said[start : start + len(name)], autojunk=False).ratio()


def _follow(words: Sequence[str], name: Sequence[str]) -> bool:
    size = len(name)
    return any(tuple(words[start : start + size]) == tuple(name) for start in range(len(words) - size + 1))
