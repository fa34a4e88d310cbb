"""Public forms: an address where whoever knows it takes the open role of a template."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock, paris_day
from pli.kit.errors import NotAllowed, NotFound, Phrase, PliError
from pli.kit.ids import new_token
from pli.kit.transitions import UnableToMove
from pli.parties.api import StaffActor, staff_actor
from pli.signing import events
from pli.signing.gates import SENDING
from pli.signing.prepared.content import TemplateContent, load_content, prefillable
from pli.signing.prepared.errors import FormOver, FormPaused, FormUnknown, SenderGone, TemplateRefused
from pli.signing.prepared.models import PublicForm, SigningTemplate
from pli.signing.prepared.telling import NO_CREDIT, tell_form_paused, told_of, told_of_form
from pli.signing.prepared.templates import get_template
from pli.signing.roles import SignerRole


def is_fit_for_form(content: TemplateContent) -> bool:
    """Whether a template may have a public form: its own document, and one open role, which signs from afar."""
    roles = content.open_roles
    is_fit = bool(content.document_ids) and len(roles) == 1 and roles[0].role == SignerRole.SIGNER
    return is_fit and not roles[0].is_in_person


def open_form(
    actor: StaffActor,
    template_id: UUID,
    *,
    last_day: date | None = None,
    most: int | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> PublicForm:
    """Give a template a public address; what comes in is asked in the actor's name.

    :raises TemplateRefused: when it has one, is not fit for one, or the limits make no sense.
    """
    actor.require_writer()
    template = get_template(actor, template_id)
    if template.is_archived or not is_fit_for_form(load_content(template.content)):
        raise TemplateRefused(
            reason="Un formulaire public demande un modèle qui a son document et un seul rôle à attribuer, qui signe."
        )
    if last_day is not None and last_day < paris_day(clock.now()):
        raise TemplateRefused(reason="Le dernier jour du formulaire est passé.")
    if most is not None and not 1 <= most <= 100_000:
        raise TemplateRefused(reason="Le nombre de demandes est compris entre 1 et 100 000.")
    try:
        with transaction.atomic():
            form = PublicForm.objects.create(
                organisation_id=actor.organisation_id, template=template, token=new_token(), last_day=last_day,
                most=most, member_id=actor.member_id, opened_at=clock.now(),
            )  # fmt: skip
            _tell(events.FORM_OPENED, form, actor.reference, clock)
    except IntegrityError:
        raise TemplateRefused(reason="Ce modèle a déjà un formulaire ouvert.") from None
    return form


def close_form(actor: StaffActor, template_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> PublicForm:
    """Turn a template's address off for good; requests made by it go on.

    :raises UnableToMove: when none is open.
    """
    actor.require_writer()
    template = get_template(actor, template_id)
    form = form_of(template)
    if form is None:
        raise UnableToMove(state="CLOSED", verb="close", machine="public-form")
    with transaction.atomic():
        if not PublicForm.objects.filter(id=form.id, is_open=True).update(is_open=False, closed_at=clock.now()):
            raise UnableToMove(state="CLOSED", verb="close", machine="public-form")
        _tell(events.FORM_CLOSED, form, actor.reference, clock)
    form.is_open = False
    return form


def form_of(template: SigningTemplate) -> PublicForm | None:
    """The open form of a template."""
    return template.forms.filter(is_open=True).first()


def count_made(form: PublicForm) -> int:
    """How many requests a form has made."""
    return form.visits.exclude(ceremony=None).count()


@dataclass(frozen=True)
class OpenForm:
    """A form that may be filled in now, and the member in whose name it asks."""

    form: PublicForm
    content: TemplateContent
    actor: StaffActor

    @property
    def labels(self) -> list[tuple[str, str, bool]]:
        """Label, kind and whether it is needed, of what a visitor may fill in beforehand."""
        role = self.content.open_roles[0]
        known = {one.label: one for one in role.fields}
        return [(label, known[label].kind, known[label].is_required) for label in prefillable(role)]

    @property
    def needs_mobile(self) -> bool:
        """Whether the code goes by SMS."""
        return self.content.open_roles[0].code_channel in ("SMS", "BOTH")


def find_form(token: str, *, clock: Clock = SYSTEM_CLOCK) -> OpenForm:
    """The form behind a public address. :raises FormUnknown: when it is closed, full or late."""
    rows = PublicForm.objects.select_related("template", "organisation", "member__account")
    form = rows.filter(token=token, is_open=True).first()
    if form is None or form.template.is_archived or _why_over(form, clock):
        raise FormUnknown
    try:
        actor = _sender(form)
    except SenderGone:
        raise FormUnknown from None
    return OpenForm(form, load_content(form.template.content), actor)


def require_going(found: OpenForm, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Whether the organisation may send anything now: asked before a visitor types what would be lost.

    :raises FormPaused: when it may not; the form's member is told, once.
    """
    form = found.form
    try:
        SENDING.ask(form.organisation_id)
    except PliError as refusal:
        pause_form(form, refusal, is_outside=True, clock=clock)
        raise FormPaused from refusal
    if form.told.get("is_outside"):
        resume_form(form)


