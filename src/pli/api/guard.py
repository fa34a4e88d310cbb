"""What every operation goes through before it runs: caller, query, body type, idempotency."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_noop
from ninja.operation import Operation

from pli.api.errors import FieldProblem, FieldsRefused, MediaTypeRefused
from pli.api.idempotency import answer_once, key_of
from pli.api.problems import answer_exception
from pli.api.schema import is_storable
from pli.api.security import caller_of
from pli.api.uploads import read_upload

Run = Callable[..., HttpResponseBase]


def guarded(run: Run) -> Run:
    """Wrap an operation's ``run``. Operations marked ``x-pli-stream`` read their body themselves, by chunks; those
    marked ``x-pli-upload`` take one small file, of that many bytes at most."""
    operation: Operation = run.__self__  # type: ignore[attr-defined]
    extra = operation.openapi_extra or {}
    known = set(extra.get("x-pli-query", ())) | _query_names(operation)
    heaviest = extra.get("x-pli-upload")
    is_streaming = bool(extra.get("x-pli-stream"))
    takes_json = any(model.__ninja_param_source__ == "body" for model in operation.models)

    @wraps(run)
    def enter(request: HttpRequest, **values: Any) -> HttpResponseBase:
        try:
            caller = caller_of(request)
            _check_texts(request, values, known)
            if takes_json and not _is_json(request):
                raise MediaTypeRefused(expected="application/json")
            key = key_of(request) if request.method == "POST" else ""
            if not key or is_streaming:
                return run(request, **values)
            said = read_upload(request, heaviest).said() if heaviest else None
            return answer_once(request, caller.token_id, key, lambda: run(request, **values), said=said)
        except Exception as error:  # noqa: BLE001 - whatever happens, the answer is a problem, never a page
            return answer_exception(request, error)

    return enter


def _query_names(operation: Operation) -> set[str]:
    names: set[str] = set()
    for model in operation.models:
        if model.__ninja_param_source__ == "query":
            names |= set(model.__ninja_flatten_map__) if hasattr(model, "__ninja_flatten_map__") else set()
    return names


def _check_texts(request: HttpRequest, values: dict[str, Any], known: set[str]) -> None:
    problems = [
        FieldProblem(name[:80], "extra_forbidden", gettext_noop("Ce champ n’existe pas ici."))
        for name in request.GET
        if name not in known
    ]
    for name, texts in [*request.GET.lists(), *((name, [str(value)]) for name, value in values.items())]:
        if not all(is_storable(text) for text in texts):
            problems.append(FieldProblem(name, "forbidden_character", gettext_noop("Caractère interdit.")))
    if problems:
        raise FieldsRefused(problems)


def _is_json(request: HttpRequest) -> bool:
    kind = request.content_type or ""
    return kind == "application/json" or kind.endswith("+json")
