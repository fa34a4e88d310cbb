"""The sums of an invoice read together: what is taxed, the tax, and the total prove each other, or are doubted."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from pli.processing.indexing.beside import farness, is_alone, lines_below, overlap, words_before, words_behind
from pli.processing.indexing.folding import fold
from pli.processing.indexing.labels import is_vague, labels_of_role, role_of
from pli.processing.indexing.rules import facts_in
from pli.processing.indexing.sheet import Anchor, Sheet
from pli.processing.indexing.totals import OF_PROOF, amounts_of, is_sum, is_tax_of
from pli.processing.plugs import Fact, FieldSpec, Word

OF_SUM = 0.78
OF_VAGUE_SUM = 0.55
"""« Total » alone, and nothing that proves it: a person is asked."""
_OF_COLUMN = "column"
"""The first amount of a column: it may be a line's. It counts only where it proves, and is proved by, another."""
_ASKED = frozenset(fold(label) for label in ("Net à payer", "Total à payer", "Montant à payer", "Net à régler",
                   "Somme à payer", "Montant dû", "Solde à payer", "Reste à payer", "Amount due", "Total due",
                   "Montant total à payer", "Total amount due", "Zahlbetrag"))  # fmt: skip
"""What is asked for: less than the total, once something was paid."""
_PAID = ("acompte", "provision", "dejapaye", "dejaregle", "verse", "avance", "deposit", "prepaid", "anzahlung")
_DOUBTED = 0.5
_ROLES = ("gross", "net", "tax")
_SMALL = frozenset(["", "eur", "euro", "euros", "en", "a", "de", "du", "le", "la", "est", "d", "s"])
_FILLERS = {
    "gross": _SMALL | {"ttc", "toutes", "taxes", "comprises", "tvac", "incl", "vat"},
    "net": _SMALL | {"ht", "hors", "taxes", "taxe", "tva", "htva", "net"},
    "tax": _SMALL | {"sur", "taux", "base", "ht", "france", "fr", "normal", "reduit", "auf", "on"},
}
_NOT_BEFORE = frozenset(["sous", "sub", "ancien", "solde", "acompte", "dont", "report", "base", "code", "n", "taux",
                         "escompte", "remise", "frais", "carte"])  # fmt: skip
_RATE = re.compile(r"\(?\d{1,2}(?:[.,]\d{1,3})?\s?%\)?|\(\d{1,2}(?:[.,]\d{1,2})?\s?%?\)")
_LEAST_OF_TAX = 0.8
"""A tax is told with its cents: « art. 41 » is none."""
_MOST = 6
"""Candidates for each sum: a page says « Total » many times."""
_FURTHER = 6
_LAST_PAGES = 3
_LEAST_LOST = 100


@dataclass(frozen=True)
class _Candidates:
    gross: list[Fact]
    net: list[Fact]
    tax: list[Fact]

    def of(self, role: str) -> list[Fact]:
        return {"gross": self.gross, "net": self.net, "tax": self.tax}[role]


def read_sums(sheets: Sequence[Sheet], fields: Sequence[FieldSpec]) -> dict[str, Fact]:
    """The total, what is taxed and the tax, for those of ``fields`` that are one of them."""
    if not fields:
        return {}
    own = {role_of(field): field.label for field in fields}
    if set(own) == {"gross"} and (total := _plain_total(sheets[-1], own["gross"])) is not None:
        return {field.name: total for field in fields}
    doubted: Mapping[str, Fact] = {}
    # Sums stand at the end; what follows them may be conditions of sale.
    ends = sheets[: -_LAST_PAGES - 1 : -1]
    for sheet in (*ends, *sheets[: 1 if len(sheets) > _LAST_PAGES else 0]):
        candidates = _Candidates(*(_surest(_candidates(sheet, role, own.get(role, ""))) for role in _ROLES))
        told = _proved(candidates, sheet)
        if told is not None:
            return {field.name: told[role_of(field)] for field in fields if role_of(field) in told}
        doubted = doubted or _doubted(candidates)
    return {field.name: doubted[role_of(field)] for field in fields if role_of(field) in doubted}


def _plain_total(sheet: Sheet, label: str) -> Fact | None:
    """The total beside its usual label, when the page also tells what makes it: most invoices, and soon told."""
    for fact in _candidates(sheet, "gross", label):
        if _is_of_column(fact) or fact.confidence <= OF_VAGUE_SUM:
            return None
        return _sure(fact) if is_sum(abs(Decimal(fact.value)), amounts_of(sheet)) else None
    return None


