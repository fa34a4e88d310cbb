"""The address table of the whole product."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("pli.office.shell.urls")),
]
handler400 = "pli.office.errors.bad_request"
handler403 = "pli.office.errors.permission_denied"
handler404 = "pli.office.errors.page_not_found"
handler500 = "pli.office.errors.server_error"
