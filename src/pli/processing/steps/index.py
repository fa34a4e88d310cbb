"""Index values of a piece: by the rules of its layout, by the recipe's own, by usual labels; and whose paper it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pli.kit.errors import Phrase
from pli.processing.indexing.generic import read_generically, read_misshapen_date
from pli.processing.indexing.labels import role_of
from pli.processing.indexing.layouts import apply_rules, recognise_layout
from pli.processing.indexing.misshapen import misshapen
from pli.processing.indexing.parties import PartyFound, recognise_party
from pli.processing.indexing.parties_index import index_of
from pli.processing.indexing.patterns import PatternRefused, compile_pattern
from pli.processing.indexing.rules import WAYS, apply_rule
from pli.processing.indexing.sheet import Sheet
from pli.processing.indexing.totals import prove_totals
from pli.processing.indexing.values import TYPED
from pli.processing.plugs import (
    Context,
    Done,
    Fact,
    FieldRule,
    FieldSpec,
    Gives,
    LayoutSpec,
    Outcome,
    Skipped,
    Stage,
    Work,
)

_BY = {
    "code": Phrase("son code"),
    "siren": Phrase("son numéro SIREN"),
    "vat": Phrase("son numéro de TVA"),
    "iban": Phrase("son IBAN"),
    "email": Phrase("son adresse e-mail"),
    "name": Phrase("son nom"),
}


class IndexOptions(BaseModel):
    """Where values are read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[FieldRule, ...] = Field(
        default=(),
        max_length=100,
        title="Règles de lecture",
        description="Pour tous les documents de cette recette, avant celles des modèles.",
        json_schema_extra={"control": "field-rules"},
    )
    layouts: tuple[str, ...] = Field(
        default=(),
        max_length=200,
        title="Modèles de lecture",
        description="Ceux qui peuvent servir ; tous ceux de la nature si aucun n’est choisi.",
        json_schema_extra={"control": "layouts"},
    )
    reads_usual_labels: bool = Field(
        default=True,
        title="Lire sans modèle",
        description="Chercher les valeurs qui manquent auprès des libellés usuels, avec une confiance moindre.",
        json_schema_extra={"control": "flag"},
    )
    recognises_party: bool = Field(
        default=True,
        title="Reconnaître le client ou le fournisseur",
        description="Par son code, SIREN, numéro de TVA, IBAN, adresse e-mail, puis par son nom.",
        json_schema_extra={"control": "flag"},
    )
    party_kinds: tuple[str, ...] = Field(
        default=(),
        max_length=3,
        title="Chercher parmi",
        description="Tous si rien n’est choisi.",
        json_schema_extra={"control": "party-kinds"},
    )

    @field_validator("rules")
    @classmethod
    def _can_be_applied(cls, rules: tuple[FieldRule, ...]) -> tuple[FieldRule, ...]:
        for rule in rules:
            check_rule(rule)
        return rules


def check_rule(rule: FieldRule) -> None:
    """:raises ValueError: with a French sentence, when a rule can't be applied."""
    if rule.how not in WAYS:
        raise ValueError("Cette façon de lire n’existe pas.")
    if rule.how in ("zone", "block") and rule.box is None:
        raise ValueError("Dessinez la zone à lire.")
    if rule.box is not None and not (0 <= rule.box[0] < rule.box[2] <= 1 and 0 <= rule.box[1] < rule.box[3] <= 1):
        raise ValueError("Cette zone sort de la page.")
    if rule.how == "anchor" and not rule.anchor.strip():
        raise ValueError("Indiquez le libellé près duquel lire.")
    if rule.how == "pattern" and not rule.pattern:
        raise ValueError("Indiquez le motif à chercher.")
    if rule.pattern:
        try:
            compile_pattern(rule.pattern)
        except PatternRefused as refused:
            raise ValueError(str(refused)) from None


class IndexStep:
    """See the module."""

    slug: ClassVar[str] = "index"
    version: ClassVar[int] = 1
    stage: ClassVar[Stage] = Stage.MAKE
    name_fr: ClassVar[str] = "Indexer"
    name_en: ClassVar[str] = "Index"
    needs: ClassVar[frozenset[Gives]] = frozenset({Gives.TEXT, Gives.KIND})
    gives: ClassVar[frozenset[Gives]] = frozenset({Gives.FACTS, Gives.PARTY})
    Options: ClassVar[type[BaseModel]] = IndexOptions

    def run(self, work: Work, options: IndexOptions) -> Outcome:
        """The values of the kind's fields, each with its confidence; what a person typed is left as typed."""
        kind = work.context.kinds.get(work.kind)
        sheets = [Sheet.of(page) for page in work.pages]
        if kind is None or not sheets:
            return Skipped("Cette nature de document n’a pas de métadonnées.")
        notes: list[str] = []
        layout = _layout_of(work, options, sheets[0])
        if layout is not None:
            notes.append(Phrase("Lu avec le modèle « %(name)s ».", name=layout.name))
        facts = _read(work, options, layout, sheets, kind.fields)
        found = _party(work, options, layout, sheets, facts)
        if found is not None and found.party_id != work.party_id:
            notes.append(_who(found, work.context))
        facts |= _of_wrong_type(work, options, _rules_of(options, layout), sheets, facts)
        if not facts and found is None:
            return Skipped("Aucune métadonnée n’a été trouvée sur la page.")
        return Done(
            facts=facts,
            layout=layout.id if layout is not None else None,
            party_id=found.party_id if found is not None else None,
            notes=tuple(notes),
        )


