"""Addresses of the workstations' door."""

from __future__ import annotations

from django.urls import path

from pli.portal.keys import views

app_name = "agent"
urlpatterns = [
    path("pair", views.pair, name="pair"),
    path("work", views.work, name="work"),
    path("work/<uuid:signature_id>/signature", views.give, name="give"),
    path("work/<uuid:signature_id>/problem", views.problem, name="problem"),
    path("work/<uuid:signature_id>/refusal", views.refuse, name="refuse"),
]
