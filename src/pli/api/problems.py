"""Every refusal as application/problem+json (RFC 9457), in the caller's language."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from ninja.errors import AuthenticationError, HttpError, ValidationError

from pli.api.errors import (
    AddressUnknown,
    BodyTooLarge,
    FieldProblem,
    FieldsRefused,
    MalformedRequest,
    TokenMissing,
    TooManyRequests,
    Unavailable,
    Unexpected,
)
from pli.documents.api import FactsRefused
from pli.kit.errors import NotFound, PliError, fill_sentence
from pli.parties.api import UnableToReadTable, UnableToSave

logger = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"

# What pydantic may say, in plain words; anything else is « not valid ».
_SENTENCES: Mapping[str, str] = {
    "missing": gettext_noop("Ce champ est obligatoire."),
    "extra_forbidden": gettext_noop("Ce champ n’existe pas ici."),
    "string_type": gettext_noop("Texte attendu."),
    "string_too_long": gettext_noop("Texte trop long."),
    "string_too_short": gettext_noop("Texte trop court."),
    "bool_parsing": gettext_noop("true ou false attendu."),
    "bool_type": gettext_noop("true ou false attendu."),
    "int_parsing": gettext_noop("Nombre entier attendu."),
    "int_type": gettext_noop("Nombre entier attendu."),
    "uuid_parsing": gettext_noop("Identifiant UUID attendu."),
    "uuid_type": gettext_noop("Identifiant UUID attendu."),
    "date_from_datetime_parsing": gettext_noop("Date attendue, comme 2026-12-31."),
    "date_parsing": gettext_noop("Date attendue, comme 2026-12-31."),
    "datetime_from_date_parsing": gettext_noop("Instant attendu, comme 2026-12-31T09:30:00Z."),
    "datetime_parsing": gettext_noop("Instant attendu, comme 2026-12-31T09:30:00Z."),
    "timezone_aware": gettext_noop("Instant attendu avec son fuseau, comme 2026-12-31T09:30:00Z."),
    "literal_error": gettext_noop("Cette valeur n’est pas dans la liste."),
    "enum": gettext_noop("Cette valeur n’est pas dans la liste."),
    "too_long": gettext_noop("Trop d’éléments."),
    "too_short": gettext_noop("Il manque des éléments."),
    "greater_than_equal": gettext_noop("Nombre trop petit."),
    "less_than_equal": gettext_noop("Nombre trop grand."),
    "forbidden_character": gettext_noop("Caractère interdit."),
    "bad_key": gettext_noop("Cette clé de page n’est pas valable : reprenez celle du champ « next »."),
    "one_person": gettext_noop("Donnez soit contact_id, soit name et email."),
}
_TITLES: Mapping[int, str] = {
    400: gettext_noop("Demande illisible"),
    401: gettext_noop("Jeton d’accès attendu"),
    403: gettext_noop("Action non permise"),
    404: gettext_noop("Introuvable"),
    405: gettext_noop("Méthode refusée"),
    409: gettext_noop("État incompatible"),
    410: gettext_noop("N’existe plus"),
    411: gettext_noop("Longueur attendue"),
    413: gettext_noop("Trop volumineux"),
    415: gettext_noop("Type de contenu refusé"),
    422: gettext_noop("Demande refusée"),
    429: gettext_noop("Trop de demandes"),
    500: gettext_noop("Erreur du serveur"),
    502: gettext_noop("Service extérieur en défaut"),
    503: gettext_noop("Service indisponible"),
    507: gettext_noop("Espace insuffisant"),
}


def problem_response(error: PliError) -> HttpResponse:
    """The answer for an error: what happened, what was kept, what to do."""
    status = error.status
    body: dict[str, Any] = {
        "type": f"{settings.PLI_BASE_URL}/api/v1/docs#{error.code}",
        "title": _(_TITLES[status]) if status in _TITLES else HTTPStatus(status).phrase,
        "status": status,
        "detail": _say(error.message, error.details),
        "code": error.code,
        "kept": _say(error.kept, error.details),
        "remedy": _say(error.remedy, error.details),
        "errors": [
            {"field": problem.field, "code": problem.code, "message": problem.message}
            for problem in field_problems(error)
        ],
    }
    response = HttpResponse(json.dumps(body, ensure_ascii=False), content_type=CONTENT_TYPE, status=status)
    if status == 401:
        # RFC 9110 §15.5.2: a 401 names the scheme it wants.
        known = 'Bearer realm="pli"' if isinstance(error, TokenMissing) else 'Bearer realm="pli", error="invalid_token"'
        response["WWW-Authenticate"] = known
    if isinstance(error, TooManyRequests):
        response["Retry-After"] = str(error.details["seconds"])
    if isinstance(error, Unavailable):
        response["Retry-After"] = "5"
    return response


def told_problem(told: Mapping[str, Any]) -> dict[str, str] | None:
    """A refusal that a room kept as JSON, in the caller's language; None for none."""
    if not told:
        return None
    details = told.get("details", {})
    said = {part: _say(str(told.get(part, "")), details) for part in ("message", "remedy")}
    return {"code": str(told.get("code", "")), "detail": said["message"], "remedy": said["remedy"]}


