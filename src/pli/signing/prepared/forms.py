"""Public forms: whoever knows the address takes the open role of a template, and proves their e-mail as any signer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock, paris_day
from pli.kit.errors import NotAllowed, NotFound, Phrase, PliError
from pli.kit.ids import new_token
from pli.kit.transitions import UnableToMove
from pli.parties.api import StaffActor, staff_actor
from pli.signing import events
from pli.signing.models import Ceremony
from pli.signing.preferences import preferred_level
from pli.signing.prepared.content import RolePerson, TemplateContent, load_content, prefillable
from pli.signing.prepared.errors import FormBusy, FormRefused, FormUnknown, TemplateRefused
from pli.signing.prepared.models import FormVisit, PublicForm, SigningTemplate
from pli.signing.prepared.templates import TemplateUse, get_template, request_from
from pli.signing.roles import SignerRole
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


def is_fit_for_form(content: TemplateContent) -> bool:
    """Whether a template may have a public form: its own document, and one open role, which signs."""
    roles = content.open_roles
    return bool(content.document_ids) and len(roles) == 1 and roles[0].role == SignerRole.SIGNER


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
    """The form behind a public address. :raises FormUnknown: unless it may be filled in now."""
    rows = PublicForm.objects.select_related("template", "organisation", "member__account")
    form = rows.filter(token=token, is_open=True).first()
    if form is None or form.template.is_archived:
        raise FormUnknown
    content = load_content(form.template.content)
    is_late = form.last_day is not None and paris_day(clock.now()) > form.last_day
    is_full = form.most is not None and count_made(form) >= form.most
    if is_late or is_full or not is_fit_for_form(content):
        raise FormUnknown
    try:
        actor = staff_actor(form.member.account, form.organisation_id)
        actor.require_writer()
    except (NotFound, NotAllowed):
        raise FormUnknown from None
    return OpenForm(form, content, actor)


def submit_form(token: str, applicant: Applicant, *, once: UUID, ip: str = "", clock: Clock = SYSTEM_CLOCK) -> None:
    """Ask the visitor to sign, by a link sent to the address they gave. What comes back says nothing of the address:
    one that was written to often enough, or has a request of this form open, gets no further mail, and the visitor
    is told the same.

    :raises FormUnknown: when the form is closed or full; :raises FormRefused: for what was typed.
    :raises FormBusy: when too much comes from one place, or to this form.
    """
    found = find_form(token, clock=clock)
    person = _checked(found, applicant)
    with transaction.atomic():
        form = PublicForm.objects.select_for_update().get(id=found.form.id)
        if form.visits.filter(once=once).exists():
            return
        found = find_form(token, clock=clock)
        _check_pace(form, ip, clock)
        is_welcome = _is_welcome(form, person.email, clock)
        visit = FormVisit.objects.create(form=form, once=once, email=person.email, ip=ip[:45], at=clock.now())
        if is_welcome:
            visit.ceremony = _send(found, person, clock)
            visit.save(update_fields=["ceremony"])


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
    except FormRefused:
        raise
    except PliError as refusal:
        # The house's own affairs (credit, a paper that moved) are nothing a visitor is told.
        raise FormUnknown from refusal


def _tell(kind: EventType, form: PublicForm, actor: str, clock: Clock) -> None:
    record(
        kind,
        organisation_id=form.organisation_id,
        subject=("signing-template", form.template_id),
        actor=actor,
        data={"form_id": str(form.id)},
        clock=clock,
    )
