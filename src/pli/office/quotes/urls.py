"""Addresses of « Devis »."""

from django.urls import path

from pli.office.navigation import open_place
from pli.office.quotes import sending, views

app_name = "quotes"
urlpatterns = [
    path("", views.listing, name="list"),
    path("export.xlsx", views.export, name="export"),
    path("new", sending.new, name="new"),
    path("<uuid:quote_id>/", views.detail, name="detail"),
    path("<uuid:quote_id>/withdraw", views.withdraw, name="withdraw"),
    path("<uuid:quote_id>/remind", views.remind, name="remind"),
]
open_place("quotes", "quotes:list")
