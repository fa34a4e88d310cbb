"""Addresses of a client's quotes."""

from django.urls import path

from pli.portal.quotes import views

app_name = "portal-quotes"
urlpatterns = [
    path("", views.listing, name="list"),
    path("<uuid:quote_id>/", views.detail, name="detail"),
    path("<uuid:quote_id>/link", views.link, name="link"),
    path("<uuid:quote_id>/proof/<str:number>", views.proof, name="proof"),
]
