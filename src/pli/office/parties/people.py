"""A party's people: contacts who sign, persons who have a key to its portal."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from pli.kit.clock import PARIS, SYSTEM_CLOCK
from pli.kit.errors import PliError
from pli.office.access import StaffRequest, staff_required
from pli.office.accounts.mail import mail_activation
from pli.office.parties.forms import AccessForm, ContactForm
from pli.office.parties.views import detail_context
from pli.office.saying import say_refusal, show_problems
from pli.parties.api import (
    CONTACT_FIELDS,
    IssuedLetter,
    IssuedLink,
    PortalAccess,
    Role,
    UnableToSave,
    add_contact,
    block_of,
    close_portal_access,
    deactivate_contact,
    get_access,
    get_contact,
    get_main_address,
    get_party,
    open_portal_access,
    reopen_portal_access,
    resend_activation,
    update_contact,
)
from pli.pdf.api import ActivationLetter, draw_activation_letter

_WRITERS = (Role.ADMIN, Role.MANAGER, Role.MEMBER)


@require_POST
@staff_required(*_WRITERS)
def contact_add(request: StaffRequest, party_id: UUID) -> HttpResponse:
    """Add a contact from the party's record."""
    party = get_party(request.actor, party_id)
    form = ContactForm(request.POST, prefix="contact")
    if form.is_valid():
        try:
            contact = add_contact(actor=request.actor, party_id=party.id, values=_typed(form))
        except UnableToSave as refusal:
            show_problems(form, refusal)
        else:
            messages.success(request, _("« %(name)s » est ajouté aux contacts.") % {"name": contact.name})
            return redirect("parties:detail", party_id=party.id)
    context = {**detail_context(request, party), "contact_form": form, "open_dialog": "contact"}
    return render(request, "office/parties/detail.html", context, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_required(*_WRITERS)
def contact_edit(request: StaffRequest, contact_id: UUID) -> HttpResponse:
    """Change a contact."""
    contact = get_contact(request.actor, contact_id)
    form = ContactForm(request.POST or None, initial={name: getattr(contact, name) for name in CONTACT_FIELDS})
    if request.method == "POST" and form.is_valid():
        try:
            update_contact(actor=request.actor, contact_id=contact.id, values=_typed(form))
        except UnableToSave as refusal:
            show_problems(form, refusal)
        else:
            messages.success(request, _("Les modifications sont enregistrées."))
            return redirect("parties:detail", party_id=contact.party_id)
    context = {"form": form, "contact": contact, "party": get_party(request.actor, contact.party_id)}
    return render(request, "office/parties/contact.html", context, status=422 if form.is_bound else 200)


@require_POST
@staff_required(*_WRITERS)
def contact_remove(request: StaffRequest, contact_id: UUID) -> HttpResponse:
    """Take a contact out of the list."""
    contact = deactivate_contact(actor=request.actor, contact_id=contact_id)
    messages.success(request, _("« %(name)s » n’est plus proposé.") % {"name": contact.name})
    return redirect("parties:detail", party_id=contact.party_id)


@require_POST
@never_cache
@staff_required(*_WRITERS)
def access_open(request: StaffRequest, party_id: UUID) -> HttpResponse:
    """Open the portal to a person: a link leaves by e-mail, or a letter is shown to print."""
    party = get_party(request.actor, party_id)
    form = AccessForm(request.POST, prefix="access")
    if form.is_valid():
        try:
            with transaction.atomic():
                issued = open_portal_access(
                    actor=request.actor,
                    party_id=party.id,
                    name=form.cleaned_data["name"],
                    email=form.cleaned_data["email"],
                )
                return _deliver(request, issued)
        except UnableToSave as refusal:
            show_problems(form, refusal)
        except PliError as refusal:
            say_refusal(request, refusal)
            return redirect("parties:detail", party_id=party.id)
    context = {**detail_context(request, party), "access_form": form, "open_dialog": "access"}
    return render(request, "office/parties/detail.html", context, status=422)


@require_POST
@never_cache
@staff_required(*_WRITERS)
def access_resend(request: StaffRequest, access_id: UUID) -> HttpResponse:
    """A new link or letter; the former is void."""
    access = get_access(request.actor, access_id)
    try:
        with transaction.atomic():
            return _deliver(request, resend_activation(actor=request.actor, access_id=access.id))
    except PliError as refusal:
        say_refusal(request, refusal)
        return redirect("parties:detail", party_id=access.party_id)


@require_POST
@staff_required(*_WRITERS)
def access_close(request: StaffRequest, access_id: UUID) -> HttpResponse:
    """Take a key back."""
    access = close_portal_access(actor=request.actor, access_id=access_id)
    messages.success(request, _("L’accès est fermé ; ses sessions sont closes."))
    return redirect("parties:detail", party_id=access.party_id)


@require_POST
@staff_required(*_WRITERS)
def access_reopen(request: StaffRequest, access_id: UUID) -> HttpResponse:
    """Give a key back."""
    access = reopen_portal_access(actor=request.actor, access_id=access_id)
    messages.success(request, _("L’accès est rouvert."))
    return redirect("parties:detail", party_id=access.party_id)


def _deliver(request: StaffRequest, issued: IssuedLink | IssuedLetter) -> HttpResponse:
    """Send the link, or show the letter once: the code is stored nowhere and can't be shown again."""
    access = get_access(request.actor, _access_of(issued).id)
    if isinstance(issued, IssuedLink):
        mail_activation(issued, organisation_id=request.actor.organisation_id, template="portal.activation")
        text = _("Un lien d’activation, valable 24 heures, part vers %(email)s.")
        messages.success(request, text % {"email": access.account.email})
        return redirect("parties:detail", party_id=access.party_id)
    address = get_main_address(access.party)
    context = {
        "access": access,
        "party": access.party,
        "issued": issued,
        "activation_url": f"{settings.PLI_BASE_URL}{reverse('activation:letter')}",
        "lines": block_of(access.account.name, address).lines if address else (access.account.name,),
    }
    context["letter"] = base64.b64encode(_draw(access, issued, context)).decode()
    return render(request, "office/parties/letter.html", context)


def _draw(access: PortalAccess, issued: IssuedLetter, context: Mapping[str, Any]) -> bytes:
    """The letter as a PDF for a window envelope. It travels inside the page, since its code is kept nowhere."""
    organisation = access.party.organisation
    letter = ActivationLetter(
        language=access.account.language,
        organisation=organisation.name,
        organisation_address=(),
        name=access.account.name,
        address=tuple(context["lines"]),
        address_of_portal=str(context["activation_url"]),
        login=issued.login_name,
        code=issued.code,
        valid_until=date_format(issued.expires_at.astimezone(PARIS), "DATE_FORMAT"),
        date=date_format(SYSTEM_CLOCK.now().astimezone(PARIS), "DATE_FORMAT"),
        contact=organisation.contact_email,
    )
    return draw_activation_letter(letter)


def _access_of(issued: IssuedLink | IssuedLetter) -> PortalAccess:
    access = issued.activation.access
    if access is None:
        raise TypeError("a portal's activation opens an access")
    return access


def _typed(form: ContactForm) -> dict[str, str]:
    return {name: form.cleaned_data[name] for name in CONTACT_FIELDS}
