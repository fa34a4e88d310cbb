"""A request for signature goes out: papers fixed, people named, first invitations sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from django.db import IntegrityError, transaction

from pli.documents.api import clean_title, get_for
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock, end_of_paris_day
from pli.kit.errors import NotFound
from pli.kit.ids import new_readable_number
from pli.parties.api import Member, StaffActor
from pli.signing import events
from pli.signing.consent import POLICY_DIGEST
from pli.signing.fields import PlannedField, write_fields
from pli.signing.gates import SENDING
from pli.signing.invitations import invite_next
from pli.signing.models import AskedFile, Ceremony, CeremonyDocument, CopyRecipient, Signer
from pli.signing.papers import PreparedPaper, prepare_papers
from pli.signing.requests import CeremonyRequest, SignerRequest
from pli.signing.roles import SignerRole
from pli.signing.sending_rules import check_request
from pli.signing.sides import side_for
from pli.signing.states import CeremonyState, SignerState


def send_ceremony(actor: StaffActor, request: CeremonyRequest, *, clock: Clock = SYSTEM_CLOCK) -> Ceremony:
    """Check, fix the bytes to sign, and invite the first signer (or all of them). Asked again with the same ``once``,
    gives the request that was made then.

    :raises UnableToSend: when people, deadline or level are not right.
    :raises UnableToSignFile: when a paper must not or cannot be signed.
    :raises NotFound, NotAllowed: as the actor's rights say.
    :raises PliError: when whoever answers the ``SENDING`` gate objects.
    """
    actor.require_writer()
    if made := _made_of(actor, request):
        return made
    SENDING.ask(actor.organisation_id)
    first = get_for(actor, request.document_ids[0]) if request.document_ids else None
    side = side_for(actor, first)
    request = replace(request, signers=tuple(_sided(known_person(actor, one), side) for one in request.signers))
    check_request(request, clock)
    papers, planned = prepare_papers(actor, request, clock=clock)
    try:
        with transaction.atomic():
            return _write(actor, request, papers, planned, clock)
    except IntegrityError:
        # The same form came in twice at once: the other made it.
        if made := _made_of(actor, request):
            return made
        raise


def _made_of(actor: StaffActor, request: CeremonyRequest) -> Ceremony | None:
    if request.once is None:
        return None
    return Ceremony.objects.filter(created_by=actor.reference, once=request.once).first()


def known_person(actor: StaffActor, wanted: SignerRequest) -> SignerRequest:
    """A member of the team under the name and address of their account, whatever the form said.

    :raises NotFound: when there is no such member at work here.
    """
    if wanted.member_id is None:
        return wanted
    rows = Member.objects.select_related("account").filter(organisation_id=actor.organisation_id, is_active=True)
    member = rows.filter(id=wanted.member_id).first()
    if member is None:
        raise NotFound
    account = member.account
    return replace(
        wanted,
        name=account.name or account.email,
        email=account.email,
        language=account.language,
        origin=f"member:{member.id}",
    )


def _sided(wanted: SignerRequest, preferred: str) -> SignerRequest:
    """With the usual place where none was asked for."""
    if wanted.side is not None:
        return wanted
    return replace(wanted, side=preferred if wanted.role == SignerRole.SIGNER and not wanted.marks else "")


Planned = Sequence[Sequence[PlannedField]]


def _write(
    actor: StaffActor,
    request: CeremonyRequest,
    papers: list[PreparedPaper],
    planned: list[list[PlannedField]],
    clock: Clock,
) -> Ceremony:
    now = clock.now()
    parties = {paper.document.party_id for paper in papers} - {None}
    ceremony = Ceremony.objects.create(
        organisation_id=actor.organisation_id,
        party_id=parties.pop() if len(parties) == 1 else None,
        state=CeremonyState.IN_PROGRESS,
        title=clean_title(request.title) if request.title.strip() else papers[0].document.title,
        message=request.message.replace("\x00", "")[:4000],
        is_in_order=request.is_in_order,
        on_refusal=request.on_refusal,
        may_delegate=request.may_delegate,
        level=request.level,
        template_id=request.template_id,
        template_version=request.template_version,
        once=request.once,
        policy_digest=POLICY_DIGEST,
        created_by=actor.reference,
        sender_name=clean_title(request.sender_name),
        sender_email=request.sender_email,
        created_at=now,
        sent_at=now,
        expires_at=end_of_paris_day(request.deadline),
    )
    _write_papers(ceremony, papers)
    _write_people(ceremony, request, planned)
    _record_sent(actor, ceremony, papers, clock)
    invite_next(ceremony, reason="sent", clock=clock)
    return ceremony


def _write_papers(ceremony: Ceremony, papers: list[PreparedPaper]) -> None:
    for position, paper in enumerate(papers, start=1):
        original = paper.document.renditions.get(role="ORIGINAL")
        CeremonyDocument.objects.create(
            ceremony=ceremony,
            document=paper.document,
            position=position,
            title=paper.document.title,
            file_name=paper.rendition.file_name,
            page_count=paper.inspection.page_count,
            page_sizes=paper.page_sizes,
            original_sha256=original.blob_id,
            source_sha256=paper.stored.sha256,
            current_sha256=paper.stored.sha256,
            is_certifiable=paper.inspection.signature_count == 0,
            changes=list(paper.changes),
            is_annex=paper.is_annex,
        )


def _write_people(ceremony: Ceremony, request: CeremonyRequest, planned: Planned) -> None:
    asked = [signer for signer in request.signers if not signer.is_copy]
    for position, wanted in enumerate(asked, start=1):
        signer = Signer.objects.create(
            ceremony=ceremony,
            position=position,
            role=wanted.role,
            step=wanted.step or (position if request.is_in_order else 1),
            member_id=wanted.member_id,
            name=clean_title(wanted.name),
            email=wanted.email.strip().lower(),
            mobile=wanted.mobile,
            origin=wanted.origin,
            language=_language(wanted),
            code_channel=wanted.code_channel,
            is_in_person=wanted.is_in_person,
            needs_own_key=wanted.needs_own_key,
            state=SignerState.WAITING,
            evidence_number=new_readable_number("PV"),
        )
        write_fields(signer, planned[position - 1], ceremony)
        AskedFile.objects.bulk_create(
            AskedFile(signer=signer, position=rank, label=" ".join(label.split()))
            for rank, label in enumerate(wanted.asks, start=1)
        )
    for position, wanted in enumerate((one for one in request.signers if one.is_copy), start=1):
        CopyRecipient.objects.create(
            ceremony=ceremony,
            position=position,
            name=clean_title(wanted.name),
            email=wanted.email.strip().lower(),
            language=_language(wanted),
            origin=wanted.origin,
        )


def _language(wanted: SignerRequest) -> str:
    return wanted.language if wanted.language in ("fr", "en") else "fr"


def _record_sent(actor: StaffActor, ceremony: Ceremony, papers: list[PreparedPaper], clock: Clock) -> None:
    record(
        events.CEREMONY_SENT,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor=actor.reference,
        data={
            "papers": [
                {"document_id": str(p.document.id), "sha256": p.stored.sha256, "is_annex": p.is_annex} for p in papers
            ],
            "signers": [str(signer.id) for signer in ceremony.signers.order_by("position")],
            "roles": [f"{one.role}:{one.step}" for one in ceremony.signers.order_by("position")],
            "copies": ceremony.copies.count(),
            "level": ceremony.level,
            "expires_at": ceremony.expires_at.isoformat(),
            "is_in_order": ceremony.is_in_order,
            "on_refusal": ceremony.on_refusal,
            "may_delegate": ceremony.may_delegate,
            "title": ceremony.title,
        },
        clock=clock,
    )
