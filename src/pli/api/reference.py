"""The description of the API: for programs as OpenAPI 3.1, for people as a plain page without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from pli.api.root import schema_of
from pli.api.webhooks.catalogue import PUBLIC_TYPES
from pli.kit.errors import PliError

_CODE = re.compile(r"`([^`]+)`")
_PLACE = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True)
class Field:
    """One line of a table of fields."""

    name: str
    kind: str
    is_required: bool
    description: str


@dataclass(frozen=True)
class OperationPage:
    """What the page says of one operation."""

    anchor: str
    method: str
    path: str
    summary: str
    description: str
    scope: str
    parameters: tuple[Field, ...]
    body: tuple[Field, ...]
    body_types: tuple[str, ...]
    answer_status: str
    answer: tuple[Field, ...]


@dataclass(frozen=True)
class ErrorPage:
    """One refusal."""

    code: str
    status: int
    message: str
    remedy: str


@require_safe
def openapi(request: HttpRequest) -> JsonResponse:
    """``/api/v1/openapi.json``."""
    response = JsonResponse(schema_of())
    response["Cache-Control"] = "public, max-age=300"
    return response


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """``/api/v1/docs``."""
    schema = schema_of()
    groups: dict[str, list[OperationPage]] = {}
    for tag, operation in _operations(schema):
        groups.setdefault(tag, []).append(operation)
    context = {
        "info": {**schema["info"], "description": as_prose(schema["info"]["description"])},
        "groups": groups,
        "errors": list_errors(),
        "events": PUBLIC_TYPES,
    }
    return render(request, "api/reference.html", context)


def as_prose(text: str) -> SafeString:
    """A description as the page shows it: what stands between back-quotes as code, everything else as it is."""
    return mark_safe(_CODE.sub(r"<code>\1</code>", escape(text)))  # noqa: S308 - escaped just before


def list_errors() -> list[ErrorPage]:
    """Every code a request may be refused with, in the reader's language."""
    return [
        ErrorPage(kind.code, kind.status, _places(_(kind.message)), _places(_(kind.remedy)) if kind.remedy else "")
        for kind in _error_classes()
    ]


def _places(sentence: str) -> str:
    """A sentence as documentation writes it: the names of its places between braces."""
    return _PLACE.sub(r"{\1}", sentence).replace("%%", "%")


@cache
def _error_classes() -> tuple[type[PliError], ...]:
    found: dict[str, type[PliError]] = {}
    waiting = list(PliError.__subclasses__())
    while waiting:
        kind = waiting.pop()
        waiting.extend(kind.__subclasses__())
        if kind.__module__.startswith("pli."):
            found.setdefault(kind.code, kind)
    return tuple(found[code] for code in sorted(found))


def _operations(schema: Mapping[str, Any]) -> Iterator[tuple[str, OperationPage]]:
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            body_types, body = _body(schema, operation)
            status, answer = _answer(schema, operation)
            yield (
                operation["tags"][0],
                OperationPage(
                    anchor=operation["operationId"],
                    method=method.upper(),
                    path=path,
                    summary=operation.get("summary", ""),
                    description=as_prose(operation.get("description", "")),
                    scope=operation.get("x-pli-scope", ""),
                    parameters=tuple(
                        Field(
                            item["name"],
                            f"{item['in']}, {_kind(item.get('schema', {}))}",
                            bool(item.get("required")),
                            as_prose(item.get("description") or item.get("schema", {}).get("description", "")),
                        )
                        for item in operation.get("parameters", ())
                    ),
                    body=body,
                    body_types=body_types,
                    answer_status=status,
                    answer=answer,
                ),
            )


def _body(schema: Mapping[str, Any], operation: Mapping[str, Any]) -> tuple[tuple[str, ...], tuple[Field, ...]]:
    content = operation.get("requestBody", {}).get("content", {})
    described: Mapping[str, Any] = next((item.get("schema", {}) for item in content.values()), {})
    return tuple(content), _fields(schema, described)


def _answer(schema: Mapping[str, Any], operation: Mapping[str, Any]) -> tuple[str, tuple[Field, ...]]:
    for status, response in operation["responses"].items():
        if str(status).startswith("2"):
            content = response.get("content", {})
            kind = next(iter(content), "")
            shown = f"{status} {kind}".strip()
            return shown, _fields(schema, content.get(kind, {}).get("schema", {}))
    return "", ()


def _fields(schema: Mapping[str, Any], described: Mapping[str, Any]) -> tuple[Field, ...]:
    described = _resolve(schema, described)
    required = set(described.get("required", ()))
    return tuple(
        Field(name, _kind(item), name in required, as_prose(str(item.get("description", ""))))
        for name, item in described.get("properties", {}).items()
    )


def _resolve(schema: Mapping[str, Any], described: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = described.get("$ref")
    if not reference:
        return described
    resolved: Mapping[str, Any] = schema["components"]["schemas"][reference.rsplit("/", 1)[-1]]
    return resolved


def _kind(described: Mapping[str, Any]) -> str:
    if "$ref" in described:
        return str(described["$ref"]).rsplit("/", 1)[-1]
    if "anyOf" in described:
        return " | ".join(_kind(item) for item in described["anyOf"])
    if "enum" in described:
        return " | ".join(str(item) for item in described["enum"])
    if "const" in described:
        return str(described["const"])
    if described.get("type") == "array":
        return f"[{_kind(described.get('items', {}))}]"
    return str(described.get("format") or described.get("type") or "any")
