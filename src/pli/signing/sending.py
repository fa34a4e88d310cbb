"""A request for signature goes out: papers fixed, people named, first invitations sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import transaction

from pli.documents.api import clean_title
from pli.journal.api import record
from pli.kit.clock import SYSTEM_CLOCK, Clock, end_of_paris_day, paris_day
from pli.kit.ids import new_readable_number
from pli.parties.api import StaffActor
from pli.signing import events
from pli.signing.consent import POLICY_DIGEST
from pli.signing.errors import UnableToSend
from pli.signing.gates import SENDING
from pli.signing.invitations import invite_next
from pli.signing.models import Ceremony, CeremonyDocument, Signer
from pli.signing.papers import PreparedPaper, prepare_papers
from pli.signing.sending_rules import check_signer_address
from pli.signing.states import CeremonyState, SignerState

MAXIMUM_SIGNERS = 20
LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")
LONGEST_DEADLINE_DAYS = 365


@dataclass(frozen=True)
class SignerRequest:
    """One person to ask; ``origin`` says where name and address came from (contact:<id>, party:<id>, typed)."""

    name: str
    email: str
    mobile: str = ""
    origin: str = "typed"
    language: str = "fr"
    code_channel: str = "EMAIL"


@dataclass(frozen=True)
class CeremonyRequest:
    """All of a request. ``deadline`` is the last day on which one may sign, in Europe/Paris."""

    document_ids: tuple[UUID, ...]
    signers: tuple[SignerRequest, ...]
    deadline: date
    sender_name: str
    sender_email: str
    title: str = ""
    message: str = ""
    is_in_order: bool = True
    level: str = "B-T"


def send_ceremony(actor: StaffActor, request: CeremonyRequest, *, clock: Clock = SYSTEM_CLOCK) -> Ceremony:
    """Check, fix the bytes to sign, and invite the first signer (or all of them).

    :raises UnableToSend: when people, deadline or level are not right.
    :raises UnableToSignFile: when a paper must not or cannot be signed.
    :raises NotFound, NotAllowed: as the actor's rights say.
    :raises PliError: when whoever answers the ``SENDING`` gate objects.
    """
    actor.require_writer()
    SENDING.ask(actor.organisation_id)
    _check_request(request, clock)
    papers = prepare_papers(actor, request.document_ids, clock=clock)
    with transaction.atomic():
        return _write(actor, request, papers, clock)


def _check_request(request: CeremonyRequest, clock: Clock) -> None:
    if not 1 <= len(request.signers) <= MAXIMUM_SIGNERS:
        raise UnableToSend(reason="Indiquez de 1 à 20 signataires.")
    if request.level not in LEVELS:
        raise UnableToSend(reason="Ce niveau de signature n’existe pas.")
    today = paris_day(clock.now())
    if not today <= request.deadline <= today + timedelta(days=LONGEST_DEADLINE_DAYS):
        raise UnableToSend(reason="La date limite doit être comprise entre aujourd’hui et un an.")
    for signer in request.signers:
        reason = check_signer_address(signer.name, signer.email, signer.mobile, signer.code_channel)
        if reason:
            raise UnableToSend(reason=reason)
    people = [(signer.name.casefold(), signer.email.casefold()) for signer in request.signers]
    if len(set(people)) != len(people):
        raise UnableToSend(reason="La même personne figure deux fois parmi les signataires.")


def _write(actor: StaffActor, request: CeremonyRequest, papers: list[PreparedPaper], clock: Clock) -> Ceremony:
    now = clock.now()
    parties = {paper.document.party_id for paper in papers} - {None}
    ceremony = Ceremony.objects.create(
        organisation_id=actor.organisation_id,
        party_id=parties.pop() if len(parties) == 1 else None,
        state=CeremonyState.IN_PROGRESS,
        title=clean_title(request.title) if request.title.strip() else papers[0].document.title,
        message=request.message.replace("\x00", "")[:4000],
        is_in_order=request.is_in_order,
        level=request.level,
        policy_digest=POLICY_DIGEST,
        created_by=actor.reference,
        sender_name=clean_title(request.sender_name),
        sender_email=request.sender_email,
        created_at=now,
        sent_at=now,
        expires_at=end_of_paris_day(request.deadline),
    )
    _write_papers(ceremony, papers)
    for position, wanted in enumerate(request.signers, start=1):
        Signer.objects.create(
            ceremony=ceremony,
            position=position,
            name=clean_title(wanted.name),
            email=wanted.email.strip().lower(),
            mobile=wanted.mobile,
            origin=wanted.origin,
            language=wanted.language if wanted.language in ("fr", "en") else "fr",
            code_channel=wanted.code_channel,
            state=SignerState.WAITING,
            evidence_number=new_readable_number("PV"),
        )
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
        )


def _record_sent(actor: StaffActor, ceremony: Ceremony, papers: list[PreparedPaper], clock: Clock) -> None:
    record(
        events.CEREMONY_SENT,
        organisation_id=ceremony.organisation_id,
        subject=("ceremony", ceremony.id),
        actor=actor.reference,
        data={
            "papers": [{"document_id": str(p.document.id), "sha256": p.stored.sha256} for p in papers],
            "signers": [str(signer.id) for signer in ceremony.signers.order_by("position")],
            "level": ceremony.level,
            "expires_at": ceremony.expires_at.isoformat(),
            "is_in_order": ceremony.is_in_order,
            "title": ceremony.title,
        },
        clock=clock,
    )