def _rules_of(options: IndexOptions, layout: LayoutSpec | None) -> tuple[FieldRule, ...]:
    return (*options.rules, *(layout.rules if layout is not None else ()))


def _layout_of(work: Work, options: IndexOptions, sheet: Sheet) -> LayoutSpec | None:
    if work.layout:
        return next((layout for layout in work.context.layouts if layout.id == work.layout), None)
    allowed = [layout for layout in work.context.layouts if not options.layouts or layout.id in options.layouts]
    return recognise_layout(allowed, sheet, kind=work.kind, party_id=work.party_id)


def _read(
    work: Work, options: IndexOptions, layout: LayoutSpec | None, sheets: Sequence[Sheet], fields: Sequence[FieldSpec]
) -> dict[str, Fact]:
    # What an electronic invoice (sure of it or not: its page says the same) or a person said is not read again.
    told = {name for name, fact in work.facts.items() if fact.confidence >= 0.95 or fact.source == "facturx"}
    known = told | set(work.typed)
    wanted = [field for field in fields if field.name not in known]
    rules = _rules_of(options, layout)
    types = {field.name: field.type for field in wanted}
    facts = apply_rules(rules, sheets, types)
    missing = [field for field in wanted if field.name not in facts]
    if options.reads_usual_labels and missing:
        facts |= read_generically(sheets, missing, kind=work.kind, own=work.context.organisation_facts)
    return prove_totals(facts, {field.name for field in wanted if role_of(field) == "gross"}, sheets)


def _of_wrong_type(
    work: Work, options: IndexOptions, rules: Sequence[FieldRule], sheets: Sequence[Sheet], read: Mapping[str, Fact]
) -> dict[str, Fact]:
    """What stands where a field is read and has not the form of its type (« Total TTC : douze cents », 31/02/2026).

    As it stands and without any confidence: a person is asked, where leaving it out would file the piece without it.
    """
    kind = work.context.kinds[work.kind]
    lacking = [
        field
        for field in kind.fields
        if field.type in TYPED and field.name not in read and field.name not in work.facts
    ]
    wrong: dict[str, Fact] = {}
    for field in lacking:
        asked = [rule for rule in rules if rule.field == field.name and not rule.pattern]
        facts = (_misread(rule, field, sheets) for rule in asked)
        fact = next((fact for fact in facts if fact is not None), None)
        if fact is None and field.type == "date" and options.reads_usual_labels:
            fact = read_misshapen_date(sheets, field, kind=work.kind)
        if fact is not None:
            wrong[field.name] = replace(fact, confidence=0.0)
    return wrong


def _misread(rule: FieldRule, field: FieldSpec, sheets: Sequence[Sheet]) -> Fact | None:
    """Right of a label stands its value, whatever it is. Elsewhere another thing may stand where the value is not on
    the page: there the look of the type is asked for."""
    if rule.how == "anchor" and rule.side == "right":
        return apply_rule(rule, sheets, "text")
    look = misshapen(field.type)
    return apply_rule(rule, sheets, look) if look and rule.how in ("zone", "anchor") else None


def _party(
    work: Work, options: IndexOptions, layout: LayoutSpec | None, sheets: Sequence[Sheet], facts: dict[str, Fact]
) -> PartyFound | None:
    if work.party_id:
        return PartyFound(work.party_id, 1.0, "code")
    if layout is not None and layout.party_id:
        return PartyFound(layout.party_id, 0.95, "name")
    if not options.recognises_party or not work.context.parties:
        return None
    typed = {name: Fact(value, 1.0, "typed") for name, value in work.typed.items()}
    index = index_of(work.context)
    return recognise_party(index, sheets, kinds=options.party_kinds, facts={**work.facts, **facts, **typed})


def _who(found: PartyFound, context: Context) -> Phrase:
    name = next((party.name for party in context.parties if party.id == found.party_id), found.party_id)
    return Phrase("« %(name)s » reconnu par %(by)s.", name=name, by=_BY.get(found.by, found.by))
