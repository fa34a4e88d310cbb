"""What a workstation is given to sign of a request: each paper as it now stands, with the signer's empty place."""

from __future__ import annotations

import tempfile
from datetime import datetime
from pathlib import Path

from django.db import transaction

from pli.documents.api import StoredBytes, existing_blob_path, keep_blob, store_file
from pli.journal.api import record
from pli.kit.clock import Clock
from pli.kit.ids import new_id
from pli.signing import events
from pli.signing.answering import consent_of
from pli.signing.errors import OwnSignatureEnded
from pli.signing.models import Ceremony, CeremonyDocument, SealedRevision, Signer
from pli.signing.own_key_models import OWN_LIFE, KeyAgent, OwnSignature
from pli.signing.own_keys import close_try
from pli.signing.own_revisions import check_own_key, identity_of
from pli.signing.revision_requests import signer_request
from pli.signing.roles import SignerRole
from pli.signing.states import SIGNER, SignerState
from pli.trust.api import begin_revision


def give_to_sign(signer: Signer, agent: KeyAgent, *, clock: Clock) -> list[OwnSignature]:
    """Give the papers, as they now stand, to the workstation; a former try is over. One try has one instant.

    :raises UnableToSeal: a file cannot take this signature; :raises OwnSignatureEnded: they answered meanwhile.
    """
    ceremony = Ceremony.objects.select_related("organisation").get(id=signer.ceremony_id)
    check_own_key(agent, ceremony.level)
    papers = list(ceremony.papers.filter(is_annex=False).order_by("position"))
    at = clock.now()
    made = [_prepared(ceremony, paper, signer, agent, at) for paper in papers]
    with transaction.atomic():
        Ceremony.objects.select_for_update().get(id=ceremony.id)
        now = Signer.objects.select_for_update().get(id=signer.id)
        if now.state != SignerState.VERIFIED or now.link_version != signer.link_version:
            raise OwnSignatureEnded
        close_try(signer.id)
        for row, stored in made:
            keep_blob(stored, "application/pdf")
            row.save(force_insert=True)
            _tell_asked(row, clock)
    return [row for row, _ in made]


def _prepared(
    ceremony: Ceremony, paper: CeremonyDocument, signer: Signer, agent: KeyAgent, at: datetime
) -> tuple[OwnSignature, StoredBytes]:
    number = paper.revisions.count() + 1
    request = signer_request(
        ceremony,
        paper,
        signer,
        number=number,
        is_last=_would_be_last(ceremony, paper, signer),
        at=at,
        consent=consent_of(signer, signer.language),
        own_key=identity_of(agent),
    )
    with tempfile.TemporaryDirectory(prefix="pli-own-") as folder:
        target = Path(folder) / "waiting.pdf"
        awaited = begin_revision(existing_blob_path(paper.current_sha256), target, request)
        stored = store_file(target)
    row = OwnSignature(
        id=new_id(),
        organisation_id=ceremony.organisation_id,
        agent=agent,
        document_id=paper.document_id,
        signer=signer,
        paper=paper,
        link_version=signer.link_version,
        title=paper.title,
        file_name=paper.file_name,
        reason=ceremony.title,
        level=ceremony.level,
        field_name=request.field_name,
        is_last=request.lock,
        source_sha256=paper.current_sha256,
        waiting_sha256=stored.sha256,
        start=awaited.start,
        end=awaited.end,
        digest=awaited.digest,
        to_sign=awaited.to_sign,
        asked_at=request.signed_at,
        expires_at=at + OWN_LIFE,
    )
    return row, stored


def _would_be_last(ceremony: Ceremony, paper: CeremonyDocument, signer: Signer) -> bool:
    """Whether nobody can sign this paper any more but this signer. If not, whoever comes last locks it."""
    others = ceremony.signers.exclude(id=signer.id)
    if others.exclude(state__in=SIGNER.final).exists():
        return False
    signed = others.filter(role=SignerRole.SIGNER, state=SignerState.SIGNED)
    return SealedRevision.objects.filter(paper=paper, signer__in=signed).count() == signed.count()


def _tell_asked(row: OwnSignature, clock: Clock) -> None:
    record(
        events.OWN_SIGNATURE_ASKED,
        organisation_id=row.organisation_id,
        subject=("document", row.document_id),
        actor=f"member:{row.agent.member_id}",
        data={"signature_id": str(row.id), "agent_id": str(row.agent_id), "digest": row.digest},
        clock=clock,
    )
