"""Errors a person can act on: a code, what happened, what was kept, what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Self

_MOST_NESTED = 30


class Phrase(str):
    """A French sentence with places to fill, for an error's ``reason``: translated where it is shown.

    As a plain string it is the French sentence, filled; ``msgid`` and ``places`` let a door say it in another tongue.
    """

    msgid: str
    places: dict[str, Any]

    def __new__(cls, msgid: str, **places: Any) -> Self:
        phrase = super().__new__(cls, msgid % places if places else msgid)
        phrase.msgid, phrase.places = msgid, places
        return phrase

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, Any]]:
        return (self.msgid,), self.places


def listed(phrases: Sequence[str]) -> Phrase:
    """French sentences behind each other, each still translated by itself."""
    said = [phrase if isinstance(phrase, Phrase) else Phrase(phrase) for phrase in phrases[:_MOST_NESTED]]
    told = said[-1] if said else Phrase("")
    for phrase in reversed(said[:-1]):
        told = Phrase("%(first)s ; %(others)s", first=phrase, others=told)
    return told


def write_phrase(said: Any) -> Any:
    """What is said as plain JSON: a phrase with its places, so that it is still translated where it is read; anything
    else as its text."""
    if isinstance(said, Phrase):
        return {"msgid": said.msgid, "places": {name: write_phrase(place) for name, place in said.places.items()}}
    return str(said)


def read_phrase(told: Any, *, depth: int = _MOST_NESTED) -> str:
    """What :func:`write_phrase` wrote, as a text or a phrase again. Anything it did not write is read as its text."""
    if not (isinstance(told, Mapping) and isinstance(told.get("msgid"), str) and depth):
        return "" if isinstance(told, Mapping) else str(told)
    places = told.get("places")
    filled = {
        str(name): read_phrase(place, depth=depth - 1)
        for name, place in (places.items() if isinstance(places, Mapping) else ())
    }
    try:
        return Phrase(told["msgid"], **filled)
    except (KeyError, TypeError, ValueError):
        return str(told["msgid"])


def write_details(details: Mapping[str, Any]) -> dict[str, Any]:
    """An error's details as plain JSON, to be kept: :func:`fill_sentence` takes them back as they are."""
    return {str(name): write_phrase(value) for name, value in details.items()}


def fill_sentence(sentence: str, details: Mapping[str, Any], translate: Callable[[str], str]) -> str:
    """``sentence`` in the reader's tongue, its places filled; what ``reason`` says is translated too."""
    if not sentence:
        return ""
    filled = {name: _fill_detail(name, value, translate) for name, value in details.items()}
    return translate(sentence) % filled if filled else translate(sentence)


def _fill_detail(name: str, value: Any, translate: Callable[[str], str]) -> Any:
    if isinstance(value, Mapping):
        value = read_phrase(value)
    if isinstance(value, Phrase):
        return fill_sentence(value.msgid, value.places, translate)
    # Any other detail may be a person's own words (a title, a name), which are nobody's to translate.
    return translate(value) if name == "reason" and isinstance(value, str) and value else value


class PliError(Exception):
    """Base of every refusal Pli explains.

    ``message``, ``kept`` and ``remedy`` are French sentences (the msgid of their translation) with
    ``%(name)s`` places filled from ``details``. Doors translate and fill them; nothing else does.
    """

    code: ClassVar[str] = "PLI-000"
    status: ClassVar[int] = 400
    message: ClassVar[str] = "L’opération n’a pas pu être faite."
    kept: ClassVar[str] = ""
    remedy: ClassVar[str] = ""

    def __init__(self, **details: Any) -> None:
        self.details = details
        super().__init__(self.code)

    def __str__(self) -> str:
        return f"{self.code}: {self.message % self.details if self.details else self.message}"


def write_problem(error: PliError) -> dict[str, Any]:
    """``error`` as plain JSON, to be kept beside its code and told later; what comes from outside is cut short."""
    details = {
        name: told if isinstance(told, dict) else told[:200] for name, told in write_details(error.details).items()
    }
    return {"message": error.message, "kept": error.kept, "remedy": error.remedy, "details": details}


class NotFound(PliError):
    """The object does not exist for this actor; whether it exists for another is never said."""

    code = "PLI-404"
    status = 404
    message = "Cet élément n’existe pas, ou vous n’y avez pas accès."
    remedy = "Vérifiez l’adresse, ou revenez à l’accueil."


class NotAllowed(PliError):
    """The actor sees the object but its role may not do this."""

    code = "PLI-403"
    status = 403
    message = "Votre rôle ne permet pas cette action."
    remedy = "Demandez à un administrateur de votre organisation."


class PlugError(PliError):
    """A plug (carrier, gateway, timestamp service…) failed; ``permanent`` says whether a retry is useless."""

    code = "PLI-502"
    status = 502
    message = "Le service extérieur « %(service)s » n’a pas répondu comme attendu : %(reason)s"
    remedy = "Pli réessaie tout seul ; voyez « État du système » si cela dure."

    def __init__(self, *, service: str, reason: str, permanent: bool = False) -> None:
        super().__init__(service=service, reason=reason)
        self.permanent = permanent
