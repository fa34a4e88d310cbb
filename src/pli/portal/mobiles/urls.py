"""Addresses of the questions to a sender."""

from django.urls import path

from pli.portal.mobiles import views

app_name = "mobiles"
urlpatterns = [path("<str:token>/", views.ask, name="ask")]
