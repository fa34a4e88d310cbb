"""Addresses of the address books."""

from django.urls import path, register_converter

from pli.office.navigation import open_place
from pli.office.parties import people, views
from pli.office.parties.kinds import BookConverter

register_converter(BookConverter, "book")
app_name = "parties"
urlpatterns = [
    path("", views.books, name="books"),
    path("<book:book>/", views.listing, name="list"),
    path("<book:book>/new", views.create, name="create"),
    path("<book:book>/export.xlsx", views.export, name="export"),
    path("<uuid:party_id>/", views.detail, name="detail"),
    path("<uuid:party_id>/edit", views.edit, name="edit"),
    path("<uuid:party_id>/consent", views.consent, name="consent"),
    path("<uuid:party_id>/set-aside", views.set_aside, name="set_aside"),
    path("<uuid:party_id>/take-back", views.take_back, name="take_back"),
    path("<uuid:party_id>/contacts/add", people.contact_add, name="contact_add"),
    path("contacts/<uuid:contact_id>", people.contact_edit, name="contact_edit"),
    path("contacts/<uuid:contact_id>/remove", people.contact_remove, name="contact_remove"),
    path("<uuid:party_id>/accesses/open", people.access_open, name="access_open"),
    path("accesses/<uuid:access_id>/resend", people.access_resend, name="access_resend"),
    path("accesses/<uuid:access_id>/close", people.access_close, name="access_close"),
    path("accesses/<uuid:access_id>/reopen", people.access_reopen, name="access_reopen"),
]
open_place("parties", "parties:books")
