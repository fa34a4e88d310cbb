"""Addresses of the verification page."""

from __future__ import annotations

from django.urls import path

from pli.portal.verify import views

app_name = "verify"
urlpatterns = [
    path("", views.check, name="check"),
    path("revision", views.revision, name="revision"),
    path("policy.txt", views.policy, name="policy"),
    path("authority.pem", views.authority, name="authority"),
    path("<str:number>", views.number, name="number"),
]
