"""Signing a document with one's own key, which stays on one's workstation: asked here, done there, put in here.

What goes out is the digest and what it belongs to; what comes back is a signature, checked against that very digest and
the paired certificate before anything is written. It can be given once; what is not given in time is over.
"""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from cryptography import x509
from django.db import transaction
from django.db.models import F, Q

from pli.documents.api import RenditionRole, add_rendition, best_rendition, existing_blob_path, keep_blob, store_file
from pli.journal.api import EventType, record
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotFound
from pli.kit.ids import new_id
from pli.parties.api import StaffActor, get_organisation
from pli.signing import events
from pli.signing.errors import NoOwnKey, OwnSignatureEnded
from pli.signing.own_answering import take_value
from pli.signing.own_key_models import OPEN_OWN_STATES, OWN_LIFE, PROBLEMS, KeyAgent, OwnSignature, OwnSignatureState
from pli.signing.own_keys import agents_of, close_try
from pli.signing.own_revisions import certificates_of, check_own_key, put_in_value, request_of
from pli.signing.papers import prepare_paper
from pli.signing.preferences import preferred_level
from pli.signing.states import SignerState
from pli.trust.api import SignatureNotTheirs, UnableToSeal, begin_revision, check_value

GIVEN_UP = timedelta(days=4)
_GIVEN_UP = "L’horodatage n’a pas pu être obtenu. Demandez de nouveau la signature depuis le document."


def ask_own_signature(
    actor: StaffActor, document_id: UUID, *, reason: str = "", clock: Clock = SYSTEM_CLOCK
) -> OwnSignature:
    """Give a document to one's workstation to sign; it has a quarter of an hour.

    :raises NoOwnKey: no workstation is paired; :raises NotFound, UnableToSignFile, UnableToSeal: as for any signature.
    """
    actor.require_writer()
    agent = next(iter(agents_of(actor)), None)
    if agent is None:
        raise NoOwnKey
    check_own_key(agent, preferred_level(get_organisation(actor)))
    paper = prepare_paper(actor, document_id, clock=clock)
    row = OwnSignature(
        id=new_id(),
        organisation_id=actor.organisation_id,
        agent=agent,
        document=paper.document,
        title=paper.document.title,
        file_name=paper.rendition.file_name,
        reason=" ".join(reason.split())[:200],
        level=preferred_level(get_organisation(actor)),
        source_sha256=best_rendition(document_id).blob_id,
        asked_at=clock.now(),
        expires_at=clock.now() + OWN_LIFE,
    )
    with tempfile.TemporaryDirectory(prefix="pli-own-") as folder:
        target = Path(folder) / "waiting.pdf"
        awaited = begin_revision(existing_blob_path(paper.stored.sha256), target, request_of(row))
        stored = store_file(target)
    row.waiting_sha256, row.start, row.end = stored.sha256, awaited.start, awaited.end
    row.digest, row.to_sign = awaited.digest, awaited.to_sign
    with transaction.atomic():
        keep_blob(stored, "application/pdf")
        row.save(force_insert=True)
        _tell(events.OWN_SIGNATURE_ASKED, row, clock, digest=row.digest)
    return row


