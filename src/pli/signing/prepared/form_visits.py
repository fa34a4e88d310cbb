"""A public form filled in: checked, counted against misuse, made into a request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import Phrase, PliError
from pli.parties.api import Actor
from pli.signing.models import Ceremony
from pli.signing.preferences import preferred_level
from pli.signing.prepared.content import RolePerson
from pli.signing.prepared.errors import FormBusy, FormPaused, FormRefused
from pli.signing.prepared.forms import OpenForm, find_form, pause_form, require_going, resume_form
from pli.signing.prepared.models import FormVisit, PublicForm
from pli.signing.prepared.telling import NO_CREDIT
from pli.signing.prepared.templates import TemplateUse, get_template, request_from
from pli.signing.queries import ceremonies_for
from pli.signing.sending import send_ceremony
from pli.signing.sending_rules import check_signer_address
from pli.signing.states import CeremonyState

# One address may be written to so many times a day by all the forms of this installation together.
MAILS_A_DAY = 3
FROM_ONE_PLACE_AN_HOUR = 10
OF_ONE_FORM_AN_HOUR = 60
LONGEST_NAME = 80
# A stranger's name is read in a mail of ours: it shall carry no address to go to.
_NO_NAME = ("://", "/", "\\", "@", "www.", "<", ">")


@dataclass(frozen=True)
class Applicant:
    """What a visitor typed; ``values`` fills texts and dates of the role by their label."""

    name: str
    email: str
    mobile: str = ""
    language: str = "fr"
    values: Mapping[str, str] = field(default_factory=dict)


def submit_form(token: str, applicant: Applicant, *, once: UUID, ip: str = "", clock: Clock = SYSTEM_CLOCK) -> None:
    """Ask the visitor to sign, by a link sent to the address they gave. What comes back says nothing of the address:
    one that was written to often enough, or has a request of this form open, gets no further mail, and the visitor
    is told the same.

    :raises FormUnknown: when the form is closed or full; :raises FormRefused: for what was typed.
    :raises FormPaused: when the organisation can send nothing by it now; its member is told.
    :raises FormBusy: when too much comes from one place, or to this form.
    """
    found = find_form(token, clock=clock)
    require_going(found, clock=clock)
    person = _checked(found, applicant)
    try:
        with transaction.atomic():
            _submit(found.form.id, person, once, ip, clock)
    except _Unsendable as unsendable:
        # The house's own affairs are nothing a visitor is told, and the sender must know.
        is_outside = unsendable.refusal.status == NO_CREDIT
        pause_form(found.form, unsendable.refusal, is_outside=is_outside, clock=clock)
        raise FormPaused from unsendable.refusal


def answers_of(actor: Actor, template_id: UUID, *, before: int | None = None, limit: int = 50) -> list[FormVisit]:
    """What came in by the forms of a template, past ones too, the newest first: each with its request.

    :raises NotFound: when the template does not exist for this actor.
    """
    template = get_template(actor, template_id)
    rows = FormVisit.objects.filter(form__template=template, ceremony__in=ceremonies_for(actor))
    rows = rows.select_related("ceremony").prefetch_related("ceremony__signers").order_by("-id")
    return list((rows.filter(id__lt=before) if before else rows)[:limit])


class _Unsendable(Exception):
    """The request this form makes can go out to nobody."""

    def __init__(self, refusal: PliError) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def _submit(form_id: UUID, person: RolePerson, once: UUID, ip: str, clock: Clock) -> None:
    form = PublicForm.objects.select_for_update().get(id=form_id)
    if form.visits.filter(once=once).exists():
        return
    found = find_form(form.token, clock=clock)
    _check_pace(form, ip, clock)
    is_welcome = _is_welcome(form, person.email, clock)
    visit = FormVisit.objects.create(form=form, once=once, email=person.email, ip=ip[:45], at=clock.now())
    if is_welcome:
        visit.ceremony = _send(found, person, clock)
        visit.save(update_fields=["ceremony"])
        resume_form(form)


def _checked(found: OpenForm, applicant: Applicant) -> RolePerson:
    name, email = " ".join(applicant.name.split()), applicant.email.strip().lower()
    if len(name) > LONGEST_NAME or not name.isprintable() or any(part in name.lower() for part in _NO_NAME):
        raise FormRefused(reason="Écrivez votre nom en 80 signes au plus, sans adresse.")
    channel = found.content.open_roles[0].code_channel
    problem = check_signer_address(name, email, applicant.mobile, channel)
    if problem or len(email) > 254:
        raise FormRefused(reason=problem or Phrase("L’adresse e-mail de %(name)s n’est pas valable.", name=name))
    values = {}
    for label, kind, is_required in found.labels:
        text = " ".join(applicant.values.get(label, "").split())
        if is_required and not text:
            raise FormRefused(reason=Phrase("« %(name)s » est vide.", name=label))
        if len(text) > 200 or not text.isprintable() or (text and kind == "DATE" and not _is_day(text)):
            raise FormRefused(reason=Phrase("« %(name)s » ne peut pas être rempli ainsi.", name=label))
        if text:
            values[label] = text
    return RolePerson(name, email, applicant.mobile, "form", applicant.language, values=values)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _check_pace(form: PublicForm, ip: str, clock: Clock) -> None:
    now = clock.now()
    FormVisit.objects.filter(at__lt=now - timedelta(days=1)).exclude(ip="").update(ip="")
    late = FormVisit.objects.filter(at__gte=now - timedelta(hours=1))
    if ip and late.filter(ip=ip[:45]).count() >= FROM_ONE_PLACE_AN_HOUR:
        raise FormBusy
    if late.filter(form=form).count() >= OF_ONE_FORM_AN_HOUR:
        raise FormBusy


def _is_welcome(form: PublicForm, email: str, clock: Clock) -> bool:
    """Whether one more mail may go to that address."""
    today = FormVisit.objects.filter(email=email, at__gte=clock.now() - timedelta(days=1)).exclude(ceremony=None)
    is_open = form.visits.filter(email=email, ceremony__state=CeremonyState.IN_PROGRESS).exists()
    return not is_open and today.count() < MAILS_A_DAY


def _send(found: OpenForm, person: RolePerson, clock: Clock) -> Ceremony:
    account, organisation = found.form.member.account, found.form.organisation
    use = TemplateUse(
        people=(person,),
        sender_name=account.name or organisation.name,
        sender_email=account.email,
        level=preferred_level(organisation),
    )
    request = request_from(found.form.template, found.content, use, clock=clock)
    try:
        return send_ceremony(found.actor, request, clock=clock)
    except PliError as refusal:
        raise _Unsendable(refusal) from refusal
