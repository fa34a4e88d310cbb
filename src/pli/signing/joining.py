"""Papers of their own that a signer is asked for: kept as they came, hashed, seen by the sender alone."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.db import transaction

from pli.documents.api import clean_title, keep_blob, store_file
from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import NotAllowed, NotFound, PliError
from pli.parties.api import StaffActor
from pli.pdf.api import clean_signature_image, inspect_pdf
from pli.signing.codes import is_code_proved
from pli.signing.door import SignerSession, lock_session, require_open
from pli.signing.errors import AskedFileMissing, AskedFileRefused, DeviceUnknown
from pli.signing.models import AskedFile, Signer
from pli.signing.queries import get_ceremony
from pli.signing.traces import NOBODY, Visitor, trace

HEAVIEST = 10 * 1024 * 1024
_HEADS = {b"%PDF-": "application/pdf", b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


def join_file(
    session: SignerSession,
    asked_id: UUID,
    path: Path,
    file_name: str,
    *,
    visitor: Visitor = NOBODY,
    clock: Clock = SYSTEM_CLOCK,
) -> AskedFile:
    """Keep the file a signer gives for one of the papers they are asked; a former one is replaced.

    It is read in the sandbox to see that it is what it says, and kept as it came.

    :raises AskedFileRefused: too heavy, or neither a PDF nor a picture.
    :raises NotFound: it was not asked of this signer; :raises DeviceUnknown: the code was not typed here.
    :raises CeremonyEnded, NotYourTurn, LinkUnknown: as the door says.
    """
    media_type = _media_type(path)
    stored = store_file(path)
    with transaction.atomic():
        signer, ceremony = lock_session(session)
        require_open(signer, ceremony, clock)
        if not is_code_proved(signer, clock=clock):
            raise DeviceUnknown
        asked = AskedFile.objects.select_for_update().filter(id=asked_id, signer=signer).first()
        if asked is None:
            raise NotFound
        keep_blob(stored, media_type)
        asked.file_name = clean_title(file_name)[:200]
        asked.media_type, asked.sha256, asked.size = media_type, stored.sha256, stored.size
        asked.given_at = clock.now()
        asked.save()
        trace(signer, "file_joined", {"label": asked.label, "sha256": stored.sha256}, visitor=visitor, clock=clock)
    return asked


def _media_type(path: Path) -> str:
    if path.stat().st_size > HEAVIEST:
        raise AskedFileRefused(reason="il pèse plus de 10 Mo")
    with path.open("rb") as stream:
        head = stream.read(16)
    found = next((media for start, media in _HEADS.items() if head.startswith(start)), "")
    try:
        if found == "application/pdf":
            inspect_pdf(path)
        elif found:
            _look_at_picture(path)
    except PliError as error:
        raise AskedFileRefused(reason="il ne se laisse pas lire") from error
    if not found:
        raise AskedFileRefused(reason="ce n’est ni un PDF ni une image PNG ou JPEG")
    return found


def _look_at_picture(path: Path) -> None:
    """Read it in the sandbox; pictures past what a signature may weigh are only told by their first bytes."""
    content = path.read_bytes()
    if len(content) <= 5 * 1024 * 1024:
        clean_signature_image(content)


def require_files(signer: Signer) -> None:
    """:raises AskedFileMissing: when something the signer must join is not there."""
    missing = signer.asked_files.filter(is_required=True, sha256="").order_by("position").first()
    if missing:
        raise AskedFileMissing(label=missing.label)


def given_digests(signer: Signer) -> list[str]:
    """The SHA-256 of what the signer joined."""
    return list(signer.asked_files.exclude(sha256="").order_by("position").values_list("sha256", flat=True))


def joined_file(actor: StaffActor, ceremony_id: UUID, asked_id: UUID) -> AskedFile:
    """What a signer joined, for the member who sent the request and nobody else of the team.

    :raises NotFound: there is no such file; :raises NotAllowed: somebody else asks.
    """
    ceremony = get_ceremony(actor, ceremony_id)
    asked = AskedFile.objects.filter(id=asked_id, signer__ceremony=ceremony).exclude(sha256="").first()
    if asked is None:
        raise NotFound
    if ceremony.created_by != actor.reference:
        raise NotAllowed
    return asked
