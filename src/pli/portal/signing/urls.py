"""Addresses of the signing pages."""

from __future__ import annotations

from django.urls import path

from pli.portal import links  # noqa: F401 - makes <link:…> known
from pli.portal.signing import extras, order, own_key, phone, views

app_name = "signing"
urlpatterns = [
    path("<link:token>", views.landing, name="landing"),
    path("<link:token>/start", views.start, name="start"),
    path("<link:token>/code", views.code, name="code"),
    path("<link:token>/code/new", views.new_code, name="new_code"),
    path("<link:token>/read", views.read, name="read"),
    path("<link:token>/page/<int:number>", views.page, name="page"),
    path("<link:token>/text/<int:number>", views.text, name="text"),
    path("<link:token>/seen", views.seen, name="seen"),
    path("<link:token>/paper/<int:position>", views.paper_file, name="paper"),
    path("<link:token>/proof.<str:form>", views.proof_file, name="proof"),
    path("<link:token>/order", order.price, name="order"),
    path("<link:token>/sign", views.do_sign, name="sign"),
    path("<link:token>/key", own_key.wait, name="key"),
    path("<link:token>/phone", phone.offer, name="phone"),
    path("<link:token>/phone/state", phone.follow, name="phone_state"),
    path("<link:token>/phone/<link:secret>", phone.arrive, name="phone_here"),
    path("<link:token>/phone/<link:secret>/take", phone.take, name="phone_take"),
    path("<link:token>/here/<link:secret>", phone.here, name="here"),
    path("<link:token>/join/<uuid:asked_id>", extras.join, name="join"),
    path("<link:token>/delegate", extras.name_other, name="delegate"),
    path("<link:token>/refuse", views.do_refuse, name="refuse"),
    path("<link:token>/done", views.done, name="done"),
]
