"""The team: everybody of it sees it, administrators change it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from pli.kit.errors import PliError
from pli.office.access import StaffRequest, staff_required
from pli.office.accounts.mail import mail_activation
from pli.office.members.forms import InviteForm, RoleForm
from pli.office.saying import say_refusal, show_problems
from pli.parties.api import (
    Role,
    UnableToSave,
    change_role,
    deactivate_member,
    get_member,
    invite_member,
    list_members,
    reactivate_member,
    resend_invitation,
)

ROLES: dict[Role, str | Promise] = {
    Role.ADMIN: gettext_lazy("Tout, y compris l’équipe et les réglages."),
    Role.MANAGER: gettext_lazy("Tout le travail, les imports et les modèles ; pas l’équipe."),
    Role.MEMBER: gettext_lazy("Le travail de tous les jours : déposer, faire signer, envoyer."),
    Role.AUDITOR: gettext_lazy("Tout lire et vérifier, ne rien changer."),
}


@require_GET
@staff_required()
def team(request: StaffRequest) -> HttpResponse:
    """The team and its invitations."""
    return _show(request, InviteForm())


@require_POST
@staff_required(Role.ADMIN)
def invite(request: StaffRequest) -> HttpResponse:
    """Invite somebody; the link leaves to them alone."""
    form = InviteForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        with transaction.atomic():
            issued = invite_member(
                actor=request.actor,
                email=form.cleaned_data["email"],
                name=form.cleaned_data["name"],
                role=Role(form.cleaned_data["role"]),
                language=form.cleaned_data["language"],
            )
            mail_activation(issued, organisation_id=request.actor.organisation_id, template="staff.invitation")
    except UnableToSave as refusal:
        show_problems(form, refusal)
        return _show(request, form, status=422)
    except PliError as refusal:
        say_refusal(request, refusal)
        return redirect("members:team")
    email = issued.activation.account.email
    messages.success(request, _("Une invitation, valable 24 heures, part vers %(email)s.") % {"email": email})
    return redirect("members:team")


@require_POST
@staff_required(Role.ADMIN)
def resend(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """A new link; the former is void."""
    member = get_member(request.actor, member_id)
    try:
        with transaction.atomic():
            issued = resend_invitation(actor=request.actor, member_id=member.id)
            mail_activation(issued, organisation_id=request.actor.organisation_id, template="staff.invitation")
    except PliError as refusal:
        say_refusal(request, refusal)
    else:
        text = _("Une nouvelle invitation part vers %(email)s ; la précédente ne vaut plus.")
        messages.success(request, text % {"email": member.account.email})
    return redirect("members:team")


@require_POST
@staff_required(Role.ADMIN)
def role(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Give a member another role."""
    form = RoleForm(request.POST)
    if not form.is_valid():
        raise Http404
    try:
        member = change_role(actor=request.actor, member_id=member_id, role=Role(form.cleaned_data["role"]))
    except PliError as refusal:
        if refusal.status == 404:
            raise
        say_refusal(request, refusal)
    else:
        messages.success(request, _("Le rôle est maintenant : %(role)s.") % {"role": Role(member.role).label})
    return redirect("members:team")


@require_POST
@staff_required(Role.ADMIN)
def deactivate(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Take a member's access away."""
    try:
        deactivate_member(actor=request.actor, member_id=member_id)
    except PliError as refusal:
        if refusal.status == 404:
            raise
        say_refusal(request, refusal)
    else:
        messages.success(request, _("L’accès est retiré et ses sessions sont closes."))
    return redirect("members:team")


@require_POST
@staff_required(Role.ADMIN)
def reactivate(request: StaffRequest, member_id: UUID) -> HttpResponse:
    """Give a member their access back."""
    reactivate_member(actor=request.actor, member_id=member_id)
    messages.success(request, _("L’accès est rendu."))
    return redirect("members:team")


def _show(request: StaffRequest, form: InviteForm, status: int = 200) -> HttpResponse:
    context = {
        "members": list_members(request.actor),
        "form": form,
        "roles": [(role.value, role.label, ROLES[role]) for role in Role],
        "is_admin": request.actor.role == Role.ADMIN,
        "own_id": request.actor.member_id,
    }
    return render(request, "office/members/team.html", context, status=status)
