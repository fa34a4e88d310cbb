"""Addresses of public forms."""

from __future__ import annotations

from django.urls import path

from pli.portal.forms import views

app_name = "public-form"
urlpatterns = [
    path("<link:token>", views.show, name="show"),
    path("<link:token>/sent", views.sent, name="sent"),
]
