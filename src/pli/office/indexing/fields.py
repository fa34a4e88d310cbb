"""The fields of a kind as the desk shows them: value, how sure one is of it, where it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from pli.office.documents.values import spell_value
from pli.processing.api import RunPiece

SURE, LIKELY = 90, 70
PREFIX = "fact-"
_SOURCES: dict[str, str | Promise] = {
    "zone": gettext_lazy("lu à sa place"),
    "block": gettext_lazy("lu à sa place"),
    "anchor": gettext_lazy("lu près de son libellé"),
    "form": gettext_lazy("reconnu à sa forme"),
    "label": gettext_lazy("lu près de son libellé"),
    "pattern": gettext_lazy("reconnu à sa forme"),
    "barcode": gettext_lazy("lu dans un code"),
    "facturx": gettext_lazy("donné par la facture électronique"),
    "file-name": gettext_lazy("dans le nom du fichier"),
    "sender": gettext_lazy("donné à l’envoi"),
    "typed": gettext_lazy("saisi à la main"),
}
_EXAMPLES: dict[str, str | Promise] = {
    "date": gettext_lazy("31/12/2026"),
    "amount": gettext_lazy("1 250,00"),
    "siren": gettext_lazy("9 chiffres"),
    "siret": gettext_lazy("14 chiffres"),
}


@dataclass(frozen=True)
class ShownFact:
    """One field of the form."""

    name: str
    label: str
    type: str
    value: str
    is_required: bool
    error: str = ""
    tone: str = ""
    said: str = ""
    """How sure one is, and where it comes from."""
    page: int = 0
    """In the piece, from 1; 0 when it was read on no page."""
    box: str = ""

    @property
    def input_mode(self) -> str:
        return "decimal" if self.type == "amount" else "numeric" if self.type in ("siren", "siret", "integer") else ""

    @property
    def example(self) -> str:
        return str(_EXAMPLES.get(self.type, ""))

    @property
    def needs_person(self) -> bool:
        return bool(self.error) or self.tone in ("waiting", "refused") or (self.is_required and not self.value)


def fields_of(
    piece: RunPiece,
    fields: Sequence[Mapping[str, Any]],
    *,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> list[ShownFact]:
    """The kind's fields in its order. ``given``: what the person has typed already, which wins; ``errors``: by field,
    French sentences."""
    label = "label_en" if (get_language() or "").startswith("en") else "label_fr"
    if errors is None:
        errors = piece.problem.get("errors") or {}
    return [_field(piece, field, str(field.get(label) or field["name"]), given, errors) for field in fields]


def _field(
    piece: RunPiece,
    field: Mapping[str, Any],
    label: str,
    given: Mapping[str, str] | None,
    errors: Mapping[str, str],
) -> ShownFact:
    name, type_ = str(field["name"]), str(field.get("type", "text"))
    fact = piece.facts.get(name) or {}
    read = str(fact.get("value") or piece.typed.get(name) or "")
    value = spell_value(type_, read)
    error = errors.get(name, "")
    shown = ShownFact(name, label, type_, value, bool(field.get("required")), error=_(error) if error else "")
    if given is not None and given.get(name, value) != value:
        return replace(shown, value=given[name])
    tone, said = _say_confidence(fact) if read and fact else ("", "")
    page = _page_of(piece, fact)
    box = ",".join(f"{float(side):.4f}" for side in fact["box"]) if page and fact.get("box") else ""
    return replace(shown, tone=tone, said=said, page=page if box else 0, box=box)


def _say_confidence(fact: Mapping[str, Any]) -> tuple[str, str]:
    percent = round(float(fact.get("confidence", 1)) * 100)
    source = str(_SOURCES.get(str(fact.get("source")), _("lu sur la page")))
    if percent >= SURE:
        return "signed", _("sûr, %(source)s") % {"source": source}
    tone, word = ("waiting", _("à vérifier")) if percent >= LIKELY else ("refused", _("peu sûr"))
    return tone, _("%(word)s (%(percent)s %%), %(source)s") % {"word": word, "percent": percent, "source": source}


def _page_of(piece: RunPiece, fact: Mapping[str, Any]) -> int:
    """The place in the piece of the page a fact was read on."""
    number = fact.get("page")
    return piece.pages.index(number) + 1 if number in piece.pages else 0
