"""The order of rooms: each arrow is one handler of one event, idempotent, never backwards."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings

from pli.archive.api import archive_document
from pli.capture.api import CAPTURE_FILED, CAPTURE_PASSED, Capture, actor_of, wishes_of
from pli.delivery.api import Parcel, deliver_by_email, deliver_by_portal, settle_delivery
from pli.documents.api import Document, RenditionRole, StoredBytes, read_later, renditions_for
from pli.journal.api import Event, subscribe
from pli.notifications.api import MESSAGE_CANCELLED, MESSAGE_FAILED, MESSAGE_SENT, AttachmentRef, Recipient
from pli.parties.api import SystemActor
from pli.processing.api import ArrivedFile, start_run
from pli.signing.api import ANSWERED_STATES, CEREMONY_COMPLETED, Ceremony, Signer, SignerState


@subscribe(CAPTURE_FILED, "journey.read-document")
def read_after_filing(event: Event) -> None:
    """A filed document has its text read."""
    read_later(UUID(event.data["document_id"]))


@subscribe(CAPTURE_PASSED, "journey.start-run")
def process_after_passing(event: Event) -> None:
    """A capture that a recipe awaits starts its run, once."""
    capture = Capture.objects.select_related("blob", "prepared").get(id=event.subject_id)
    wishes, blob = wishes_of(capture), capture.prepared or capture.blob
    job = capture.print_jobs.select_related("queue").first()
    arrived = ArrivedFile(
        origin=f"capture:{capture.id}",
        stored=StoredBytes(blob.sha256, blob.size),
        file_name=capture.file_name,
        page_count=capture.page_count,
        channel=capture.channel,
        queue=job.queue.name if job else "",
        party_id=wishes.party_id,
        folder_id=wishes.folder_id,
        title=wishes.title,
        facts=wishes.facts,
    )
    start_run(actor_of(capture), arrived, recipe_id=UUID(event.data["recipe_id"]))


@subscribe(CEREMONY_COMPLETED, "journey.archive-signed")
def archive_after_signing(event: Event) -> None:
    """A signed document is taken into the archive."""
    for paper in event.data["papers"]:
        archive_document(UUID(paper["document_id"]))


@subscribe(CEREMONY_COMPLETED, "journey.publish-signed")
def publish_after_signing(event: Event) -> None:
    """The client finds the signed document in their portal."""
    actor = SystemActor(event.organisation_id, "journey")
    for paper in event.data["papers"]:
        document = Document.objects.select_related("party", "kind").get(id=paper["document_id"])
        if not document.kind.is_shown_in_portal:
            continue
        deliver_by_portal(actor, Parcel(document, (), f"{event.subject_id}:{document.id}"))


@subscribe(CEREMONY_COMPLETED, "journey.send-signed")
def send_after_signing(event: Event) -> None:
    """Both parties get the signed files and the proof: each signer their own, the sender everybody's, a copy none.

    Whoever refused or named somebody else is sent no file: it is not theirs.
    """
    ceremony = Ceremony.objects.select_related("organisation").get(id=event.subject_id)
    actor = SystemActor(event.organisation_id, "journey")
    papers = [Document.objects.get(id=paper["document_id"]) for paper in event.data["papers"]]
    signed = [file for document in papers for file in _files(actor, document, RenditionRole.SIGNED)]
    for signer in ceremony.signers.filter(state=SignerState.SIGNED).order_by("position"):
        files = (*signed, *_proofs(actor, papers[0], [signer]))
        to = Recipient(signer.name, signer.email, signer.language)
        link = f"{settings.PLI_BASE_URL}/verify/{signer.evidence_number}"
        _send(actor, ceremony, papers[0], files, to, signer.evidence_number, link)
    for copy in ceremony.copies.order_by("position"):
        to = Recipient(copy.name, copy.email, copy.language)
        link = f"{settings.PLI_BASE_URL}/verify"
        _send(actor, ceremony, papers[0], tuple(signed), to, "", link, template="signature.copy")
    everybody = list(ceremony.signers.filter(state__in=ANSWERED_STATES).order_by("position"))
    numbers = ", ".join(signer.evidence_number for signer in everybody)
    sender = Recipient(ceremony.sender_name, ceremony.sender_email, ceremony.organisation.language)
    link = f"{settings.PLI_BASE_URL}/office/signatures/{ceremony.id}/"
    _send(actor, ceremony, papers[0], (*signed, *_proofs(actor, papers[0], everybody)), sender, numbers, link)


@subscribe(MESSAGE_SENT, "journey.settle-sent")
def settle_after_sending(event: Event) -> None:
    """A delivery by e-mail is made when the gateway has taken its message."""
    if event.subject_type == "delivery":
        settle_delivery(event.subject_id, "deliver")


@subscribe(MESSAGE_FAILED, "journey.settle-failed")
def settle_after_failure(event: Event) -> None:
    """A delivery by e-mail has failed when its message will not be tried again."""
    if event.subject_type == "delivery":
        settle_delivery(event.subject_id, "fail", cause=str((event.personal or {}).get("reason", "")))


@subscribe(MESSAGE_CANCELLED, "journey.settle-cancelled")
def settle_after_cancelling(event: Event) -> None:
    """A delivery by e-mail has failed when somebody withdrew its message."""
    if event.subject_type == "delivery":
        settle_delivery(event.subject_id, "fail", cause="le message a été annulé avant son départ")


def _files(actor: SystemActor, document: Document, role: RenditionRole) -> list[AttachmentRef]:
    rows = [row for row in renditions_for(actor, document.id) if row.role == role][-1:]
    return [AttachmentRef(row.blob_id, row.file_name, row.blob.media_type, row.blob.size) for row in rows]


def _proofs(actor: SystemActor, document: Document, signers: list[Signer]) -> list[AttachmentRef]:
    """The proofs of these signers and of nobody else."""
    wanted = {signer.evidence.pdf_sha256 for signer in signers}
    return [
        AttachmentRef(row.blob_id, row.file_name, row.blob.media_type, row.blob.size)
        for row in renditions_for(actor, document.id)
        if row.role == RenditionRole.EVIDENCE and row.blob_id in wanted
    ]


def _send(
    actor: SystemActor,
    ceremony: Ceremony,
    document: Document,
    files: tuple[AttachmentRef, ...],
    to: Recipient,
    numbers: str,
    link: str,
    template: str = "signature.completed",
) -> None:
    deliver_by_email(
        actor,
        Parcel(document, files, f"{ceremony.id}:{to.address}:{numbers}"),
        to,
        template=template,
        fields={
            "document": ceremony.title,
            "société": ceremony.organisation.name,
            "expéditeur": ceremony.sender_name,
            "signataire": to.name,
            "numéro_preuve": numbers,
            "lien": link,
        },
    )
