"""Addresses of the portal."""

from __future__ import annotations

from django.urls import path

from pli.portal.home import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("documents/<uuid:document_id>/", views.detail, name="detail"),
    path("documents/<uuid:document_id>/page/<int:number>", views.page, name="page"),
    path("documents/<uuid:document_id>/files/<uuid:rendition_id>", views.file, name="file"),
]
