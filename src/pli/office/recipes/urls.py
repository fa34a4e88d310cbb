"""Addresses of « Réglages › Recettes »."""

from __future__ import annotations

from django.urls import path

from pli.office.recipes import preview, resources, revisions, samples, views

app_name = "recipes"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new", views.start, name="start"),
    path("new/<slug:start>", views.create, name="create"),
    path("preview", preview.show, name="preview"),
    path("samples", samples.upload, name="sample"),
    path("samples/documents", samples.documents, name="documents"),
    path("samples/<str:ticket>/page/<int:number>", samples.page, name="page"),
    path("samples/<str:ticket>/made", samples.made, name="made"),
    path("files", resources.show, name="resources"),
    path("files/<uuid:resource_id>/picture", resources.picture, name="resource-picture"),
    path("files/<uuid:resource_id>/switch", resources.switch, name="resource-switch"),
    path("<uuid:recipe_id>/", views.edit, name="edit"),
    path("<uuid:recipe_id>/switch", views.switch, name="switch"),
    path("<uuid:recipe_id>/revisions", revisions.history, name="revisions"),
    path("<uuid:recipe_id>/revisions/<int:number>", revisions.show, name="revision"),
    path("<uuid:recipe_id>/revisions/<int:number>/bring-back", revisions.bring_back, name="bring-back"),
]
