"""The style page and the small answers its live components need."""

from __future__ import annotations

from django.urls import path

from pli.office.styles import views

app_name = "style"
urlpatterns = [
    path("", views.show, name="show"),
    path("/empty", views.empty, name="empty"),
    path("/entrance", views.entrance, name="entrance"),
    path("/portal", views.portal, name="portal"),
    path("/signing", views.signing, name="signing"),
    path("/public", views.public, name="public"),
    path("/refusal", views.refusal, name="refusal"),
    path("/people", views.people, name="people"),
    path("/progress", views.progress, name="progress"),
    path("/upload", views.upload, name="upload"),
    path("/page/<int:number>.png", views.page, name="page"),
]
