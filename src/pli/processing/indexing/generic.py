"""Reading without a layout: the usual labels of French papers, with lower confidence than rules drawn by hand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from pli.processing.indexing.beside import (
    farness,
    is_alone,
    lines_below,
    nearness,
    overlap,
    phrase_before,
    words_before,
    words_behind,
)
from pli.processing.indexing.dates import is_month_first
from pli.processing.indexing.folding import fold
from pli.processing.indexing.identifying import read_identifier
from pli.processing.indexing.labels import is_number, is_vague, role_of, usual_labels
from pli.processing.indexing.misshapen import MISSHAPEN_FINDERS, misshapen
from pli.processing.indexing.rules import columns_of, facts_in, read_words
from pli.processing.indexing.sheet import Anchor, Line, Sheet, joined_box
from pli.processing.indexing.sums import read_sums
from pli.processing.indexing.values import TYPED, find_values
from pli.processing.plugs import Box, Fact, FieldSpec, Word

OF_OWN_LABEL = 0.82
OF_USUAL_LABEL = 0.78
OF_LAST_LABELS = 0.62
"""For the vaguest labels (« Le », « Du », « N° »)."""
_FILLERS = frozenset(
    ["", "le", "du", "de", "la", "en", "eur", "euro", "euros", "n", "no", "nr", "num", "numero", "au", "a", "et", "est",
     "on", "vom", "am"]
)  # fmt: skip
_TERMS = _FILLERS | {
    "jours",
    "jour",
    "net",
    "nets",
    "fin",
    "mois",
    "30",
    "45",
    "60",
    "15",
    "soit",
    "s",
    "date",
    "days",
    "lundi",
    "mardi",
    "mercredi",
    "jeudi",
    "vendredi",
    "samedi",
    "dimanche",
}
"""What may stand between « Échéance » and its date: « 30 jours fin de mois le »."""
_OTHERS = frozenset(
    ["annulation", "annule", "avoir", "associee", "associe", "origine", "precedente", "ancienne", "liee", "anterieure",
     "commande", "rectificative", "rectifie", "livraison", "debut", "fin", "client", "acheteur"]
)  # fmt: skip
"""Words in front of a label that make it another paper's, or another day's."""
_PAPERS = {
    "invoice": frozenset(["facture", "invoice", "avoir", "rechnung", "factuur", "fattura", "factura", "honoraires"]),
    "quote": frozenset(["devis", "quote"]),
    "delivery-note": frozenset(["bon", "bl", "livraison"]),
}
_REFERENCE = re.compile(r"^(?=.*\d)[A-Z0-9][A-Z0-9/._-]{0,29}$", re.I)
_SHORT_DATE = re.compile(r"^\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}$|^\d{1,3}(?:[.]\d{3})*[.]\d{2}$")
_HYPHENS = str.maketrans("‐‑‒−", "----")
_OF_LINES = frozenset(["designation", "description", "libelle", "qte", "quantite", "article", "produit", "qty",
                       "quantity", "prixunitaire", "pu", "puht", "menge", "bezeichnung"])  # fmt: skip
"""Headings of a table of lines: what stands under « Réf. » there is an article's."""
_FEWEST = 3
"""Characters of a number beside a vague label: « N° 2 » numbers anything."""


def read_generically(
    sheets: Sequence[Sheet], fields: Sequence[FieldSpec], *, kind: str, own: Mapping[str, str]
) -> dict[str, Fact]:
    """What the usual labels and forms give for ``fields``. ``own``: the organisation's identifiers, never taken."""
    refused = {value for value in own.values() if value}
    facts = read_sums(sheets, [field for field in fields if role_of(field)])
    for field in fields:
        if role_of(field):
            continue
        fact = (
            read_identifier(sheets, field.type, refused)
            if field.type in ("siren", "siret", "vat", "iban")
            else _labelled(sheets, field, kind)
        )
        if fact is not None:
            facts[field.name] = fact
    return facts


