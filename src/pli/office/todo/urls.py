"""Addresses of « À traiter »."""

from __future__ import annotations

from django.urls import path

from pli.office.navigation import open_place
from pli.office.todo import views, waiting

app_name = "todo"
urlpatterns = [
    path("", views.listing, name="list"),
    path("follow-ups/<int:entry_id>/retry", views.retry_follow_up, name="retry-follow-up"),
    path("prints/<uuid:refused_id>/settle", views.settle_print, name="settle-print"),
    path("<uuid:capture_id>/confirm", waiting.confirm, name="confirm"),
    path("<uuid:capture_id>/aside", waiting.set_aside, name="aside"),
    path("<uuid:capture_id>/page", waiting.page, name="page"),
    path("<uuid:capture_id>/retry", views.retry, name="retry"),
    path("<uuid:capture_id>/dismiss", views.dismiss, name="dismiss"),
    path("<uuid:capture_id>/file", views.file, name="file"),
]
open_place("todo", "todo:list", count=views.count)
