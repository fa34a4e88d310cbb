"""The address table of the whole product."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from pli.project.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
]