def _candidates(sheet: Sheet, role: str, own: str) -> Iterator[Fact]:
    """What stands beside the labels of a sum, the most telling label first, from the foot of the page up."""
    found: set[str] = set()
    for label in dict.fromkeys((own, *labels_of_role(role))):
        is_least = is_vague(label)
        if is_least and f" {fold(label.split()[0])}" not in sheet.openings:
            continue
        anchors = sheet.find_anchors(label)
        if anchors and role == "gross" and fold(label) in _ASKED:
            is_least = is_least or any(word in sheet.compact for word in _PAID)
        for anchor in reversed(anchors):
            before = words_before(sheet, anchor)
            if not _NOT_BEFORE.isdisjoint(before) or (before and is_vague(label) and role != "tax"):
                continue
            for fact in _beside(sheet, anchor, role, OF_VAGUE_SUM if is_least else OF_SUM):
                found.add(fact.value)
                yield fact
        if len(found) >= _MOST:
            return


def _surest(facts: Iterable[Fact]) -> list[Fact]:
    """One a value, those of columns last."""
    found: dict[str, Fact] = {}
    for fact in facts:
        former = found.get(fact.value)
        if former is None or (_is_of_column(former) and not _is_of_column(fact)):
            found[fact.value] = fact
    return sorted(found.values(), key=_is_of_column)


def _is_of_column(fact: Fact) -> bool:
    return fact.source == _OF_COLUMN


def _beside(sheet: Sheet, anchor: Anchor, role: str, way: float) -> Iterator[Fact]:
    right = _right(sheet, anchor, role, way)
    if right is not None:
        yield right
    elif is_alone(sheet, anchor, _FILLERS[role]):
        yield from _below(sheet, anchor, way)


def _right(sheet: Sheet, anchor: Anchor, role: str, way: float) -> Fact | None:
    figures: list[Word] = []
    for word in _without_rates(words_behind(sheet, anchor)) if role == "tax" else words_behind(sheet, anchor):
        folded = fold(word.text)
        if any(letter.isdigit() for letter in word.text):
            figures.append(word)
        elif folded and folded not in _FILLERS[role]:
            if figures or folded.isalpha():
                break
        elif figures or not folded:
            figures.append(word)
    facts = list(facts_in(figures, "amount", way=way, source="label", sheet=sheet))
    if not facts:
        return None
    # « TVA 20 % sur 100,00 : 20,00 »: the tax stands last, what it is of before.
    fact = facts[-1] if role == "tax" else facts[0]
    if role == "tax":
        return fact if fact.confidence >= _LEAST_OF_TAX * way else None
    return fact if _starts(fact, figures) else None


def _without_rates(words: Sequence[Word]) -> list[Word]:
    """The words behind « TVA » without its rate: « 20 % », « (20,0 %) », « à 5,5 % »."""
    kept: list[Word] = []
    for word in words:
        if _RATE.fullmatch(word.text.strip(":;,")):
            continue
        if fold(word.text) == "" and "%" in word.text:
            if kept and kept[-1].text.strip("(").replace(",", "").replace(".", "").isdecimal():
                kept.pop()
            continue
        kept.append(word)
    return kept


def _starts(fact: Fact, figures: Sequence[Word]) -> bool:
    first = next(word for word in figures if any(letter.isdigit() for letter in word.text))
    return fact.box is not None and fact.box[0] <= first.box[0] + 1e-6


def _below(sheet: Sheet, anchor: Anchor, way: float) -> Iterator[Fact]:
    """The amount under a heading; not the first of a column of them, which are those of lines."""
    for line in lines_below(sheet, anchor):
        under = [
            fact
            for fact in facts_in(line.words, "amount", way=way, source="label", sheet=sheet)
            if fact.box is not None and overlap(fact.box, anchor.box) > 0
        ]
        if under:
            best = min(under, key=lambda fact: farness(fact, anchor))
            is_first = _goes_on(sheet, anchor, line.bottom, best)
            yield replace(best, source=_OF_COLUMN) if is_first else best
            return


