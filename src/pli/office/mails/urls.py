"""Addresses of « Mes courriels »."""

from django.urls import path

from pli.office.mails import accounts, views
from pli.office.navigation import open_place

app_name = "mails"
urlpatterns = [
    path("", views.listing, name="list"),
    path("settings/", accounts.mine, name="mine"),
    path("settings/password", accounts.renew, name="renew"),
    path("<uuid:mail_id>/", views.show, name="show"),
    path("<uuid:mail_id>/cancel", views.cancel, name="cancel"),
    path("<uuid:mail_id>/proof/<uuid:proof_id>.pdf", views.proof, name="proof"),
    path("<uuid:mail_id>/tracked/<uuid:sending_id>.zip", views.archive, name="archive"),
    path("<uuid:mail_id>/retry", views.retry, name="retry"),
]
open_place("mails", "mails:list")
