"""Addresses under /api/."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path
from django.views.decorators.csrf import csrf_exempt

from pli.api.payments import receive
from pli.api.problems import answer_unknown_address
from pli.api.reference import docs, openapi
from pli.api.root import api

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/openapi.json", openapi, name="api-openapi"),
    path("v1/docs", docs, name="api-docs"),
    path("v1/billing/payments/<slug:provider>", receive, name="api-payments"),
    path("v1/", api.urls),
    re_path(r"^(?P<rest>.*)$", csrf_exempt(answer_unknown_address), name="api-unknown"),
]
