"""Addresses of one's own account."""

from django.urls import path

from pli.office.accounts import views

app_name = "me"
urlpatterns = [
    path("", views.home, name="home"),
    path("arrival", views.arrival, name="arrival"),
    path("accept", views.accept, name="accept"),
    path("language", views.change_language, name="language"),
]
