"""Addresses of « Réglages »."""

from django.urls import path

from pli.office.navigation import open_place
from pli.office.settings import kinds, seal, signature, views

app_name = "settings"
urlpatterns = [
    path("", views.hub, name="hub"),
    path("organisation/", views.organisation, name="organisation"),
    path("organisation/colour", views.colour_preview, name="colour"),
    path("organisation/logo", views.change_logo, name="logo"),
    path("organisation/logo/remove", views.remove_logo, name="logo-remove"),
    path("signature/", signature.show, name="signature"),
    path("signature/level", signature.change_level, name="level"),
    path("signature/place", signature.change_side, name="mark-side"),
    path("signature/kinds/<uuid:kind_id>/place", signature.change_kind_side, name="kind-side"),
    path("signature/timestamps", signature.change_timestamps, name="timestamps"),
    path("seal/", seal.show, name="seal"),
    path("seal/import", seal.import_file, name="seal-import"),
    path("seal/device", seal.use_device, name="seal-device"),
    path("seal/own", seal.go_back_to_own, name="seal-own"),
    path("seal/certificate.pem", seal.certificate, name="seal-certificate"),
    path("seal/authority.pem", seal.authority, name="seal-authority"),
    path("kinds/", kinds.listing, name="kinds"),
    path("kinds/new", kinds.create, name="kind-new"),
    path("kinds/<uuid:kind_id>/", kinds.edit, name="kind"),
]
open_place("settings", "settings:hub")
