"""What a signer looked at: each page once, each download."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.signing.door import SignerSession
from pli.signing.models import Signer, Trace
from pli.signing.traces import NOBODY, Visitor, trace


@transaction.atomic
def note_page(
    session: SignerSession, paper_id: UUID, page: int, *, visitor: Visitor = NOBODY, clock: Clock = SYSTEM_CLOCK
) -> None:
    """The signer was shown a page; the first time is kept."""
    signer = Signer.objects.get(id=session.signer_id)
    detail = {"paper_id": str(paper_id), "page": page}
    if not Trace.objects.filter(signer=signer, what="page_shown", detail=detail).exists():
        trace(signer, "page_shown", detail, visitor=visitor, clock=clock)


def note_download(signer: Signer, what: str, *, visitor: Visitor = NOBODY, clock: Clock = SYSTEM_CLOCK) -> None:
    """The signer downloaded a file; each time is kept."""
    trace(signer, "downloaded", {"what": what}, visitor=visitor, clock=clock)
