"""Addresses of tracked sendings."""

from django.urls import path

from pli.portal.tracked import views

app_name = "tracked"
urlpatterns = [
    path("<str:token>/", views.show, name="show"),
    path("<str:token>/receive", views.receive, name="receive"),
    path("<str:token>/decline", views.decline, name="decline"),
    path("<str:token>/message.eml", views.message, name="message"),
    path("<str:token>/file/<uuid:file_id>", views.fetch, name="fetch"),
    path("<str:token>/proof/<uuid:proof_id>.pdf", views.proof, name="proof"),
]
