"""Addresses of « État du système »."""

from django.urls import path

from pli.office.system import views

app_name = "system"
urlpatterns = [path("", views.show, name="show")]
