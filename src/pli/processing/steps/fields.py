"""Fields in a text that a recipe writes: ``#numero#`` becomes the piece's fact, as people write it."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation

from pli.processing.plugs import FieldSpec, PartySpec, Work

_FIELD = re.compile(r"#([\w.-]{1,60})#")
_USUAL = {"numero": ("number", "reference"), "montant": ("total",), "periode": ("period",)}
"""What people call the facts that Pli's own kinds name in English."""
_PARTY_NAMES = frozenset({"client", "fournisseur", "salarie", "tiers"})
_PARTY_CODES = frozenset({"code", "code_client"})


def fill_fields(work: Work, text: str, *, page: int, pages: int) -> str:
    """``text`` with its fields filled; one nobody knows, or without a value, leaves nothing.

    A fact goes by its name, by the label its kind gives it, or by the usual French word (``numero``, ``montant``…),
    capitals and accents aside. Beside the facts: ``client``, ``code`` (the party's), ``page``, ``pages``, ``date``
    (of today unless the piece has one), ``titre``, ``organisation``.
    """
    return _FIELD.sub(lambda match: _value(work, _plain(match[1]), page, pages), text)


def empty_fields(work: Work, text: str) -> list[str]:
    """The fields of ``text`` that leave nothing, each once, as they are written."""
    return [said for said in dict.fromkeys(_FIELD.findall(text)) if not _value(work, _plain(said), 1, 1)]


def names_party(text: str) -> bool:
    """Whether a field of ``text`` is the party's name or code."""
    return any(_plain(said) in _PARTY_NAMES | _PARTY_CODES for said in _FIELD.findall(text))


def _value(work: Work, asked: str, page: int, pages: int) -> str:
    own = {"page": str(page), "pages": str(pages), "organisation": work.context.organisation_name}
    if asked in own:
        return own[asked]
    if asked in _PARTY_NAMES or asked in _PARTY_CODES:
        party = _party(work)
        return "" if party is None else party.code if asked in _PARTY_CODES else party.name
    fact = _fact(work, asked)
    if fact:
        return fact
    if asked == "titre":
        return work.title or _made_title(work)
    return f"{work.context.now:%d/%m/%Y}" if asked == "date" else ""


def _party(work: Work) -> PartySpec | None:
    return next((party for party in work.context.parties if party.id == work.party_id), None)


def _made_title(work: Work) -> str:
    kind = work.context.kinds.get(work.kind)
    return f"{kind.name if kind else ''} {_fact(work, 'numero')}".strip()


def _fact(work: Work, asked: str) -> str:
    held = {_plain(name): name for name in (*work.facts, *work.typed)}
    labels = {_plain(item.label): item.name for item in _fields(work)}
    for name in (asked, labels.get(asked, ""), *_USUAL.get(asked, ())):
        if _plain(name) in held:
            name = held[_plain(name)]
            value = str(work.typed[name]) if name in work.typed else work.facts[name].value
            return _in_french(work, name, value)
    return ""


def _fields(work: Work) -> tuple[FieldSpec, ...]:
    kind = work.context.kinds.get(work.kind)
    return kind.fields if kind is not None else ()


def _plain(word: str) -> str:
    """« N° de facture » → ``n_de_facture``: one word, without capitals or accents."""
    flat = unicodedata.normalize("NFKD", word.casefold().replace("°", " ")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9.-]+", "_", flat).strip("_")


def _in_french(work: Work, name: str, value: str) -> str:
    types = {item.name: item.type for item in _fields(work)}
    if types.get(name) == "date":
        try:
            return f"{date.fromisoformat(value):%d/%m/%Y}"
        except ValueError:
            return value
    if types.get(name) == "amount":
        number, _, currency = value.partition(" ")
        try:
            written = f"{Decimal(number):,.2f}".replace(",", "\u00a0").replace(".", ",")
        except InvalidOperation:
            return value
        return f"{written} {currency}".rstrip().replace(" EUR", "\u00a0€")
    return value
