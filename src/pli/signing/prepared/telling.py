"""Telling the sender that something they prepared stands still, and why: a screen would only say it when looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from pli.kit.clock import Clock
from pli.kit.errors import PliError, fill_sentence, write_details
from pli.notifications.api import Channel, Recipient, send_notice
from pli.parties.api import Account, Member, Role
from pli.signing.prepared.errors import SenderGone
from pli.signing.prepared.models import PublicForm, SendingList

# No credit left: whoever stands above signing objects, and may be asked again; all goes on by itself once they do not.
NO_CREDIT = 402
_ALONE_SENTENCES = {
    "list": "Créditez le compte (Réglages › Compte prépayé) : le reste partira alors tout seul.",
    "form": "Créditez le compte (Réglages › Compte prépayé) : le formulaire reprendra alors tout seul.",
}


def told_of(error: PliError) -> dict[str, Any]:
    """Why, in a form that a screen can say in the reader's tongue."""
    return {
        "code": error.code, "message": error.message, "remedy": error.remedy, "details": write_details(error.details),
    }  # fmt: skip


def told_of_list(refusal: PliError) -> dict[str, Any]:
    """Why a list stopped. ``is_outside``: whether whoever objects may be asked again, and all goes on by itself."""
    return _told_held(refusal, "list", is_outside=refusal.status == NO_CREDIT)


def told_of_form(refusal: PliError, *, is_outside: bool) -> dict[str, Any]:
    """The same of a form."""
    return _told_held(refusal, "form", is_outside=is_outside)


def _told_held(refusal: PliError, kind: str, *, is_outside: bool) -> dict[str, Any]:
    alone = {"remedy": _ALONE_SENTENCES[kind]} if is_outside and refusal.status == NO_CREDIT else {}
    return {**told_of(refusal), **alone, "is_outside": is_outside}


def tell_form_paused(form: PublicForm, refusal: PliError, *, clock: Clock) -> None:
    """A visitor met a form that could take nothing. In the caller's transaction, once each time it stops."""
    page = f"/office/signatures/templates/{form.template_id}/#public-form"
    for account in _who(form.member, refusal):
        send_notice(
            organisation_id=form.organisation_id,
            template="signature.form_paused",
            channel=Channel.EMAIL,
            to=Recipient(account.name or account.email, account.email, account.language),
            fields=_fields(form.organisation.name, form.template.name, form.told, account.language, page),
            subject=("signing-template", form.template_id),
            dedupe_key=f"form-paused:{form.id}:{clock.now().isoformat()}:{account.id}",
            clock=clock,
        )


def tell_list_stopped(sending: SendingList, refusal: PliError, *, clock: Clock) -> None:
    """What a list had not sent waits for somebody. In the caller's transaction, once each time it stops."""
    page = f"/office/signatures/lists/{sending.id}/"
    for account in _who(sending.member, refusal):
        send_notice(
            organisation_id=sending.organisation_id,
            template="signature.list_stopped",
            channel=Channel.EMAIL,
            to=Recipient(account.name or account.email, account.email, account.language),
            fields=_fields(sending.organisation.name, sending.file_name, sending.told, account.language, page),
            subject=("sending-list", sending.id),
            dedupe_key=f"list-stopped:{sending.id}:{clock.now().isoformat()}:{account.id}",
            clock=clock,
        )


def _who(member: Member, refusal: PliError) -> Iterable[Account]:
    """The sender; the administrators where it is the sender who may not send any more."""
    if not isinstance(refusal, SenderGone):
        return [member.account]
    admins = Member.objects.filter(
        organisation_id=member.organisation_id, role=Role.ADMIN, is_active=True, is_pending=False,
        account__is_active=True,
    )  # fmt: skip
    return [admin.account for admin in admins.select_related("account")]


def _fields(organisation: str, name: str, told: Mapping[str, Any], language: str, page: str) -> dict[str, str]:
    with translation.override(language):
        sentences = (fill_sentence(told[part], told["details"], _) for part in ("message", "remedy"))
        reason = " ".join(filter(None, sentences))
    return {"expéditeur": organisation, "document": name, "motif": reason, "lien": f"{settings.PLI_BASE_URL}{page}"}
