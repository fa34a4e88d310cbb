"""Addresses of the documents' screens."""

from __future__ import annotations

from django.urls import path

from pli.office.documents import export, photos, places, uploads, views
from pli.office.navigation import open_place, open_search

app_name = "documents"
urlpatterns = [
    path("", views.listing, name="list"),
    path("export.xlsx", export.export, name="export"),
    path("upload/", uploads.upload, name="upload"),
    path("upload/arrivals", uploads.arrivals, name="arrivals"),
    path("photos/", photos.photos, name="photos"),
    path("classify", views.classify_many, name="classify_many"),
    path("folders/<uuid:folder_id>/place", places.choose_side, name="folder-side"),
    path("parties", views.party_options, name="party_options"),
    path("<uuid:document_id>/", views.detail, name="detail"),
    path("<uuid:document_id>/page/<int:number>", views.page, name="page"),
    path("<uuid:document_id>/text/<int:number>", views.text, name="text"),
    path("<uuid:document_id>/files/<uuid:rendition_id>", views.file, name="file"),
    path("<uuid:document_id>/classify", views.classify, name="classify"),
    path("<uuid:document_id>/facts", views.facts, name="facts"),
    path("<uuid:document_id>/publish", views.publish, name="publish"),
]
open_place("documents", "documents:list")
open_search("documents:list")
