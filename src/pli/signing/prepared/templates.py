"""Templates: kept, changed, put away, and made into requests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from pli.documents.api import best_rendition, clean_title, get_for, hidden_documents, rendition_path
from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock, paris_day
from pli.kit.errors import NotFound, Phrase, PliError
from pli.parties.api import Actor, StaffActor
from pli.pdf.api import inspect_pdf
from pli.signing import events
from pli.signing.errors import UnableToSend
from pli.signing.fields import PaperLook, plan_fields
from pli.signing.models import Ceremony
from pli.signing.prepared.content import (
    RolePerson,
    TemplateContent,
    dump_content,
    is_open,
    load_content,
    named,
    prefillable,
)
from pli.signing.prepared.errors import TemplateChanged, TemplateRefused
from pli.signing.prepared.models import SigningTemplate
from pli.signing.requests import LONGEST_DEADLINE_DAYS, CeremonyRequest, SignerRequest
from pli.signing.sending import send_ceremony
from pli.signing.sending_rules import check_request

MOST_TEMPLATES = 300
# Who stands in for whom is not yet known, when a template is checked.
_STAND_IN = ("somebody-%d@pli.invalid", "+33600000000")


@dataclass(frozen=True)
class TemplateUse:
    """One use of a template: its open roles' people in order; what is None or empty is the template's own."""

    people: Sequence[RolePerson]
    sender_name: str
    sender_email: str
    document_ids: tuple[UUID, ...] = ()
    title: str = ""
    message: str | None = None
    deadline: date | None = None
    level: str = "B-T"
    annex_ids: tuple[UUID, ...] = field(default=())
    once: UUID | None = None


def save_template(
    actor: StaffActor,
    name: str,
    content: TemplateContent,
    *,
    template_id: UUID | None = None,
    version: int | None = None,
    clock: Clock = SYSTEM_CLOCK,
) -> SigningTemplate:
    """Keep a template, or its next version; ``version`` is the one that was shown, when it was.

    :raises TemplateRefused: when no request could be made from it, or its name is taken.
    :raises TemplateChanged: when somebody changed it since; :raises NotFound, NotAllowed: as the actor's rights say.
    """
    actor.require_writer()
    told = " ".join(name.replace("\x00", "").split())[:120]
    if not told:
        raise TemplateRefused(reason="Donnez un nom au modèle.")
    former = get_template(actor, template_id) if template_id else None
    _check(actor, content, clock)
    try:
        with transaction.atomic():
            if former is None:
                kept = _create(actor, told, content, clock)
            else:
                kept = _change(former, told, content, version, clock)
            _tell(events.TEMPLATE_SAVED, actor, kept, clock)
    except IntegrityError:
        raise _name_taken(told) from None
    return kept


def _name_taken(name: str) -> TemplateRefused:
    return TemplateRefused(reason=Phrase("Un autre modèle de demande s’appelle déjà « %(name)s ».", name=name))


def _create(actor: StaffActor, name: str, content: TemplateContent, clock: Clock) -> SigningTemplate:
    if SigningTemplate.objects.filter(organisation_id=actor.organisation_id).count() >= MOST_TEMPLATES:
        raise TemplateRefused(reason="Il y a déjà 300 modèles : modifiez-en un.")
    now = clock.now()
    return SigningTemplate.objects.create(
        organisation_id=actor.organisation_id, name=name, content=dump_content(content), created_by=actor.reference,
        created_at=now, changed_at=now,
    )  # fmt: skip


def _change(
    former: SigningTemplate, name: str, content: TemplateContent, version: int | None, clock: Clock
) -> SigningTemplate:
    shown = version or former.version
    moved = SigningTemplate.objects.filter(id=former.id, version=shown, is_archived=False).update(
        name=name, content=dump_content(content), version=shown + 1, changed_at=clock.now()
    )
    if not moved:
        raise TemplateChanged
    former.refresh_from_db()
    return former


def set_archived(
    actor: StaffActor, template_id: UUID, *, is_archived: bool, clock: Clock = SYSTEM_CLOCK
) -> SigningTemplate:
    """Put a template away, or take it out again. Requests made from it go on.

    :raises TemplateRefused: when another has taken its name meanwhile.
    """
    actor.require_writer()
    template = get_template(actor, template_id)
    try:
        with transaction.atomic():
            rows = SigningTemplate.objects.filter(id=template.id, is_archived=not is_archived)
            if rows.update(is_archived=is_archived):
                template.is_archived = is_archived
                _tell(events.TEMPLATE_ARCHIVED if is_archived else events.TEMPLATE_RESTORED, actor, template, clock)
    except IntegrityError:
        raise _name_taken(template.name) from None
    return template


def list_templates(actor: Actor, *, is_archived: bool = False) -> list[SigningTemplate]:
    """By name; those with a paper the actor may not read are left out."""
    if not isinstance(actor, StaffActor):
        return []
    rows = SigningTemplate.objects.filter(organisation_id=actor.organisation_id, is_archived=is_archived)
    found = list(rows.order_by("name", "id"))
    papers = {one for template in found for one in _papers_of(template)}
    hidden = set(hidden_documents(actor).filter(id__in=papers).values_list("id", flat=True)) if papers else set()
    return [template for template in found if not hidden & _papers_of(template)]


def get_template(actor: Actor, template_id: UUID) -> SigningTemplate:
    """:raises NotFound: when it does not exist for this actor."""
    if isinstance(actor, StaffActor):
        rows = SigningTemplate.objects.filter(organisation_id=actor.organisation_id, id=template_id)
        template = rows.first()
        if template is not None:
            papers = _papers_of(template)
            if not papers or not hidden_documents(actor).filter(id__in=papers).exists():
                return template
    raise NotFound


def content_of(template: SigningTemplate) -> TemplateContent:
    """What it holds."""
    return load_content(template.content)


def _papers_of(template: SigningTemplate) -> set[UUID]:
    content = content_of(template)
    return {*content.document_ids, *content.annex_ids}


def request_from(
    template: SigningTemplate, content: TemplateContent, use: TemplateUse, *, clock: Clock = SYSTEM_CLOCK
) -> CeremonyRequest:
    """The request a template makes, as it stands now: nothing of it looks back at the template.

    :raises UnableToSend: when a role has nobody, or there is no document to sign.
    """
    if len(use.people) != len(content.open_roles):
        raise UnableToSend(reason="Nommez une personne pour chaque rôle du modèle.")
    for role, person in zip(content.open_roles, use.people, strict=True):
        unknown = sorted(person.values.keys() - set(prefillable(role)))
        if unknown:
            raise UnableToSend(reason=Phrase("« %(name)s » ne peut pas être rempli ainsi.", name=unknown[0]))
    papers = use.document_ids or content.document_ids
    if not papers:
        raise UnableToSend(reason="Choisissez de 1 à 20 documents différents.")
    annexes = tuple(one for one in dict.fromkeys((*content.annex_ids, *use.annex_ids)) if one not in papers)
    return CeremonyRequest(
        document_ids=papers,
        signers=named(content, use.people),
        deadline=use.deadline or paris_day(clock.now()) + timedelta(days=content.days),
        sender_name=use.sender_name,
        sender_email=use.sender_email,
        title=use.title or content.title,
        message=content.message if use.message is None else use.message,
        is_in_order=content.is_in_order,
        level=use.level,
        annex_ids=annexes,
        on_refusal=content.on_refusal,
        may_delegate=content.may_delegate,
        template_id=template.id,
        template_version=template.version,
        once=use.once,
    )


def send_from_template(
    actor: StaffActor, template_id: UUID, use: TemplateUse, *, clock: Clock = SYSTEM_CLOCK
) -> Ceremony:
    """Send the request a template makes.

    :raises UnableToSend, UnableToSignFile: as ``send_ceremony``; :raises NotFound: for an archived template too.
    """
    template = get_template(actor, template_id)
    if template.is_archived:
        raise NotFound
    return send_ceremony(actor, request_from(template, content_of(template), use, clock=clock), clock=clock)


def _check(actor: StaffActor, content: TemplateContent, clock: Clock) -> None:
    """:raises TemplateRefused: when no request could be made of it."""
    if not 1 <= content.days <= LONGEST_DEADLINE_DAYS:
        raise TemplateRefused(reason="Le délai pour signer est compris entre 1 et 365 jours.")
    names = [clean_title(role.name).casefold() for role in content.roles if is_open(role)]
    if len(set(names)) != len(names) or "" in names:
        raise TemplateRefused(reason="Chaque rôle a un nom, et chacun le sien.")
    labels = [[one.label.casefold() for one in role.fields if one.label] for role in content.roles]
    if any(len(set(each)) != len(each) for each in labels):
        raise TemplateRefused(reason="Deux champs d’un même rôle ont le même nom.")
    papers = [get_for(actor, one) for one in (*content.document_ids, *content.annex_ids)]
    looks = []
    try:
        for document in papers[: len(content.document_ids)]:
            path = rendition_path(best_rendition(document.id))
            sizes = [[page.width, page.height] for page in inspect_pdf(path).pages]
            looks.append(PaperLook(path, document.title, sizes))
        request = _as_if(content, clock)
        check_request(request, clock)
        if looks:
            plan_fields(request, looks)
    except TemplateRefused:
        raise
    except UnableToSend as refusal:
        raise TemplateRefused(reason=refusal.details["reason"]) from refusal
    except PliError as refusal:
        raise TemplateRefused(reason=Phrase(refusal.message, **refusal.details)) from refusal


def _as_if(content: TemplateContent, clock: Clock) -> CeremonyRequest:
    """A request with people nobody has met, to be checked and thrown away."""
    email, mobile = _STAND_IN
    roles: list[SignerRequest] = [
        replace(role, email=email % rank, mobile=mobile) if not role.email else role
        for rank, role in enumerate(content.roles, start=1)
    ]
    return CeremonyRequest(
        document_ids=content.document_ids,
        signers=tuple(roles),
        deadline=paris_day(clock.now()) + timedelta(days=content.days),
        sender_name="-",
        sender_email="nobody@pli.invalid",
        on_refusal=content.on_refusal,
        annex_ids=content.annex_ids,
    )


def _tell(kind: EventType, actor: StaffActor, template: SigningTemplate, clock: Clock) -> None:
    data = {"version": template.version, "name": template.name}
    record(
        kind,
        organisation_id=template.organisation_id,
        subject=("signing-template", template.id),
        actor=actor.reference,
        data={name: value for name, value in data.items() if name in kind.fields | kind.personal},
        clock=clock,
    )
