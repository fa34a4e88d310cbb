"""A layout made from what a person typed: where these values stand on the page, and what tells the supplier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pli.processing.indexing.folding import fold, fold_words
from pli.processing.indexing.layouts import apply_rules
from pli.processing.indexing.parties_index import name_words
from pli.processing.indexing.rules import apply_rule, columns_of
from pli.processing.indexing.sheet import Line, Sheet, joined_box
from pli.processing.indexing.values import TYPED, find_values
from pli.processing.plugs import Box, Fact, FieldRule, FieldSpec, KindSpec, LayoutSpec, PageReading, PartySpec, Word

_WIDER, _HIGHER = 0.02, 0.35
"""How much a zone exceeds the value it was made from: of the page's width, of the line's height. Another invoice has a
longer number, a larger total."""
_MOST_LABEL_WORDS = 4
_TOP = 0.25
_MOST_KEYWORDS = 2
_EVERYWHERE = frozenset(
    ("facture", "avoir", "devis", "bon", "de", "livraison", "date", "client", "page", "numero", "total", "adresse",
     "facturation", "commande", "reference", "telephone", "tel", "fax", "email", "bulletin", "paie", "sarl", "sas",
     "france")
)  # fmt: skip
"""Folded words that head anybody's papers."""


def suggest_layout(
    pages: Sequence[PageReading],
    typed: Mapping[str, str],
    *,
    kind: KindSpec,
    party: PartySpec | None = None,
    organisation_name: str = "",
) -> LayoutSpec:
    """Rules that read the typed values where they stand, and keywords that recognise such a paper again.

    Each rule was tried on these pages: it reads exactly what was typed. A value that is nowhere on them has no rule.
    ``typed`` holds canonical values (ISO dates, plain decimals). The layout's ``id`` is empty: it is not kept yet.
    """
    sheets = [Sheet.of(page) for page in pages]
    rules: list[FieldRule] = []
    for field in kind.fields:
        value = typed.get(field.name, "")
        if value:
            rules += _rules_for(field, value, sheets)
    return LayoutSpec(
        id="",
        name=(party.name if party else kind.name)[:80],
        kind=kind.slug,
        party_id=party.id if party else None,
        keywords=suggest_keywords(sheets[0], party, organisation_name) if sheets else (),
        rules=tuple(rules),
    )


def fields_read(
    rules: Sequence[FieldRule], pages: Sequence[PageReading], typed: Mapping[str, str], *, kind: KindSpec
) -> set[str]:
    """The fields whose rules read on another paper exactly what was typed for it."""
    types = {field.name: field.type for field in kind.fields}
    facts = apply_rules(rules, [Sheet.of(page) for page in pages], types)
    return {name for name, fact in facts.items() if _is_same(fact, typed.get(name, ""), types[name])}


def _rules_for(field: FieldSpec, value: str, sheets: Sequence[Sheet]) -> list[FieldRule]:
    """At most two: beside a label if there is one, and where it stands."""
    found: dict[str, FieldRule] = {}
    for index, sheet in enumerate(sheets):
        page = _page_number(index, len(sheets), field)
        for line, words in _places_of(value, field.type, sheet):
            for rule in (*_anchors(field, page, line, words, sheet), _zone(field, page, words, line, sheet)):
                if rule.how not in found and _reads(rule, value, field.type, sheets):
                    found[rule.how] = rule
        if len(found) == 2:
            break
    return [found[how] for how in ("anchor", "zone") if how in found]


def _page_number(index: int, count: int, field: FieldSpec) -> int:
    """Totals stand on the last page, however many there are; all else is counted from the first."""
    return -1 if field.type == "amount" and index == count - 1 and count > 1 else index + 1


def _reads(rule: FieldRule, value: str, type_: str, sheets: Sequence[Sheet]) -> bool:
    return _is_same(apply_rule(rule, sheets, type_), value, type_)


def _is_same(fact: Fact | None, value: str, type_: str) -> bool:
    return fact is not None and (fact.value == value or (type_ not in TYPED and fold(fact.value) == fold(value)))


def _places_of(value: str, type_: str, sheet: Sheet) -> Iterator[tuple[Line, Sequence[Word]]]:
    for line in sheet.lines:
        starts = _starts(line)
        if type_ in TYPED:
            spans = [
                (found.start, found.end)
                for found in find_values(type_, line.text, is_recognised=sheet.page.is_recognised)
                if found.value == value
            ]
        else:
            spans = list(_spans_of_text(value, line, starts))
        for start, end in spans:
            words = [
                word
                for word, place in zip(line.words, starts, strict=True)
                if place < end and place + len(word.text) > start
            ]
            if words:
                yield line, words


