"""Addresses of Réglages › Sources de numérisation."""

from __future__ import annotations

from django.urls import path

from pli.office.sources import views

app_name = "sources"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new/<slug:door>", views.create, name="new"),
    path("<uuid:source_id>/", views.show, name="show"),
    path("<uuid:source_id>/change", views.change, name="change"),
    path("<uuid:source_id>/switch", views.switch, name="switch"),
    path("<uuid:source_id>/renew", views.renew, name="renew"),
    path("<uuid:source_id>/dismiss", views.dismiss, name="dismiss"),
]
