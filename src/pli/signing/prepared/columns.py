"""Which column of a list says what: guessed from the headers, corrected by the sender, read row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from pli.kit.errors import Phrase
from pli.parties.api import WrongValue, clean_mobile, fold, restore_cell, scrub_cell
from pli.signing.prepared.content import RolePerson, TemplateContent, prefillable
from pli.signing.prepared.errors import ListRefused
from pli.signing.requests import SignerRequest

TITLE = "title"
_PARTS = {
    "name": "nom|nom complet|name|full name|signataire|prenom nom|nom prenom|prenom et nom",
    "email": "email|e mail|mail|courriel|adresse e mail|adresse email|adresse mail|email address",
    "mobile": "mobile|portable|telephone|tel|gsm|telephone mobile|telephone portable|phone|mobile phone",
}
_TITLES = "titre|objet|title|nom de la demande|subject"
_DATES = ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y")


@dataclass(frozen=True)
class Target:
    """One thing a row may say. ``part``: name, email or mobile of a role; with ``is_field``, the label of a field."""

    key: str
    role: str = ""
    part: str = ""
    is_field: bool = False
    is_needed: bool = False


def targets_of(content: TemplateContent) -> list[Target]:
    """What the rows of a list for this template may say, in order."""
    found = []
    for at, role in enumerate(content.open_roles):
        is_reached_by_sms = role.code_channel in ("SMS", "BOTH")
        found += [
            Target(f"{at}:name", role.name, "name", is_needed=True),
            Target(f"{at}:email", role.name, "email", is_needed=True),
            Target(f"{at}:mobile", role.name, "mobile", is_needed=is_reached_by_sms),
        ]
        found += [Target(f"{at}:={label}", role.name, label, is_field=True) for label in prefillable(role)]
    return [*found, Target(TITLE)]


def guess_columns(content: TemplateContent, headers: Sequence[str]) -> dict[str, int]:
    """Target → position of the column that seems to say it; each column serves once."""
    plain = [_plain(header) for header in headers]
    guess: dict[str, int] = {}
    for target in targets_of(content):
        for word in _words(target, is_alone=len(content.open_roles) == 1):
            if word in plain and plain.index(word) not in guess.values():
                guess[target.key] = plain.index(word)
                break
    return guess


def _words(target: Target, *, is_alone: bool) -> list[str]:
    if target.key == TITLE:
        return _TITLES.split("|")
    role = _plain(target.role)
    words = [_plain(target.part)] if target.is_field else _PARTS[target.part].split("|")
    both = [text for word in words for text in (f"{role} {word}", f"{word} {role}", f"{word} du {role}")]
    return [*both, *([role] if target.part == "name" else []), *(words if is_alone or target.is_field else [])]


def _plain(header: str) -> str:
    return " ".join("".join(c if c.isalnum() else " " for c in fold(header)).split())


def check_columns(content: TemplateContent, mapping: Mapping[str, int], width: int) -> dict[str, int]:
    """The mapping, if every role can be reached by it.

    :raises ListRefused: when a column is missing, serves twice, or is not in the file.
    """
    targets = targets_of(content)
    kept = {target.key: mapping[target.key] for target in targets if target.key in mapping}
    if len(set(kept.values())) != len(kept) or any(not 0 <= position < width for position in kept.values()):
        raise ListRefused(reason="Chaque colonne ne sert qu’une fois.")
    if any(target.is_needed and target.key not in kept for target in targets):
        raise ListRefused(
            reason="Il manque une colonne : nom et adresse e-mail de chaque rôle, et mobile pour un code par SMS."
        )
    return kept


@dataclass(frozen=True)
class ReadRow:
    """What one row says; ``problem`` is a sentence, empty when it may go out."""

    title: str
    people: tuple[RolePerson, ...]
    problem: str = ""


def read_row(content: TemplateContent, mapping: Mapping[str, int], cells: Sequence[str]) -> ReadRow:
    """One line of the table."""

    def cell(key: str) -> str:
        position = mapping.get(key)
        text = cells[position] if position is not None and position < len(cells) else ""
        return " ".join(restore_cell(scrub_cell(text)).split())

    people, problem = [], ""
    for at, role in enumerate(content.open_roles):
        values, wrong = _values(role, {label: cell(f"{at}:={label}") for label in prefillable(role)})
        mobile, unread = _mobile(cell(f"{at}:mobile"))
        problem = problem or wrong or unread
        name, email = cell(f"{at}:name"), cell(f"{at}:email").lower()
        if len(name) > 200 or len(email) > 254 or "\ufffd" in name + email:
            problem = problem or Phrase("Le nom ou l’adresse est trop long, ou illisible.")
        people.append(RolePerson(name[:200], email[:254], mobile, "list", values=values))
    return ReadRow(cell(TITLE)[:200], tuple(people), problem)


def _mobile(text: str) -> tuple[str, str]:
    if not text:
        return "", ""
    try:
        return clean_mobile(text), ""
    except WrongValue:
        return "", Phrase("« %(value)s » n’est pas un numéro de mobile.", value=text[:40])


def _values(role: SignerRequest, given: Mapping[str, str]) -> tuple[dict[str, str], str]:
    kinds = {one.label: one.kind for one in role.fields}
    values = {}
    for label, text in given.items():
        if not text:
            continue
        read = _date(text) if kinds[label] == "DATE" else text
        if not read or len(read) > 500 or not read.isprintable():
            return {}, Phrase("« %(value)s » ne convient pas pour « %(name)s ».", value=text[:60], name=label)
        values[label] = read
    return values, ""


def _date(text: str) -> str:
    for pattern in _DATES:
        try:
            return _day(text, pattern).isoformat()
        except ValueError:
            continue
    return ""


def _day(text: str, pattern: str) -> date:
    return datetime.strptime(text, pattern).date()  # noqa: DTZ007 - a day, on no clock
