"""Addresses of « Réglages › Modèles de lecture »."""

from __future__ import annotations

from django.urls import path

from pli.office.layouts import trials, views

app_name = "layouts"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new", views.create, name="new"),
    path("try", trials.show, name="try"),
    path("<uuid:layout_id>/", views.edit, name="edit"),
    path("<uuid:layout_id>/switch", views.switch, name="switch"),
]
