"""Addresses of the messages' screens."""

from django.urls import path

from pli.office.navigation import open_place
from pli.office.notices import history, outbox, templates

app_name = "notices"
urlpatterns = [
    path("messages/", history.show_history, name="history"),
    path("messages/export.xlsx", history.export_history, name="export"),
    path("messages/<uuid:message_id>/", history.show_message, name="message"),
    path("messages/<uuid:message_id>/resend", history.resend, name="resend"),
    path("messages/<uuid:message_id>/cancel", history.cancel, name="cancel"),
    path("messages/local/", outbox.show_outbox, name="outbox"),
    path("messages/local/<uuid:message_id>/", outbox.show_local_message, name="local"),
    path("messages/local/<uuid:message_id>/mail", outbox.show_local_mail, name="local-mail"),
    path("templates/messages/", templates.show_templates, name="templates"),
    path("templates/messages/<str:slug>/<str:channel>/<str:language>/", templates.edit, name="template"),
    path("templates/messages/<str:slug>/<str:channel>/<str:language>/preview", templates.preview, name="preview"),
    path(
        "templates/messages/<str:slug>/<str:channel>/<str:language>/mail", templates.preview_mail, name="preview-mail"
    ),
    path("templates/messages/<str:slug>/<str:channel>/<str:language>/restore", templates.restore, name="restore"),
]
open_place("templates", "notices:templates")
