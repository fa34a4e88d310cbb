"""The address table of the whole product."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from pli.office.home.views import root
from pli.office.system.checks import use_examiner
from pli.project.doctor import examine_for
from pli.project.health import healthz

use_examiner(examine_for)

urlpatterns: list[URLPattern | URLResolver] = [
    path("healthz", healthz, name="healthz"),
    path("", root, name="root"),
    path("", include("pli.office.shell.urls")),
    path("office/", include("pli.office.home.urls")),
    path("office/todo/", include("pli.office.todo.urls")),
    path("office/runs/", include("pli.office.runs.urls")),
    path("office/index/", include("pli.office.indexing.urls")),
    path("account/keys/", include("pli.office.keys.urls")),
    path("account/", include("pli.office.accounts.urls")),
    # An account's e-mail is its organisation's to say: this page of allauth's is not served.
    path("accounts/email/", RedirectView.as_view(pattern_name="me:home")),
    path("accounts/", include("allauth.urls")),
    path("activate/", include("pli.portal.activation.urls")),
    path("office/parties/", include("pli.office.parties.urls")),
    path("office/imports/", include("pli.office.imports.urls")),
    path("office/", include("pli.office.notices.urls")),
    path("office/settings/team/", include("pli.office.members.urls")),
    path("office/settings/api/", include("pli.office.integrations.urls")),
    path("office/settings/printers/", include("pli.office.printers.urls")),
    path("office/settings/sources/", include("pli.office.sources.urls")),
    path("office/settings/mail-gateway/", include("pli.office.mails.gateway_urls")),
    path("office/mail/", include("pli.office.mails.urls")),
    path("office/prints/", include("pli.office.printers.prints_urls")),
    path("office/settings/layouts/", include("pli.office.layouts.urls")),
    path("office/settings/recipes/", include("pli.office.recipes.urls")),
    path("office/settings/system/", include("pli.office.system.urls")),
    path("office/settings/billing/", include("pli.office.billing.urls")),
    path("office/settings/", include("pli.office.settings.urls")),
    path("office/journal/", include("pli.office.journal.urls")),
    path("office/deliveries/", include("pli.office.deliveries.urls")),
    path("office/quotes/", include("pli.office.quotes.urls")),
    path("office/documents/", include("pli.office.documents.urls")),
    path("office/signatures/", include("pli.office.signatures.urls")),
    path("s/", include("pli.portal.signing.urls")),
    path("form/", include("pli.portal.forms.urls")),
    path("f/", include("pli.portal.files.urls")),
    path("m/", include("pli.portal.mobiles.urls")),
    path("t/", include("pli.portal.tracked.urls")),
    path("verify/", include("pli.portal.verify.urls")),
    path("agent/v1/", include("pli.portal.keys.urls")),
    path("portal/quotes/", include("pli.portal.quotes.urls")),
    path("portal/", include("pli.portal.home.urls")),
    path("api/", include("pli.api.urls")),
]
handler400 = "pli.office.errors.bad_request"
handler403 = "pli.office.errors.permission_denied"
handler404 = "pli.office.errors.page_not_found"
handler429 = "pli.office.errors.too_many_requests"  # allauth's
handler500 = "pli.office.errors.server_error"
