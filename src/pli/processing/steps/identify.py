"""What a piece is: its kind and its layout, by keywords, codes, the channel, the queue and the file's name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from pli.kit.errors import Phrase
from pli.processing.indexing.folding import fold
from pli.processing.indexing.layouts import recognise_layout
from pli.processing.indexing.patterns import PatternRefused, compile_pattern, find
from pli.processing.indexing.sheet import Sheet
from pli.processing.plugs import Context, Done, Gives, Outcome, Skipped, Stage, Work

# Words that head French papers, the longest and most telling first: « facture » is in « bon de livraison » too.
_HEADINGS = (
    ("payslip", ("Bulletin de paie", "Bulletin de salaire", "Fiche de paie")),
    ("delivery-note", ("Bon de livraison", "Bordereau de livraison", "Delivery note")),
    ("quote", ("Devis n°", "Devis", "Proposition commerciale", "Quotation")),
    ("invoice", ("Facture", "Avoir n°", "Invoice", "Note d’honoraires")),
    ("contract", ("Contrat de", "Contrat d’", "Avenant au contrat")),
)


class IdentifyRule(BaseModel):
    """When all that is filled in holds, the piece is of ``kind`` (and read by ``layout``, when one is named)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: str = Field(min_length=1, max_length=40)
    layout: str = ""
    keywords: tuple[str, ...] = Field(default=(), max_length=20)
    barcode: str = Field(default="", max_length=300)
    channel: str = Field(default="", max_length=20)
    queue: str = Field(default="", max_length=80)
    file_name: str = Field(default="", max_length=120)

    @field_validator("barcode")
    @classmethod
    def _compiles(cls, value: str) -> str:
        if value:
            try:
                compile_pattern(value)
            except PatternRefused as refused:
                raise ValueError(str(refused)) from None
        return value


class IdentifyOptions(BaseModel):
    """How pieces are told apart."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[IdentifyRule, ...] = Field(
        default=(),
        max_length=50,
        title="Règles",
        description="La première dont toutes les conditions sont remplies donne la nature.",
        json_schema_extra={"control": "rules"},
    )
    uses_layouts: bool = Field(
        default=True,
        title="Reconnaître les modèles de lecture",
        description="Par les mots-clés de chaque modèle, cherchés sur la première page.",
        json_schema_extra={"control": "flag"},
    )
    guesses: bool = Field(
        default=False,
        title="Deviner la nature",
        description="Par le titre usuel du document (facture, devis…) quand aucune règle ne convient.",
        json_schema_extra={"control": "flag"},
    )


class IdentifyStep:
    """See the module."""

    slug: ClassVar[str] = "identify"
    version: ClassVar[int] = 1
    stage: ClassVar[Stage] = Stage.MAKE
    name_fr: ClassVar[str] = "Identifier"
    name_en: ClassVar[str] = "Identify"
    needs: ClassVar[frozenset[Gives]] = frozenset({Gives.TEXT})
    gives: ClassVar[frozenset[Gives]] = frozenset({Gives.KIND})
    Options: ClassVar[type[BaseModel]] = IdentifyOptions

    def run(self, work: Work, options: IdentifyOptions) -> Outcome:
        """The kind and the layout, and in words why."""
        sheets = [Sheet.of(page) for page in work.pages[:1]]
        found = _by_rules(sheets, work, options.rules)
        if found is not None:
            return found
        layout = None
        if options.uses_layouts and sheets and work.context.layouts:
            layout = recognise_layout(work.context.layouts, sheets[0], party_id=work.party_id)
        if layout is not None and layout.kind in work.context.kinds:
            note = Phrase("Modèle de lecture « %(name)s » : ses mots-clés sont sur la page.", name=layout.name)
            return Done(kind=layout.kind, layout=layout.id, party_id=layout.party_id, notes=(note,))
        kind = _by_heading(sheets, work.context) if options.guesses else None
        if kind is not None:
            slug, heading = kind
            said = Phrase("Nature devinée : la page porte « %(heading)s ».", heading=heading)
            return Done(kind=slug, notes=(said,))
        return Skipped("Rien sur la page ne dit sa nature : celle de la recette est gardée.")


def _by_rules(sheets: Sequence[Sheet], work: Work, rules: Sequence[IdentifyRule]) -> Done | None:
    for number, rule in enumerate(rules, start=1):
        reasons = _reasons(rule, sheets, work)
        if reasons is None or rule.kind not in work.context.kinds:
            continue
        layout = next((layout for layout in work.context.layouts if layout.id == rule.layout), None)
        notes = (
            Phrase(
                "Règle %(number)s : %(reasons)s.",
                number=number,
                reasons=reasons[0] if len(reasons) == 1 else ", ".join(reasons),
            ),
        )
        return Done(
            kind=rule.kind,
            layout=layout.id if layout else None,
            party_id=layout.party_id if layout else None,
            notes=notes,
        )
    return None


def _reasons(rule: IdentifyRule, sheets: Sequence[Sheet], work: Work) -> list[str] | None:
    """Why the rule holds, in words; None when it does not. A rule that asks for nothing always holds."""
    context = work.context
    wishes: tuple[tuple[bool, Callable[[], bool], str], ...] = (
        (bool(rule.channel), lambda: context.channel == rule.channel, rule.channel),
        (bool(rule.queue), lambda: fold(context.queue) == fold(rule.queue), rule.queue),
        (bool(rule.file_name), lambda: _name_matches(context.file_name, rule.file_name), context.file_name),
        (bool(rule.barcode), lambda: _has_code(work, rule.barcode), rule.barcode),
        (bool(rule.keywords), lambda: _says_all(sheets, rule.keywords), " + ".join(rule.keywords)),
    )
    if not all(holds() for is_asked, holds, _ in wishes if is_asked):
        return None
    reasons = [f"« {said} »" for is_asked, _, said in wishes if is_asked]
    return reasons or [Phrase("toutes les pages")]


def _says_all(sheets: Sequence[Sheet], keywords: Sequence[str]) -> bool:
    return bool(sheets) and all(sheets[0].says(keyword) for keyword in keywords)


def _name_matches(name: str, pattern: str) -> bool:
    """``*`` and ``?`` as in a file list; capitals and accents aside."""
    return fnmatchcase(_plain(name), _plain(pattern))


def _plain(name: str) -> str:
    return "".join(letter if letter in "*?._- " else fold(letter) for letter in name)


def _has_code(work: Work, pattern: str) -> bool:
    return any(find(pattern, code.text) for page in work.pages for code in page.barcodes)


def _by_heading(sheets: Sequence[Sheet], context: Context) -> tuple[str, str] | None:
    """The heading that stands highest on the page among those of kinds the organisation has."""
    best: tuple[int, str, str] | None = None
    for sheet in sheets:
        for slug, headings in _HEADINGS:
            if slug not in context.kinds:
                continue
            for heading in headings:
                anchors = sheet.find_anchors(heading)
                if anchors and (best is None or anchors[0].line < best[0]):
                    best = (anchors[0].line, slug, heading)
    return (best[1], best[2]) if best else None
