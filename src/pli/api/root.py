"""The API put together."""

from __future__ import annotations

from functools import cache
from typing import Any

from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.openapi.schema import OpenAPISchema

from pli import __version__
from pli.api.guard import guarded
from pli.api.problems import CONTENT_TYPE, answer_exception
from pli.api.resources import (
    billing,
    capture_decisions,
    captures,
    ceremonies,
    documents,
    events,
    folders,
    layouts,
    mails,
    mark_sides,
    me,
    outbox,
    parties,
    photos,
    printers,
    public_forms,
    quotes,
    recipes,
    refused_prints,
    runs,
    seal,
    sending_lists,
    sources,
    templates,
    verify,
    webhooks,
)

DESCRIPTION = """\
Everything staff can do with documents, requests for signature and parties, for programs.

Each request carries `Authorization: Bearer pli_…`. Lists are paged by key (`after=` the `next` of the page before).
A POST may carry an `Idempotency-Key`: sent again, it gets the first answer. Every refusal is application/problem+json
(RFC 9457) in the language of `Accept-Language` (fr, en)."""

_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri", "description": "where this code is documented"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "what happened"},
        "code": {"type": "string", "examples": ["API-006"]},
        "kept": {"type": "string", "description": "what was kept"},
        "remedy": {"type": "string", "description": "what to do"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "description": "1 to 120 visible ASCII characters, kept seven days",
    "schema": {"type": "string", "maxLength": 120},
}


class PliApi(NinjaAPI):
    """Ninja's API with the parts of the description every operation shares."""

    def get_openapi_schema(
        self, *, path_prefix: str | None = None, path_params: dict[str, Any] | None = None
    ) -> OpenAPISchema:
        """The OpenAPI 3.1 description of everything under /api/v1/."""
        schema = super().get_openapi_schema(path_prefix=path_prefix, path_params=path_params)
        schema["components"].setdefault("schemas", {})["Problem"] = _PROBLEM
        refusal = {
            "description": "Refused",
            "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for operations in schema["paths"].values():
            for method, operation in operations.items():
                operation.setdefault("responses", {})["default"] = refusal
                if method == "post":
                    operation.setdefault("parameters", []).append(_KEY)
        return schema


api = PliApi(
    title="Pli",
    version=__version__,
    description=DESCRIPTION,
    urls_namespace="api-v1",
    docs_url=None,
    openapi_url=None,
    servers=[{"url": "/"}],
)
for kind in (Exception, HttpError, ValidationError, AuthenticationError):
    api.add_exception_handler(kind, answer_exception)  # type: ignore[arg-type]  # an instance is all it is given
api.add_decorator(guarded, mode="view")
for resource in (
    me,
    documents,
    folders,
    photos,
    captures,
    capture_decisions,
    recipes,
    layouts,
    runs,
    seal,
    printers,
    refused_prints,
    sources,
    ceremonies,
    mark_sides,
    templates,
    sending_lists,
    public_forms,
    mails,
    parties,
    events,
    verify,
    webhooks,
    outbox,
    quotes,
    billing,
):
    api.add_router("", resource.router)


@cache
def schema_of() -> OpenAPISchema:
    """The description, addresses included. Put together once: it costs half a second, and anybody may ask for it."""
    return api.get_openapi_schema(path_prefix="/api/v1/")
