"""Addresses of imports."""

from django.urls import path

from pli.office.imports import views

app_name = "imports"
urlpatterns = [
    path("", views.start, name="start"),
    path("<uuid:import_id>/columns", views.columns, name="columns"),
    path("<uuid:import_id>/", views.show, name="show"),
    path("<uuid:import_id>/progress", views.progress, name="progress"),
    path("<uuid:import_id>/confirm", views.confirm, name="confirm"),
    path("<uuid:import_id>/cancel", views.cancel, name="cancel"),
    path("<uuid:import_id>/report.xlsx", views.report, name="report"),
]