def find_own_signature(actor: StaffActor, signature_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> OwnSignature:
    """One's own, as it stands now.

    :raises NotFound: anybody else's.
    """
    _expire(clock)
    found = OwnSignature.objects.select_related("agent", "document").filter(id=signature_id)
    row = found.filter(agent__member_id=actor.member_id).first()
    if row is None:
        raise NotFound
    return row


def waiting_for(agent: KeyAgent, *, clock: Clock = SYSTEM_CLOCK) -> list[OwnSignature]:
    """What a workstation has to sign, the oldest first."""
    _expire(clock)
    rows = OwnSignature.objects.filter(agent=agent, state=OwnSignatureState.WAITING)
    # Whoever has answered otherwise, or has a new link, is not asked any more.
    is_asked = Q(signer=None) | Q(signer__state=SignerState.VERIFIED, signer__link_version=F("link_version"))
    return list(rows.filter(is_asked).order_by("asked_at", "id"))


def _expire(clock: Clock) -> None:
    late = OwnSignature.objects.filter(state__in=OPEN_OWN_STATES, expires_at__lte=clock.now())
    late.update(state=OwnSignatureState.EXPIRED)
    # The job has tried for three days by then.
    lost = OwnSignature.objects.filter(
        signer=None, state=OwnSignatureState.GIVEN, answered_at__lte=clock.now() - GIVEN_UP
    )
    lost.update(state=OwnSignatureState.FAILED, failure=_GIVEN_UP)


def _mine(agent: KeyAgent, signature_id: UUID, clock: Clock) -> OwnSignature:
    _expire(clock)
    row = OwnSignature.objects.select_related("agent").filter(id=signature_id, agent=agent).first()
    if row is None:
        raise NotFound
    if row.state != OwnSignatureState.WAITING:
        raise OwnSignatureEnded
    return row


def give_value(
    agent: KeyAgent, signature_id: UUID, *, chain: list[x509.Certificate], value: bytes, clock: Clock = SYSTEM_CLOCK
) -> None:
    """Take the signature a workstation made; a job puts it into the file.

    :raises NotFound: given to another; :raises OwnSignatureEnded: late, or given already.
    :raises SignatureOvertaken, CeremonyEnded: in a request where others came first, or that is over.
    :raises SignatureNotTheirs: not over what was given, or by another key than the paired one.
    """
    row = _mine(agent, signature_id, clock)
    certificate = certificates_of(agent)[0]
    if not chain or chain[0] != certificate:
        raise SignatureNotTheirs
    check_value(certificate, bytes(row.to_sign), value)
    if row.signer_id:
        take_value(row, value, clock=clock)
        return
    with transaction.atomic():
        taken = OwnSignature.objects.filter(id=row.id, state=OwnSignatureState.WAITING, expires_at__gt=clock.now())
        if not taken.update(state=OwnSignatureState.GIVEN, value=value, problem="", answered_at=clock.now()):
            raise OwnSignatureEnded
        from pli.signing.tasks import seal_own

        seal_own.configure(lock=f"own:{row.id}").defer(signature_id=str(row.id))


def note_problem(agent: KeyAgent, signature_id: UUID, problem: str, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """What kept a workstation from signing, for the screen; it may try again until the time is over."""
    row = _mine(agent, signature_id, clock)
    told = problem if problem in PROBLEMS else "other"
    OwnSignature.objects.filter(id=row.id, state=OwnSignatureState.WAITING).update(problem=told)


def refuse_own_signature(agent: KeyAgent, signature_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """The person at the workstation said no."""
    row = _mine(agent, signature_id, clock)
    with transaction.atomic():
        waiting = OwnSignature.objects.filter(id=row.id, state=OwnSignatureState.WAITING)
        if waiting.update(state=OwnSignatureState.REFUSED, answered_at=clock.now()):
            if row.signer_id:
                close_try(row.signer_id)
            _tell(events.OWN_SIGNATURE_REFUSED, row, clock)


def seal_own_signature(signature_id: UUID, *, clock: Clock = SYSTEM_CLOCK) -> None:
    """Put a given signature into its file, with the timestamp and the data its level asks. Safe to repeat.

    :raises PlugError: the timestamp service failed: the job tries again; the level is never lowered.
    """
    row = OwnSignature.objects.select_related("agent").get(id=signature_id)
    if row.signer_id or row.state != OwnSignatureState.GIVEN:
        return
    try:
        if best_rendition(row.document_id).blob_id != row.source_sha256:
            raise UnableToSeal(reason="une autre signature vient d’être ajoutée", permanent=True)
        stored, _facts = put_in_value(row)
    except UnableToSeal as error:
        if not error.permanent:
            raise
        failure = error.message % error.details
        OwnSignature.objects.filter(id=row.id, state=OwnSignatureState.GIVEN).update(
            state=OwnSignatureState.FAILED, failure=failure[:500]
        )
        return
    with transaction.atomic():
        given = OwnSignature.objects.filter(id=row.id, state=OwnSignatureState.GIVEN)
        if not given.update(state=OwnSignatureState.SIGNED, result_sha256=stored.sha256):
            return
        keep_blob(stored, "application/pdf")
        add_rendition(
            row.document_id,
            role=RenditionRole.SIGNED,
            stored=stored,
            file_name=f"{row.file_name.removesuffix('.pdf')} (signé).pdf",
            made_by=f"member:{row.agent.member_id}",
            clock=clock,
        )
        _tell(events.OWN_SIGNATURE_MADE, row, clock, sha256=stored.sha256, level=row.level)


def _tell(kind: EventType, row: OwnSignature, clock: Clock, **data: object) -> None:
    record(
        kind,
        organisation_id=row.organisation_id,
        subject=("document", row.document_id),
        actor=f"member:{row.agent.member_id}",
        data={"signature_id": str(row.id), "agent_id": str(row.agent_id), **data},
        clock=clock,
    )