def read_misshapen_date(sheets: Sequence[Sheet], field: FieldSpec, *, kind: str) -> Fact | None:
    """What stands beside a usual label of this date, has a date's look and is none; vague labels aside."""
    told = replace(field, type=misshapen("date"))
    look_for = MISSHAPEN_FINDERS[told.type]
    if not any(next(look_for(sheet.page.text, sheet.page.is_recognised), None) for sheet in sheets):
        return None
    beside = (
        _first_beside(sheet, label, told, kind, OF_USUAL_LABEL)
        for label in usual_labels(field, kind)
        if not is_vague(label)
        for sheet in sheets
    )
    return next((fact for fact in beside if fact is not None), None)


def _labelled(sheets: Sequence[Sheet], field: FieldSpec, kind: str) -> Fact | None:
    # An amount stands at the end of a document, everything else at its beginning; a due date at either.
    is_due = field.type == "date" and ("echeance" in fold(f"{field.name} {field.label}") or "due" in field.name)
    pages = list(reversed(sheets)) if field.type == "amount" else sheets if is_due else sheets[:1]
    best: Fact | None = None
    for number, label in enumerate(usual_labels(field, kind)):
        way = OF_LAST_LABELS if is_vague(label) else OF_OWN_LABEL if number == 0 else OF_USUAL_LABEL
        if best is not None and best.confidence >= way:
            continue
        for sheet in pages:
            fact = _first_beside(sheet, label, field, kind, way)
            if fact is not None and (best is None or fact.confidence > best.confidence):
                best = fact
                break
    return best


def _first_beside(sheet: Sheet, label: str, field: FieldSpec, kind: str, way: float) -> Fact | None:
    if is_vague(label) and f" {fold(label.split()[0])}" not in sheet.openings:
        return None
    anchors = [anchor for anchor in sheet.find_anchors(label) if _counts(sheet, anchor, label, kind)]
    # « Facture n° 12 » before « en règlement de notre facture n° 9 ».
    for anchor in sorted(anchors, key=lambda anchor: bool(words_before(sheet, anchor))):
        fact = _right(sheet, anchor, field, way) or _below(sheet, anchor, field, way)
        if fact is not None and not (is_vague(label) and len(fact.value) < _FEWEST):
            return fact
    return None


def _counts(sheet: Sheet, anchor: Anchor, label: str, kind: str) -> bool:
    """Whether this is the label and no part of another's."""
    before = words_before(sheet, anchor)
    if not _OTHERS.isdisjoint(before):
        return False
    if fold(label) == "du":
        # « Facture n° 12 du 3 mars », not « Commande 45 du 1er mars ».
        return not _PAPERS.get(kind, frozenset()).isdisjoint(phrase_before(sheet, anchor)[:2])
    if not is_vague(label):
        return True
    if before and before[0] != "fait":
        return False
    return fold(label) != "le" or _opens(sheet, anchor)


def _opens(sheet: Sheet, anchor: Anchor) -> bool:
    """« Le 4 mars » or « Brest, le 4 mars » opens a letter; elsewhere in a sentence it is any day."""
    phrase = phrase_before(sheet, anchor)
    place = sheet.lines[anchor.line].words[anchor.first - 1].text if anchor.first else ""
    return not phrase or phrase[0] == "fait" or (place.endswith(",") and len(phrase) <= 4)


def _right(sheet: Sheet, anchor: Anchor, field: FieldSpec, way: float) -> Fact | None:
    behind = words_behind(sheet, anchor)
    if field.type not in TYPED and not is_number(field_about=fold(f"{field.name} {field.label}")):
        line = sheet.lines[anchor.line]
        return _text(behind, line.height * sheet.ratio, way, sheet)
    fillers = _TERMS if field.type in ("date", misshapen("date")) else _FILLERS
    rest = behind
    while rest and _is_filler(rest[0], fillers):
        rest = rest[1:]
    if not rest:
        return None
    if field.type in TYPED:
        fact = read_words(rest, field.type, way=way, source="label", sheet=sheet)
        return _told(fact, sheet) if fact is not None and _starts(fact, rest[0]) else None
    return _number(rest, way, sheet)


def _below(sheet: Sheet, anchor: Anchor, field: FieldSpec, way: float) -> Fact | None:
    if not is_alone(sheet, anchor, _FILLERS) or _heads_lines(sheet, anchor):
        return None
    for line in lines_below(sheet, anchor):
        if field.type in TYPED:
            found = [
                fact
                for fact in facts_in(line.words, field.type, way=way, source="label", sheet=sheet)
                if fact.box is not None and overlap(fact.box, anchor.box) > 0 and not _is_anothers(fact.box, line)
            ]
            if found:
                return _told(min(found, key=lambda fact: farness(fact, anchor)), sheet)
        else:
            return _under(line, anchor, field, way, sheet)
        if any(letter.isdigit() for word in _words_under(line, anchor) for letter in word.text):
            return None
    return None


