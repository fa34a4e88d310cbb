"""Addresses of Réglages › API."""

from django.urls import path

from pli.office.integrations import tokens, webhooks

app_name = "integrations"
urlpatterns = [
    path("", tokens.overview, name="overview"),
    path("tokens/new", tokens.create, name="token-new"),
    path("tokens/<uuid:token_id>/revoke", tokens.revoke, name="token-revoke"),
    path("webhooks/new", webhooks.create, name="webhook-new"),
    path("webhooks/<uuid:webhook_id>/", webhooks.show, name="webhook"),
    path("webhooks/<uuid:webhook_id>/change", webhooks.change, name="webhook-change"),
    path("webhooks/<uuid:webhook_id>/switch", webhooks.switch, name="webhook-switch"),
    path("webhooks/<uuid:webhook_id>/rotate", webhooks.rotate, name="webhook-rotate"),
    path("webhooks/<uuid:webhook_id>/test", webhooks.test, name="webhook-test"),
    path("webhooks/<uuid:webhook_id>/delete", webhooks.delete, name="webhook-delete"),
    path("webhooks/<uuid:webhook_id>/deliveries/<uuid:delivery_id>/resend", webhooks.resend, name="webhook-resend"),
]
