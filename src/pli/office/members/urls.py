"""Addresses of the team."""

from django.urls import path

from pli.office.members import views

app_name = "members"
urlpatterns = [
    path("", views.team, name="team"),
    path("invite", views.invite, name="invite"),
    path("<uuid:member_id>/resend", views.resend, name="resend"),
    path("<uuid:member_id>/role", views.role, name="role"),
    path("<uuid:member_id>/deactivate", views.deactivate, name="deactivate"),
    path("<uuid:member_id>/reactivate", views.reactivate, name="reactivate"),
]
