"""The addresses of the frame."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from pli.office.shell import views

app_name = "shell"
urlpatterns: list[URLPattern | URLResolver] = [
    path("language", views.set_language, name="language"),
    path("organisation", views.set_organisation, name="organisation"),
    path("logo/<str:sha256>.png", views.logo, name="logo"),
    path("theme/<slug:colour>.css", views.theme, name="theme"),
]
if settings.DEBUG:
    urlpatterns.append(path("office/style", include("pli.office.styles.urls")))
