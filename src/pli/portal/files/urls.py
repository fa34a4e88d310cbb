"""Addresses of files behind a link."""

from django.urls import path

from pli.portal.files import views

app_name = "files"
urlpatterns = [
    path("<str:token>/", views.show, name="show"),
    path("<str:token>/<uuid:file_id>", views.fetch, name="fetch"),
]