def _is_anothers(box: Box, line: Line) -> bool:
    """Whether a value stands right behind another label's colon: under « Date de facture : » that nobody filled in,
    « Échéance : 2 avril 2026 » is no date of the invoice."""
    before = [word for word in line.words if word.box[2] <= box[0] + 1e-6]
    return bool(before) and before[-1].text.endswith(":")


def _heads_lines(sheet: Sheet, anchor: Anchor) -> bool:
    return not _OF_LINES.isdisjoint(fold(word.text) for word in sheet.lines[anchor.line].words)


def _under(line: Line, anchor: Anchor, field: FieldSpec, way: float, sheet: Sheet) -> Fact | None:
    words = _words_under(line, anchor)
    if not words:
        return None
    if is_number(field_about=fold(f"{field.name} {field.label}")):
        first = min(words, key=lambda word: nearness([word], anchor))
        return _number(line.words[line.words.index(first) :], way, sheet)
    column = next(one for one in columns_of(line.words, line.height * sheet.ratio) if words[0] in one)
    return _text(column, line.height * sheet.ratio, way, sheet)


def _words_under(line: Line, anchor: Anchor) -> list[Word]:
    return [word for word in line.words if overlap(word.box, anchor.box) > 0]


def _is_filler(word: Word, fillers: frozenset[str]) -> bool:
    folded = fold(word.text)
    return folded in fillers and (folded in _TERMS or not any(letter.isdigit() for letter in word.text))


def _starts(fact: Fact, first: Word) -> bool:
    return fact.box is not None and fact.box[0] <= first.box[0] + 1e-6


def _text(words: Sequence[Word], height: float, way: float, sheet: Sheet) -> Fact | None:
    said = [word for word in words if fold(word.text)]
    columns = columns_of(said, height)
    return read_words(columns[0], "text", way=way, source="label", sheet=sheet) if columns else None


def _number(words: Sequence[Word], way: float, sheet: Sheet) -> Fact | None:
    """The reference these words begin with: one word, or figures in groups (« 10 245 678 901 »)."""
    used = list(words[:1])
    for word in words[1:]:
        if not (_is_group(used[-1], word, len(used) == 1) and _touches(used[-1], word, sheet)):
            break
        used.append(word)
    said = "".join(word.text for word in used).translate(_HYPHENS).strip(" :;,.()#°º")
    if not _REFERENCE.match(said) or _SHORT_DATE.match(said) or next(find_values("date", said), None) is not None:
        return None
    fact = read_words(used, "text", way=way, source="label", sheet=sheet)
    return Fact(said, fact.confidence, fact.source, fact.page, joined_box(used)) if fact is not None else None


def _is_group(former: Word, word: Word, is_second: bool) -> bool:  # noqa: FBT001
    sizes = len(former.text), len(word.text)
    both = former.text.isdecimal() and word.text.isdecimal()
    return both and sizes[1] >= 3 and (sizes[0] == sizes[1] or (is_second and sizes[0] < sizes[1] == 3))


def _touches(former: Word, word: Word, sheet: Sheet) -> bool:
    return word.box[0] - former.box[2] <= 0.6 * (word.box[3] - word.box[1]) * sheet.ratio


def _told(fact: Fact, sheet: Sheet) -> Fact:
    """An American page's dates have the month first: 04/05/2026 is there 5 April."""
    if len(fact.value) != 10 or fact.value[4:5] != "-" or not is_month_first(sheet.page.text):
        return fact
    year, month, day = fact.value.split("-")
    turned = f"{year}-{day}-{month}" if int(day) <= 12 and _is_in_figures(fact, sheet) else fact.value
    return Fact(turned, round(fact.confidence * 0.9, 3), fact.source, fact.page, fact.box)


def _is_in_figures(fact: Fact, sheet: Sheet) -> bool:
    words = sheet.words_in(fact.box) if fact.box is not None else []
    return not any(letter.isalpha() for word in words for letter in word.text)
