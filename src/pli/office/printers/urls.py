"""Addresses of Réglages › Imprimantes."""

from __future__ import annotations

from django.urls import path

from pli.office.printers import views

app_name = "printers"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new", views.create, name="new"),
    path("<uuid:printer_id>/", views.show, name="show"),
    path("<uuid:printer_id>/change", views.change, name="change"),
    path("<uuid:printer_id>/switch", views.switch, name="switch"),
    path("<uuid:printer_id>/renew", views.renew, name="renew"),
    path("<uuid:printer_id>/profile.mobileconfig", views.profile, name="profile"),
]
