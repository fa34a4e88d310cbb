"""The address table of the whole product."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from pli.project.health import healthz

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("", include("pli.office.shell.urls")),
    path("s/", include("pli.portal.signing.urls")),
]
handler400 = "pli.office.errors.bad_request"
handler403 = "pli.office.errors.permission_denied"
handler404 = "pli.office.errors.page_not_found"
handler500 = "pli.office.errors.server_error"
