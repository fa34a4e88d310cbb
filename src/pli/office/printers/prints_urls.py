"""Addresses of « Mes impressions »."""

from __future__ import annotations

from django.urls import path

from pli.office.navigation import open_place
from pli.office.printers import prints

app_name = "prints"
urlpatterns = [
    path("", prints.listing, name="list"),
    path("<uuid:job_uuid>/", prints.confirm, name="confirm"),
    path("<uuid:job_uuid>/dismiss", prints.dismiss, name="dismiss"),
    path("<uuid:job_uuid>/page", prints.page, name="page"),
]
open_place("prints", "prints:list", count=prints.count)
