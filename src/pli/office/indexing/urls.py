"""Addresses of « À indexer »."""

from __future__ import annotations

from django.urls import path

from pli.office.indexing import views
from pli.office.navigation import open_place

app_name = "index"
urlpatterns = [
    path("", views.start, name="start"),
    path("party", views.party, name="party"),
    path("<uuid:piece_id>/", views.piece, name="piece"),
    path("<uuid:piece_id>/save", views.save, name="save"),
    path("<uuid:piece_id>/learn", views.learn, name="learn"),
    path("<uuid:piece_id>/later", views.later, name="later"),
    path("<uuid:piece_id>/fields", views.fields, name="fields"),
    path("<uuid:piece_id>/words/<int:number>", views.words, name="words"),
]
open_place("index", "index:start", count=views.count)
