"""« Réglages › Cachet »: which certificate seals, where it comes from, how to bring one's own."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from pli.office.access import StaffRequest, staff_required
from pli.office.errors import Explained, explain
from pli.office.settings.forms import SealForm
from pli.parties.api import Role
from pli.signing.api import (
    describe_device,
    describe_seal,
    import_seal,
    make_own_seal,
    roots_pem,
    seal_certificate_pem,
    use_device_seal,
)
from pli.trust.api import NoDevice, UnableToImportSeal, UnableToReachDevice

WARNINGS = {
    "expired": gettext_lazy("Ce certificat est périmé : les vérificateurs refuseront ce qu’il scelle."),
    "expires_soon": gettext_lazy("Ce certificat prend fin dans moins de 60 jours : préparez son remplacement."),
    "not_yet_valid": gettext_lazy("Ce certificat n’est pas encore valable."),
    "weak_key": gettext_lazy(
        "Sa clé RSA a moins de 3072 bits : hors du catalogue européen pour de nouvelles signatures depuis 2026."
    ),
}
# A PKCS#12 file is a few kilobytes; the room below says what is wrong with a bigger one.
LARGEST_FILE = (1 << 20) + 1


@never_cache
@require_GET
@staff_required()
def show(request: StaffRequest) -> HttpResponse:
    """The seal in force; nothing of it is secret but the key, which never leaves the server."""
    return _show(request, SealForm())


def _show(request: StaffRequest, form: SealForm, error: Explained | None = None, status: int = 200) -> HttpResponse:
    facts = describe_seal(request.actor)
    context = {
        "seal": facts,
        "warnings": [WARNINGS[code] for code in facts.warnings if code in WARNINGS],
        "device": describe_device(request.actor),
        "form": form,
        "error": error,
        "is_admin": request.actor.role == Role.ADMIN,
    }
    return render(request, "office/settings/seal.html", context, status=status)


@sensitive_post_parameters("password")
@require_POST
def import_file(request: HttpRequest) -> HttpResponseBase:
    """Bring one's own certificate; the password is used once."""
    return _import_file(request)


@staff_required(Role.ADMIN)
def _import_file(request: StaffRequest) -> HttpResponse:
    form = SealForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, form, status=422)
    content = form.cleaned_data["certificate"].read(LARGEST_FILE)
    try:
        facts = import_seal(request.actor, content, form.cleaned_data["password"])
    except UnableToImportSeal as refusal:
        return _show(request, SealForm(), explain(refusal), status=refusal.status)
    messages.success(request, _("Vos fichiers sont désormais scellés par « %(name)s ».") % {"name": facts.name})
    return redirect("settings:seal")


@require_POST
@staff_required(Role.ADMIN)
def go_back_to_own(request: StaffRequest) -> HttpResponse:
    """A new key certified by Pli's own authority."""
    make_own_seal(request.actor)
    messages.success(request, _("Un nouveau cachet de Pli scelle désormais vos fichiers."))
    return redirect("settings:seal")


@require_POST
@staff_required(Role.ADMIN)
def use_device(request: StaffRequest) -> HttpResponse:
    """The key of a device that whoever runs the server put at this organisation's disposal."""
    try:
        facts = use_device_seal(request.actor)
    except (NoDevice, UnableToReachDevice, UnableToImportSeal) as refusal:
        return _show(request, SealForm(), explain(refusal), status=refusal.status)
    messages.success(request, _("Vos fichiers sont désormais scellés par « %(name)s ».") % {"name": facts.name})
    return redirect("settings:seal")


@require_GET
@staff_required()
def certificate(request: StaffRequest) -> HttpResponse:
    """The certificate and its issuers, for whoever must check a file elsewhere."""
    return _pem("cachet.pem", seal_certificate_pem(request.actor))


@require_GET
@staff_required()
def authority(request: StaffRequest) -> HttpResponse:
    """The roots this installation trusts: what a reader adds to trust its seals and timestamps."""
    return _pem("autorite-pli.pem", roots_pem())


def _pem(name: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="application/x-pem-file")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
