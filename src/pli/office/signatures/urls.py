"""Addresses of the screens of requests for signature."""

from __future__ import annotations

from django.urls import path

from pli.office.navigation import open_place
from pli.office.signatures import acting, lists, places, prepared, public_forms, views

app_name = "signatures"
urlpatterns = [
    path("", views.listing, name="list"),
    path("new", views.new, name="new"),
    path("people", views.people, name="people"),
    path("places", places.board, name="places"),
    path("templates/", prepared.listing, name="templates"),
    path("templates/new", prepared.new, name="template-new"),
    path("templates/<uuid:template_id>/", prepared.edit, name="template"),
    path("templates/<uuid:template_id>/archive", prepared.archive, name="template-archive"),
    path("templates/<uuid:template_id>/use", prepared.use, name="template-use"),
    path("templates/<uuid:template_id>/form/open", public_forms.switch_on, name="form-open"),
    path("templates/<uuid:template_id>/form/close", public_forms.switch_off, name="form-close"),
    path("templates/<uuid:template_id>/lists/new", lists.new, name="list-new"),
    path("lists/<uuid:list_id>/", lists.show, name="list-show"),
    path("lists/<uuid:list_id>/columns", lists.columns, name="list-columns"),
    path("lists/<uuid:list_id>/progress", lists.progress, name="list-progress"),
    path("lists/<uuid:list_id>/confirm", lists.confirm, name="list-confirm"),
    path("lists/<uuid:list_id>/cancel", lists.cancel, name="list-cancel"),
    path("lists/<uuid:list_id>/resume", lists.resume, name="list-resume"),
    path("lists/<uuid:list_id>/result.xlsx", lists.result, name="list-result"),
    path("<uuid:ceremony_id>/", views.detail, name="detail"),
    path("<uuid:ceremony_id>/paper/<int:position>", views.file, name="file"),
    path("<uuid:ceremony_id>/proof/<str:number>.<str:form>", views.proof, name="proof"),
    path("<uuid:ceremony_id>/withdraw", views.withdraw, name="withdraw"),
    path("<uuid:ceremony_id>/retry", views.retry, name="retry"),
    path("<uuid:ceremony_id>/signers/<uuid:signer_id>/resend", views.resend, name="resend"),
    path("<uuid:ceremony_id>/signers/<uuid:signer_id>/mine", acting.sign_mine, name="mine"),
    path("<uuid:ceremony_id>/signers/<uuid:signer_id>/in-person", acting.in_person, name="in-person"),
    path("<uuid:ceremony_id>/proof.zip", acting.archive, name="archive"),
    path("<uuid:ceremony_id>/joined/<uuid:asked_id>", acting.joined, name="joined"),
    path("<uuid:ceremony_id>/signers/<uuid:signer_id>/remind", views.remind, name="remind"),
]
open_place("signatures", "signatures:list")
