"""Addresses of « Journal »."""

from __future__ import annotations

from django.http import HttpRequest
from django.urls import path

from pli.office.access import find_staff_actor
from pli.office.journal import views
from pli.office.navigation import open_place

app_name = "journal"
urlpatterns = [
    path("", views.listing, name="list"),
    path("export.xlsx", views.export, name="export"),
    path("verify", views.verify, name="verify"),
    path("export.zip", views.export_chain_zip, name="export-chain"),
    path("<uuid:event_id>/proof.json", views.proof, name="proof"),
]


def _may_read(request: HttpRequest) -> bool:
    actor = find_staff_actor(request) if request.user.is_authenticated else None
    return actor is not None and actor.role in views.READERS


open_place("journal", "journal:list", shown=_may_read)
