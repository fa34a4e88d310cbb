"""Addresses of Réglages › Passerelle de courriel."""

from django.urls import path

from pli.office.mails import accounts

app_name = "gateway"
urlpatterns = [
    path("", accounts.listing, name="list"),
    path("<uuid:account_id>/", accounts.change, name="change"),
]