def _starts(line: Line) -> list[int]:
    starts, place = [], 0
    for word in line.words:
        starts.append(place)
        place += len(word.text) + 1
    return starts


def _spans_of_text(value: str, line: Line, starts: Sequence[int]) -> Iterator[tuple[int, int]]:
    wanted = fold(value)
    text, origins = line.folded
    place = text.find(wanted) if wanted else -1
    while place >= 0:
        first, last = origins[place][0], origins[place + len(wanted) - 1][0]
        yield starts[first], starts[last] + len(line.words[last].text)
        place = text.find(wanted, place + 1)


def _anchors(field: FieldSpec, page: int, line: Line, words: Sequence[Word], sheet: Sheet) -> Iterator[FieldRule]:
    """The label on the left of the value, else the one above it."""
    left = [word for word in line.words if word.box[2] <= words[0].box[0] + 1e-6]
    label = _label(left, line, sheet, takes_last_column=True)
    if label:
        yield FieldRule(field=field.name, how="anchor", page=page, anchor=label, side="right")
    place = next((number for number, one in enumerate(sheet.lines) if one is line), 0)
    for above in reversed(sheet.lines[max(0, place - 3) : place]):
        over = [column for column in columns_of(above.words, above.height * sheet.ratio) if _is_over(column, words)]
        label = _label(over[0], above, sheet, takes_last_column=False) if over else ""
        if label:
            yield FieldRule(field=field.name, how="anchor", page=page, anchor=label, side="below")
            return


def _label(words: Sequence[Word], line: Line, sheet: Sheet, *, takes_last_column: bool) -> str:
    """The last few words that can be a label: no figures in them, some letters."""
    if takes_last_column:
        columns = columns_of(words, line.height * sheet.ratio)
        words = columns[-1] if columns else []
    kept: list[str] = []
    for word in reversed(words):
        if any(letter.isdigit() for letter in word.text) or len(kept) == _MOST_LABEL_WORDS:
            break
        kept.insert(0, word.text)
    label = " ".join(kept).strip(" :;,.-–—|#")
    return label if len(fold(label)) >= 2 else ""


def _is_over(column: Sequence[Word], words: Sequence[Word]) -> bool:
    return column[0].box[0] < words[-1].box[2] and column[-1].box[2] > words[0].box[0]


def _zone(field: FieldSpec, page: int, words: Sequence[Word], line: Line, sheet: Sheet) -> FieldRule:
    left, top, right, bottom = joined_box(words)
    higher = _HIGHER * line.height
    # Amounts are set flush right and grow to the left; the rest grows to the right. Never into the neighbour's word.
    leftward, rightward = (3 * _WIDER, _WIDER) if field.type == "amount" else (_WIDER / 2, 3 * _WIDER)
    others = [word for word in line.words if word not in words]
    limit_left = max((word.box[2] for word in others if word.box[2] <= left + 1e-6), default=0.0)
    limit_right = min((word.box[0] for word in others if word.box[0] >= right - 1e-6), default=1.0)
    box: Box = (
        round(max(0.0, left - leftward, (limit_left + left) / 2 if limit_left else 0.0), 4),
        round(max(0.0, top - higher), 4),
        round(min(1.0, right + rightward, (limit_right + right) / 2 if limit_right < 1 else 1.0), 4),
        round(min(1.0, bottom + higher), 4),
    )
    return FieldRule(field=field.name, how="zone", page=page, box=box)


def suggest_keywords(sheet: Sheet, party: PartySpec | None, organisation_name: str = "") -> tuple[str, ...]:
    """What tells this supplier's papers: its number, name or address when they are on the page, else its heading."""
    found: list[str] = []
    if party is not None:
        proofs = (party.siren, party.vat, *party.ibans, party.name, *party.emails)
        found = [proof for proof in proofs if proof and sheet.says(proof)]
        if not found:
            words = " ".join(name_words(party.name))
            found = [words] if words and sheet.says(words) else []
    return tuple(found[:_MOST_KEYWORDS]) or _heading(sheet, organisation_name)


def _heading(sheet: Sheet, organisation_name: str) -> tuple[str, ...]:
    """The largest writing at the top of the page that is not said everywhere, and not the organisation's own name."""
    own = fold(organisation_name)
    best: tuple[float, str] | None = None
    for line in sheet.lines:
        if line.top > _TOP:
            break
        for column in columns_of(line.words, line.height * sheet.ratio):
            text = " ".join(word.text for word in column)
            said = [word for word in fold_words(text) if word not in _EVERYWHERE]
            if any(letter.isdigit() for letter in text) or sum(map(len, said)) < 5 or fold(text) == own:
                continue
            height = max(word.box[3] - word.box[1] for word in column)
            if best is None or height > best[0] * 1.05:
                best = (height, text)
    return (best[1][:80],) if best else ()
