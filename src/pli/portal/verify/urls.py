"""Addresses of the verification page."""

from __future__ import annotations

from django.urls import path

from pli.portal.verify import versions, views

app_name = "verify"
urlpatterns = [
    path("", views.check, name="check"),
    path("signed/<str:kept>/<int:revision>", versions.look, name="signed"),
    path("signed/<str:kept>/<int:revision>/file.pdf", versions.download, name="signed_file"),
    path("signed/<str:kept>/<int:revision>/page/<int:page>", versions.page_image, name="signed_page"),
    path("policy.txt", views.policy, name="policy"),
    path("authority.pem", views.authority, name="authority"),
    path("<str:number>", views.number, name="number"),
]
