"""Reading without a layout: the usual labels of French papers, with lower confidence than rules drawn by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from pli.processing.indexing.folding import fold
from pli.processing.indexing.labels import is_number, usual_labels
from pli.processing.indexing.rules import columns_of, neighbours, read_words
from pli.processing.indexing.sheet import Anchor, Sheet
from pli.processing.indexing.values import TYPED, find_values
from pli.processing.plugs import Fact, FieldSpec, Word

OF_OWN_LABEL = 0.82
OF_USUAL_LABEL = 0.78
OF_LAST_LABELS = 0.62
"""For the vaguest labels (« Le », « Du », « Total », « N° »)."""
OF_IDENTIFIER = 0.85
"""A number whose check digit holds, found anywhere, the organisation's own left out."""
_VAGUE = frozenset(fold(label) for label in ("Le", "Du", "Total", "N°", "HT", "TVA", "TTC", "Facture", "Devis", "Date"))
_FILLERS = frozenset(
    ["", "le", "du", "de", "la", "en", "eur", "euro", "euros", "n", "no", "nr", "numero", "au", "a", "et", "ttc", "ht"]
)
_REFERENCE = re.compile(r"^(?=.*\d)[A-Z0-9][A-Z0-9/._-]{1,29}$", re.I)


def read_generically(
    sheets: Sequence[Sheet], fields: Sequence[FieldSpec], *, kind: str, own: Mapping[str, str]
) -> dict[str, Fact]:
    """What the usual labels and forms give for ``fields``. ``own``: the organisation's identifiers, never taken."""
    facts: dict[str, Fact] = {}
    refused = {value for value in own.values() if value}
    for field in fields:
        fact = (
            _identifier(sheets, field.type, refused)
            if field.type in ("siren", "siret", "vat", "iban")
            else _labelled(sheets, field, kind)
        )
        if fact is not None:
            facts[field.name] = fact
    return facts


def _labelled(sheets: Sequence[Sheet], field: FieldSpec, kind: str) -> Fact | None:
    # A total stands at the end of a document, everything else at its beginning.
    is_amount = field.type == "amount"
    pages = [sheet for sheet in (reversed(sheets) if is_amount else sheets[:1])]
    best: Fact | None = None
    for number, label in enumerate(usual_labels(field, kind)):
        way = OF_OWN_LABEL if number == 0 else OF_LAST_LABELS if fold(label) in _VAGUE else OF_USUAL_LABEL
        if best is not None and best.confidence >= way:
            break
        for sheet in pages:
            anchors = sheet.find_anchors(label)
            fact = _first_beside(sheet, reversed(anchors) if is_amount else iter(anchors), field, way)
            if fact is not None and (best is None or fact.confidence > best.confidence):
                best = fact
                break
    return best


def _first_beside(sheet: Sheet, anchors: Iterator[Anchor], field: FieldSpec, way: float) -> Fact | None:
    for anchor in anchors:
        for side in ("right", "below"):
            for words in neighbours(sheet, anchor, side, field.type):
                fact = _value_at_once(sheet, words, field, way)
                if fact is not None:
                    return fact
                break  # Only the nearest words on each side.
    return None


def _value_at_once(sheet: Sheet, words: Sequence[Word], field: FieldSpec, way: float) -> Fact | None:
    """The value, if nothing but small words stands between it and its label."""
    rest = list(words)
    while rest and fold(rest[0].text) in _FILLERS and not any(letter.isdigit() for letter in rest[0].text):
        rest = rest[1:]
    if not rest:
        return None
    if field.type in TYPED:
        fact = read_words(rest, field.type, way=way, source="label", sheet=sheet)
        starts_here = fact is not None and fact.box is not None and fact.box[0] <= rest[0].box[0] + 1e-6
        return fact if starts_here else None
    if is_number(field_about=fold(f"{field.name} {field.label}")):
        first = rest[0].text.strip(" :;,.()#")
        if not _REFERENCE.match(first) or next(find_values("date", first), None) is not None:
            return None
        return read_words(rest[:1], "text", way=way, source="label", sheet=sheet)
    line = rest[0].box[3] - rest[0].box[1]
    return read_words(columns_of(rest, line * sheet.ratio)[0], "text", way=way, source="label", sheet=sheet)


def _identifier(sheets: Sequence[Sheet], type_: str, refused: set[str]) -> Fact | None:
    """The one valid number of this type that is not the organisation's; less sure when there are several."""
    found: dict[str, Fact] = {}
    for sheet in sheets:
        for line in sheet.lines_for(type_):
            for one in find_values(type_, line.text, is_recognised=sheet.page.is_recognised):
                if one.value in refused or (type_ == "siret" and one.value[:9] in refused) or one.value in found:
                    continue
                fact = read_words(line.words, type_, way=OF_IDENTIFIER, source="form", sheet=sheet)
                if fact is not None:
                    confidence = round(OF_IDENTIFIER * one.certainty, 3)
                    found[one.value] = Fact(one.value, confidence, "form", sheet.page.number, fact.box)
    if not found:
        return None
    first = next(iter(found.values()))
    if len(found) > 1:
        return Fact(first.value, round(first.confidence * 0.6, 3), first.source, first.page, first.box)
    return first