def _say(sentence: str, details: Mapping[str, Any]) -> str:
    return fill_sentence(sentence, details, _)


def field_problems(error: PliError) -> Sequence[FieldProblem]:
    """What is wrong field by field, whatever room says it."""
    match error:
        case FieldsRefused():
            return [FieldProblem(p.field, p.code, _(p.message)) for p in error.problems]
        case FactsRefused():
            return [FieldProblem(f"facts.{name}", "invalid", _(text)) for name, text in sorted(error.errors.items())]
        case UnableToSave():
            return [FieldProblem(p.field, p.code, f"{p.reason} {p.cure}") for p in error.problems]
        case UnableToReadTable():
            return [FieldProblem("file", error.reason, _(error.message))]
        case _:
            return []


def explain_exception(error: Exception) -> PliError:
    """The refusal that stands for any exception; the unexpected is logged under a number and told by it alone."""
    match error:
        case PliError():
            return error
        case ValidationError():
            return FieldsRefused([_field_problem(item) for item in error.errors])
        case AuthenticationError():
            return TokenMissing()
        case Http404():
            return NotFound()
        case RequestDataTooBig() | TooManyFieldsSent() | TooManyFilesSent():
            return BodyTooLarge()
        case HttpError() | SuspiciousOperation() | MultiPartParserError() | UnreadablePostError() | UnicodeError():
            return MalformedRequest()
        case OperationalError() | InterfaceError():
            logger.exception("the database does not answer")
            return Unavailable()
        case _:
            incident = secrets.token_hex(4)
            logger.error("incident %s", incident, exc_info=error)
            return Unexpected(incident=incident)


def _field_problem(item: Mapping[str, Any]) -> FieldProblem:
    """One of pydantic's findings; what was sent is never repeated."""
    source, *place = item.get("loc", ())
    # ninja puts the name of the view's own argument before the fields of a body.
    if source == "body" and len(place) > 1:
        place = place[1:]
    code = str(item.get("type", "invalid"))
    if code == "value_error":
        code = str(item.get("ctx", {}).get("error", "invalid"))
    name = ".".join(str(part) for part in place if not str(part).startswith("function-")) or str(source)
    return FieldProblem(name, code, _SENTENCES.get(code, gettext_noop("Cette valeur n’est pas valable.")))


def answer_exception(request: HttpRequest, error: Exception) -> HttpResponse:
    """What ninja calls for whatever an operation raises."""
    return problem_response(explain_exception(error))


def answer_unknown_address(request: HttpRequest, rest: str = "") -> HttpResponse:
    """The view of every address under /api/ that is not one."""
    return problem_response(AddressUnknown())
