"""Addresses of the signing pages."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpResponseBase
from django.urls import URLPattern, path

from pli.portal import links  # noqa: F401 - makes <link:…> known
from pli.portal.signing import extras, order, own_key, phone, views
from pli.portal.signing.session import with_way_on

app_name = "signing"


def _step(route: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    return path(route, with_way_on(view), name=name)


urlpatterns = [
    _step("<link:token>", views.landing, name="landing"),
    _step("<link:token>/start", views.start, name="start"),
    _step("<link:token>/code", views.code, name="code"),
    _step("<link:token>/code/new", views.new_code, name="new_code"),
    _step("<link:token>/read", views.read, name="read"),
    _step("<link:token>/page/<int:number>", views.page, name="page"),
    _step("<link:token>/text/<int:number>", views.text, name="text"),
    _step("<link:token>/seen", views.seen, name="seen"),
    _step("<link:token>/paper/<int:position>", views.paper_file, name="paper"),
    _step("<link:token>/proof.<str:form>", views.proof_file, name="proof"),
    _step("<link:token>/order", order.price, name="order"),
    _step("<link:token>/sign", views.do_sign, name="sign"),
    _step("<link:token>/key", own_key.wait, name="key"),
    _step("<link:token>/phone", phone.offer, name="phone"),
    _step("<link:token>/phone/state", phone.follow, name="phone_state"),
    _step("<link:token>/phone/<link:secret>", phone.arrive, name="phone_here"),
    _step("<link:token>/phone/<link:secret>/take", phone.take, name="phone_take"),
    _step("<link:token>/here/<link:secret>", phone.here, name="here"),
    _step("<link:token>/join/<uuid:asked_id>", extras.join, name="join"),
    _step("<link:token>/delegate", extras.name_other, name="delegate"),
    _step("<link:token>/refuse", views.do_refuse, name="refuse"),
    _step("<link:token>/done", views.done, name="done"),
]
