"""The form of a step's options, generated from its pydantic model; and what was typed in it, read back."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Union, get_args, get_origin

from django.http import QueryDict
from django.utils.translation import gettext as _
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from pli.office.recipes.words import ANY, CHOICES, RELEVANT, RULE_NEEDS, RULE_PARTS, choice_word

SIDES = ("left", "top", "right", "bottom")
MOST_ROWS = 100
Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Known:
    """What the organisation has for the options to choose among."""

    kinds: Choices = field(default_factory=list)
    layouts: Choices = field(default_factory=list)
    files: Choices = field(default_factory=list)
    fields: Choices = field(default_factory=list)
    party_kinds: Choices = field(default_factory=list)


@dataclass(frozen=True)
class OptionField:
    """One option as the form shows it. ``name``: of its input; ``path``: as problems name it."""

    name: str
    path: str
    control: str
    label: str
    help: str = ""
    value: Any = None
    choices: Choices = field(default_factory=list)
    low: Any = None
    high: Any = None
    longest: int | None = None
    rows: Sequence[Sequence[OptionField]] = ()
    when: str = ""
    when_values: str = ""
    is_hidden: bool = False
    errors: Sequence[str] = ()

    @property
    def id(self) -> str:
        """Of its input."""
        return self.name.replace(".", "-")

    @property
    def sides(self) -> list[tuple[str, str, str, str]]:
        """(side, name of its input, what it shows, its label) of a box, in percent of the page."""
        words = (_("Gauche"), _("Haut"), _("Droite"), _("Bas"))
        values = [percent(side) for side in self.value] if self.value else ["", "", "", ""]
        return [(side, f"{self.name}.{side}", values[at], words[at]) for at, side in enumerate(SIDES)]


def percent(share: Any) -> str:
    """A share of the page as the form shows it."""
    try:
        return f"{round(float(share) * 100, 1):g}"
    except (TypeError, ValueError):
        return ""


def draw_options(
    model: type[BaseModel],
    values: Mapping[str, Any],
    *,
    prefix: str,
    slug: str,
    known: Known,
    errors: Mapping[str, Sequence[str]],
    path: str = "",
) -> list[OptionField]:
    """The fields of a form for ``model``, filled with ``values``."""
    shown = []
    for name, info in model.model_fields.items():
        value = values[name] if name in values else default_of(info)
        shown.append(_draw(name, info, value, prefix, slug, known, errors, path))
    given = {one.path.rpartition(".")[2]: one for one in shown}
    return [_placed(one, slug, given) for one in shown]


def default_of(info: FieldInfo) -> Any:
    """What the option is when nobody says; None for one that must be said."""
    return None if info.is_required() else info.get_default(call_default_factory=True)


def _draw(
    name: str,
    info: FieldInfo,
    value: Any,
    prefix: str,
    slug: str,
    known: Known,
    errors: Mapping[str, Sequence[str]],
    path: str,
) -> OptionField:
    html, own = f"{prefix}.{name}", f"{path}{name}"
    control = control_of(name, info)
    inner = row_model(info)
    limits = {type(one).__name__: one for one in info.metadata}
    label = str(info.title or (RULE_PARTS[name][1] if name in RULE_PARTS else name))
    rows: list[list[OptionField]] = []
    if inner is not None:
        for at, row in enumerate(value or ()):
            filled = row.model_dump(mode="json") if isinstance(row, BaseModel) else dict(row)
            rows.append(
                draw_options(
                    inner, filled, prefix=f"{html}.{at}", slug=slug, known=known, errors=errors, path=f"{own}.{at}."
                )
            )
    if control == "words" and not isinstance(value, str):
        value = ", ".join(str(one) for one in value or ())
    if control == "many":
        value = [str(one) for one in value or ()]
    choices = _choices(name, info, slug, control, known)
    return OptionField(
        name=html,
        path=own,
        control=control,
        label=_(label) if label else "",
        help=_help(info, choices),
        value=value,
        choices=choices,
        low=getattr(limits.get("Ge"), "ge", None),
        high=getattr(limits.get("Le"), "le", None),
        longest=getattr(limits.get("MaxLen"), "max_length", None),
        rows=rows,
        errors=tuple(errors.get(own, ())),
    )


def _help(info: FieldInfo, choices: Choices) -> str:
    """What the option does; nothing where it only spells out choices that have their own words here."""
    told = info.description or ""
    spells = any(value != word and f"{value} : " in told for value, word in choices)
    return _(told) if told and not spells else ""


def _placed(one: OptionField, slug: str, others: Mapping[str, OptionField]) -> OptionField:
    """With what decides whether it is shown at all."""
    name = one.path.rpartition(".")[2]
    told = RELEVANT.get(f"{slug}.{one.path}")
    if told is None and "how" in others and name in RULE_NEEDS:
        told = ("how", RULE_NEEDS[name])
    if told is None or told[0] not in others:
        return one
    other, wanted = others[told[0]], told[1]
    now = ("on" if other.value else "") if other.control == "flag" else str(other.value)
    fields = {**one.__dict__, "when": other.name, "when_values": " ".join(wanted)}
    is_said = now in wanted or (wanted == ANY and bool(other.value))
    return OptionField(**{**fields, "is_hidden": not is_said and not one.errors})


def control_of(name: str, info: FieldInfo) -> str:
    """The control an option asks for, or the one that fits its type."""
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    asked = str(extra.get("control") or "")
    if row_model(info) is not None:
        return "rows"
    if _is_many(info):
        return "many" if asked in ("kind", "layouts", "party-kinds", "file", "choice") else "words"
    if asked in ("kind", "layouts", "file", "choice", "box", "pattern", "number", "flag", "text", "layout"):
        return {"layouts": "layout"}.get(asked, asked)
    if not asked and name in RULE_PARTS and info.title is None:
        return RULE_PARTS[name][0]
    plain = _plain(info.annotation)
    if get_origin(plain) is Literal:
        return "choice"
    return {bool: "flag", int: "number", float: "number"}.get(plain, "text")


def _plain(annotation: Any) -> Any:
    """The annotation without « or None »."""
    if get_origin(annotation) in (Union, types.UnionType):
        kept = [one for one in get_args(annotation) if one is not type(None)]
        return kept[0] if len(kept) == 1 else annotation
    return annotation


def _is_many(info: FieldInfo) -> bool:
    plain = _plain(info.annotation)
    inside = get_args(plain)
    return get_origin(plain) in (tuple, list) and len(inside) <= 2 and inside[-1:] in ((Ellipsis,), (str,))


def row_model(info: FieldInfo) -> type[BaseModel] | None:
    """The model of each row of an option that is a list of rules."""
    plain = _plain(info.annotation)
    if get_origin(plain) in (tuple, list):
        first = get_args(plain)[0]
        if isinstance(first, type) and issubclass(first, BaseModel):
            return first
    return None


def _choices(name: str, info: FieldInfo, slug: str, control: str, known: Known) -> Choices:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    asked = str(extra.get("control") or control)
    among = {
        "kind": known.kinds, "layout": known.layouts, "layouts": known.layouts, "file": known.files,
        "field": known.fields, "party-kinds": known.party_kinds,
    }  # fmt: skip
    if asked in among:
        return among[asked]
    plain = _plain(info.annotation)
    if get_origin(plain) in (tuple, list) and get_args(plain):
        plain = get_args(plain)[0]
    if get_origin(plain) is Literal:
        return [(str(one), choice_word(slug, name, str(one))) for one in get_args(plain)]
    if control == "choice":
        return [(value, str(word)) for value, word in CHOICES.get(name, {}).items()]
    return []


def read_options(model: type[BaseModel], data: QueryDict, prefix: str) -> dict[str, Any]:
    """What was typed for ``model``, as its validation takes it: what is not valid is left for it to say."""
    return {name: _read(name, info, data, f"{prefix}.{name}") for name, info in model.model_fields.items()}


def _read(name: str, info: FieldInfo, data: QueryDict, html: str) -> Any:
    control = control_of(name, info)
    inner = row_model(info)
    if inner is not None:
        return [read_options(inner, data, f"{html}.{at}") for at in data.getlist(html)[:MOST_ROWS]]
    if control == "flag":
        return html in data
    if control == "many":
        return [one for one in data.getlist(html) if one][:200]
    if control == "words":
        return [word.strip() for word in data.get(html, "").split(",") if word.strip()]
    if control == "box":
        return read_box(data, html)
    typed = data.get(html, "").strip()
    if control == "number":
        return _number(typed, info)
    if not typed and type(None) in get_args(info.annotation):
        return None
    return typed


def _number(typed: str, info: FieldInfo) -> Any:
    if not typed:
        return default_of(info)
    try:
        return int(typed) if _plain(info.annotation) is int else float(typed.replace(",", "."))
    except ValueError:
        return typed


def read_box(data: QueryDict, html: str) -> list[Any] | None:
    """The four sides as shares of the page; None when none is filled in, what was typed where it is no number."""
    typed = [data.get(f"{html}.{side}", "").strip() for side in SIDES]
    if not any(typed):
        return None
    return [_share(one) for one in typed]


def _share(typed: str) -> Any:
    try:
        return round(float(typed.replace(",", ".")) / 100, 5)
    except ValueError:
        return typed