def _goes_on(sheet: Sheet, anchor: Anchor, bottom: float, best: Fact) -> bool:
    lowest = bottom + 4 * _FURTHER * (anchor.box[3] - anchor.box[1])
    lines = [line for line in sheet.lines if bottom < line.top <= lowest and line.bottom > bottom][:_FURTHER]
    for line in lines:
        for fact in facts_in(line.words, "amount", way=1, source="label", sheet=sheet):
            is_under = fact.box is not None and best.box is not None and overlap(fact.box, best.box) > 0
            if is_under and fact.value != best.value and "." in fact.value and fact.confidence >= 0.9:
                return True
    return False


def _proved(candidates: _Candidates, sheet: Sheet) -> Mapping[str, Fact] | None:
    """The first total and net whose difference is the tax the page tells, or the sum of its taxes."""
    told = _in_one_line(sheet)
    if told is not None:
        return told
    if not candidates.gross or not candidates.net:
        return None
    if sheet.page.is_recognised:
        candidates = _Candidates(*(_with_comma(candidates.of(role)) for role in _ROLES))
    taxes = {abs(Decimal(fact.value)): fact for fact in reversed(candidates.tax)}
    printed = amounts_of(sheet)
    pairs = sorted(
        ((one, other) for one in range(len(candidates.gross)) for other in range(len(candidates.net))), key=sum
    )
    for one, other in pairs:
        gross, net = candidates.gross[one], candidates.net[other]
        tax = Decimal(gross.value) - Decimal(net.value)
        if not is_tax_of(tax, Decimal(net.value)) or (_is_of_column(gross) and _is_of_column(net)):
            continue
        told = {"gross": _sure(gross), "net": _sure(net)}
        if abs(tax) in taxes:
            return {**told, "tax": replace(_sure(taxes[abs(tax)]), value=str(tax))}
        if abs(tax) in printed or _adds_up(abs(tax), set(taxes)):
            return {**told, "tax": Fact(str(tax), 0.85, "label", gross.page, None)}
    return None


def _with_comma(facts: Sequence[Fact]) -> list[Fact]:
    """« 1 59100 », whose comma a scan lost, may be 1 591,00 as well: what it makes with the others tells."""
    lost = [fact for fact in facts if fact.value.endswith(".00") and abs(Decimal(fact.value)) >= _LEAST_LOST]
    mended = [replace(fact, value=str((Decimal(fact.value) / 100).quantize(Decimal("0.01")))) for fact in lost]
    return [*facts, *mended]


def _in_one_line(sheet: Sheet) -> Mapping[str, Fact] | None:
    """« Total facture 24,99 5,00 29,99 »: what is taxed, the tax and the total side by side."""
    for line in reversed(sheet.lines):
        if not any(fold(word.text).startswith("tota") for word in line.words[:3]):
            continue
        facts = list(facts_in(line.words, "amount", way=OF_SUM, source="label", sheet=sheet))
        for net, tax, gross in zip(facts, facts[1:], facts[2:], strict=False):
            values = [Decimal(fact.value) for fact in (net, tax, gross)]
            if values[0] + values[1] == values[2] and is_tax_of(values[1], values[0]):
                return {"net": _sure(net), "tax": _sure(tax), "gross": _sure(gross)}
    return None


def _adds_up(tax: Decimal, taxes: set[Decimal]) -> bool:
    """Whether a few of the taxes told (one a rate) make ``tax``."""
    parts = sorted(part for part in taxes if 0 < part < tax)
    sums = {Decimal(0)}
    for part in parts[:_MOST]:
        sums |= {one + part for one in sums}
    return tax in sums


def _doubted(candidates: _Candidates) -> Mapping[str, Fact]:
    """Each as its label tells it; those that cannot belong together, so that a person is asked."""
    told = {role: found[0] for role in _ROLES if (found := candidates.of(role)) and not _is_of_column(found[0])}
    if "net" in told and "gross" in told:
        gross = Decimal(told["gross"].value)
        net = Decimal(told["net"].value)
        if net != gross and not is_tax_of(gross - net, net):
            told = {role: _less(fact) for role, fact in told.items()}
    if "tax" in told:
        # Nothing proves it: several rates have several taxes, and each line may have its own.
        told["tax"] = _less(told["tax"])
    return told


def _sure(fact: Fact) -> Fact:
    return replace(fact, confidence=max(fact.confidence, OF_PROOF), source="label")


def _less(fact: Fact) -> Fact:
    return replace(fact, confidence=min(fact.confidence, _DOUBTED))
