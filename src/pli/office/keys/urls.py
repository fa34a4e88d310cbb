"""Addresses of one's own signature key."""

from __future__ import annotations

from django.urls import path

from pli.office.keys import views

app_name = "keys"
urlpatterns = [
    path("", views.home, name="home"),
    path("pair", views.pair, name="pair"),
    path("<uuid:agent_id>/revoke", views.revoke, name="revoke"),
    path("sign/<uuid:document_id>", views.sign, name="sign"),
    path("signatures/<uuid:own_signature_id>", views.wait, name="wait"),
]
