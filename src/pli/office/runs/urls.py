"""Addresses of « Traitements »."""

from __future__ import annotations

from django.urls import path

from pli.office.navigation import open_place
from pli.office.runs import acting, listing, views

app_name = "runs"
urlpatterns = [
    path("", listing.listing, name="list"),
    path("export.xlsx", listing.export, name="export"),
    path("<uuid:run_id>/", views.show, name="show"),
    path("<uuid:run_id>/page/<int:number>", views.page, name="page"),
    path("<uuid:run_id>/cancel", acting.cancel, name="cancel"),
    path("<uuid:run_id>/retry", acting.retry, name="retry"),
    path("<uuid:run_id>/replay", acting.replay, name="replay"),
    path("<uuid:run_id>/resume", acting.resume, name="resume"),
    path("pieces/<uuid:piece_id>/retry", acting.retry_one, name="retry_piece"),
    path("pieces/<uuid:piece_id>/dismiss", acting.dismiss_one, name="dismiss_piece"),
    path("pieces/<uuid:piece_id>/attach", acting.attach, name="attach"),
]
open_place("runs", "runs:list")
