"""Addresses of « Envois »."""

from django.urls import path

from pli.office.deliveries import views
from pli.office.navigation import open_place

app_name = "deliveries"
urlpatterns = [
    path("", views.listing, name="list"),
    path("export.xlsx", views.export, name="export"),
    path("<uuid:delivery_id>/retry", views.retry, name="retry"),
    path("<uuid:delivery_id>/abandon", views.abandon, name="abandon"),
]
open_place("deliveries", "deliveries:list")
