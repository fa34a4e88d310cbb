"""Address of the first page."""

from __future__ import annotations

from django.urls import path

from pli.office.home import views
from pli.office.navigation import open_place

app_name = "office"
urlpatterns = [path("", views.home, name="home")]
open_place("home", "office:home")
