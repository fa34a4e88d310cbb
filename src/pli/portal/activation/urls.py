"""Addresses of activations."""

from django.urls import path

from pli.portal.activation import views

app_name = "activation"
urlpatterns = [
    path("", views.choose, name="choose"),
    path("letter", views.letter, name="letter"),
    path("<str:token>", views.link, name="link"),
]