def form_trouble(form: PublicForm, *, clock: Clock = SYSTEM_CLOCK) -> dict[str, Any]:
    """Why an open form takes nothing as things stand, as ``told_of`` writes it; empty when it does."""
    why = _why_over(form, clock)
    if why:
        return told_of(FormOver(reason=why))
    try:
        _sender(form)
        SENDING.ask(form.organisation_id)
    except PliError as refusal:
        return told_of_form(refusal, is_outside=refusal.status == NO_CREDIT)
    # What a gate said holds no longer; what is wrong with the template is known from the last visitor only.
    return {} if form.told.get("is_outside") else form.told


def pause_form(form: PublicForm, refusal: PliError, *, is_outside: bool, clock: Clock) -> None:
    """Note that a visitor was sent away, and tell the form's member the first time. ``is_outside``: whether it is
    somebody above signing who objects, and may be asked again."""
    with transaction.atomic():
        told = told_of_form(refusal, is_outside=is_outside)
        waiting = PublicForm.objects.filter(id=form.id, is_open=True, paused_at=None)
        if waiting.update(paused_at=clock.now(), told=told):
            form.told = told
            _tell(events.FORM_PAUSED, form, "system:public-form", clock, code=refusal.code)
            tell_form_paused(form, refusal, clock=clock)


def resume_form(form: PublicForm) -> None:
    """Note that it works again: the next stop is told anew."""
    PublicForm.objects.filter(id=form.id).exclude(paused_at=None).update(paused_at=None, told={})


def _why_over(form: PublicForm, clock: Clock) -> str:
    """What ended it by itself, in a sentence; empty when it goes on."""
    if form.last_day is not None and paris_day(clock.now()) > form.last_day:
        return Phrase("Le dernier jour de ce formulaire est passé : il ne prend plus de demande.")
    if form.most is not None and count_made(form) >= form.most:
        return Phrase("Ce formulaire a pris toutes les demandes prévues.")
    if not is_fit_for_form(load_content(form.template.content)):
        return Phrase("Le modèle a changé : il n’a plus son document et un seul rôle à attribuer, qui signe.")
    return ""


def _sender(form: PublicForm) -> StaffActor:
    """The member in whose name it asks. :raises SenderGone: when they may not any more."""
    try:
        actor = staff_actor(form.member.account, form.organisation_id)
        actor.require_writer()
    except (NotFound, NotAllowed):
        raise SenderGone from None
    return actor


def _tell(kind: EventType, form: PublicForm, actor: str, clock: Clock, **data: Any) -> None:
    record(
        kind,
        organisation_id=form.organisation_id,
        subject=("signing-template", form.template_id),
        actor=actor,
        data={"form_id": str(form.id), **data},
        clock=clock,
    )
