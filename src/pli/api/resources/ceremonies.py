"""Requests for signature: sent, followed, withdrawn; signed files and proofs. Links and codes appear nowhere."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.conf import settings
from django.http import FileResponse
from django.http.response import HttpResponseBase
from ninja import Query, Router, Schema, Status
from pydantic import Field, StringConstraints

from pli.api.errors import NotCompletedYet
from pli.api.resources.ceremony_requests import CeremonyIn, read_signer
from pli.api.resources.documents import FILE
from pli.api.resources.files import send_blob
from pli.api.schema import After, Limit, Line, Page, Strict, read_instant_key
from pli.api.security import ApiRequest, needs
from pli.documents.api import Blob
from pli.kit.errors import NotFound
from pli.parties.api import get_member
from pli.signing.api import (
    Ceremony,
    CeremonyDocument,
    CeremonyRequest,
    CeremonyState,
    EvidenceRecord,
    Signer,
    get_ceremony,
    list_ceremonies,
    open_in_person,
    preferred_level,
    proof_archive,
    reinvite_signer,
    send_ceremony,
    signers_of,
    stands_for,
    withdraw_ceremony,
)

router = Router(tags=["ceremonies"])
State = Literal["IN_PROGRESS", "SEALING", "SEAL_FAILED", "COMPLETED", "REFUSED", "EXPIRED", "WITHDRAWN"]


class OwnKeyOut(Schema):
    subject: str = Field(description="the certificate’s name")
    workstation: str = Field(alias="name")
    not_after: datetime | None


class SignerOut(Schema):
    id: UUID
    position: int
    role: Literal["SIGNER", "APPROVER"]
    step: int
    name: str
    email: str
    mobile: str
    language: str
    code_channel: str
    state: Literal["WAITING", "INVITED", "OPENED", "VERIFIED", "SIGNED", "REFUSED", "DELEGATED", "CLOSED"]
    evidence_number: str
    invited_at: datetime | None
    opened_at: datetime | None
    answered_at: datetime | None
    refusal_reason: str
    is_in_person: bool = Field(description="waited for beside the sender; false once a link was sent instead")
    in_person_until: datetime | None = Field(description="the link lives on one lent device until then")
    needs_own_key: bool = Field(description="may sign with a key of their own only")
    stands_for: str = Field(description="evidence number of who named them in their place; empty for nobody")

    own_key: OwnKeyOut | None = Field(
        alias="key_agent", description="the key of their own that signed; null for the organisation’s seal"
    )

    @staticmethod
    def resolve_stands_for(signer: Signer) -> str:
        return stands_for(signer)


class InPersonOut(Schema):
    url: str = Field(description="to open on the device lent to the signer: it serves once, and moves nowhere else")
    until: datetime


class PaperOut(Schema):
    document_id: UUID
    title: str
    page_count: int
    is_annex: bool
    sha256: str = Field(alias="current_sha256", description="digest of the file as it now stands")


class CopyOut(Schema):
    name: str
    email: str


class CeremonyOut(Schema):
    id: UUID
    state: State
    title: str
    party_id: UUID | None
    level: str
    is_in_order: bool
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class CeremonyWhole(CeremonyOut):
    message: str
    sender_name: str
    withdrawal_reason: str
    failure_code: str
    on_refusal: str
    may_delegate: bool
    papers: list[PaperOut]
    signers: list[SignerOut]
    copies: list[CopyOut]


class CeremonyQuery(Schema):
    state: State | Literal["OPEN"] | None = Field(None, description="OPEN: whatever has not ended")
    q: Line = Field("", description="words of the title or of a signer")
    document_id: UUID | None = None
    after: After = ""
    limit: Limit = 50


class ReasonIn(Strict):
    reason: Annotated[str, StringConstraints(max_length=500)] = Field("", description="told to those invited")


class ResendIn(Strict):
    email: Line = Field("", description="a corrected address, if any")
    mobile: Annotated[str, StringConstraints(max_length=16)] = Field("", description="a corrected number, if any")


class FileOut(Schema):
    document_id: UUID
    file_name: str
    size: int
    sha256: str
    url: str


class FileList(Schema):
    items: list[FileOut]


class EvidenceOut(Schema):
    number: str
    signer_id: UUID
    made_at: datetime
    keep_until: date
    pdf_sha256: str
    json_sha256: str
    pdf_url: str
    json_url: str


class EvidenceList(Schema):
    items: list[EvidenceOut]


@router.post("/ceremonies", response={201: CeremonyWhole}, summary="Ask for signatures", **needs("ceremonies:write"))
def create(request: ApiRequest, body: CeremonyIn) -> Any:
    """Fixes the bytes to sign and invites the first signer (or all of them). The sender is the token's member. Each
    signer gets their own link by e-mail; nobody else ever sees it, and the API never shows it."""
    actor = request.auth.actor
    member = get_member(actor, actor.member_id)
    ceremony = send_ceremony(
        actor,
        CeremonyRequest(
            document_ids=tuple(dict.fromkeys(body.document_ids)),
            annex_ids=tuple(dict.fromkeys(body.annex_ids)),
            on_refusal=body.on_refusal,
            may_delegate=body.may_delegate,
            signers=tuple(read_signer(actor, signer) for signer in body.signers),
            deadline=body.deadline,
            sender_name=member.account.name or member.organisation.name,
            sender_email=member.account.email,
            title=body.title,
            message=body.message,
            is_in_order=body.is_in_order,
            level=body.level or preferred_level(member.organisation),
        ),
    )
    return Status(201, _whole(ceremony))


@router.get(
    "/ceremonies", response=Page[CeremonyOut], summary="List requests for signature", **needs("ceremonies:read")
)
def list_all(request: ApiRequest, wanted: Query[CeremonyQuery]) -> Any:
    """The newest first, among those whose every document the token's member may read."""
    found = list_ceremonies(
        request.auth.actor,
        state=wanted.state or "",
        text=wanted.q,
        document_id=wanted.document_id,
        key=read_instant_key(wanted.after),
        size=wanted.limit,
    )
    return {"items": found.items, "next": found.next_key or None}


@router.get("/ceremonies/{ceremony_id}", response=CeremonyWhole, summary="Follow a request", **needs("ceremonies:read"))
def read(request: ApiRequest, ceremony_id: UUID) -> Any:
    """Its state and where each signer stands."""
    return _whole(get_ceremony(request.auth.actor, ceremony_id))


@router.post(
    "/ceremonies/{ceremony_id}/withdraw",
    response=CeremonyWhole,
    summary="Withdraw a request",
    **needs("ceremonies:write"),
)
def withdraw(request: ApiRequest, ceremony_id: UUID, body: ReasonIn) -> Any:
    """The links die; those already invited are told, with the reason. 409 when it has already ended."""
    ceremony = get_ceremony(request.auth.actor, ceremony_id)
    return _whole(withdraw_ceremony(request.auth.actor, ceremony.id, body.reason))


@router.post(
    "/ceremonies/{ceremony_id}/signers/{signer_id}/resend",
    response=SignerOut,
    summary="Send a signer a new link",
    **needs("ceremonies:write"),
)
def resend(request: ApiRequest, ceremony_id: UUID, signer_id: UUID, body: ResendIn) -> Any:
    """To the same address, or to a corrected one; the former link and its codes are void."""
    ceremony = get_ceremony(request.auth.actor, ceremony_id)
    if not ceremony.signers.filter(id=signer_id).exists():
        raise NotFound
    return reinvite_signer(request.auth.actor, signer_id, email=body.email, mobile=body.mobile)


@router.post(
    "/ceremonies/{ceremony_id}/signers/{signer_id}/in-person",
    response=InPersonOut,
    summary="Let a signer sign beside you",
    **needs("ceremonies:write"),
)
def in_person(request: ApiRequest, ceremony_id: UUID, signer_id: UUID) -> Any:
    """An address for a device lent to the signer, for half an hour; the first device that opens it keeps it. The code
    still goes to the signer's own mailbox or phone. The link they had is void; they get a new one if time passes."""
    ceremony = get_ceremony(request.auth.actor, ceremony_id)
    if not ceremony.signers.filter(id=signer_id).exists():
        raise NotFound
    token, secret = open_in_person(request.auth.actor, signer_id)
    until = ceremony.signers.get(id=signer_id).in_person_until
    return {"url": f"{settings.PLI_BASE_URL}/s/{token}/here/{secret}", "until": until}


@router.get(
    "/ceremonies/{ceremony_id}/files", response=FileList, summary="List the signed files", **needs("ceremonies:read")
)
def files(request: ApiRequest, ceremony_id: UUID) -> Any:
    """The final PDFs. 409 until the request is COMPLETED."""
    ceremony = get_ceremony(request.auth.actor, ceremony_id)
    return {"items": [_file(ceremony, paper) for paper in _final_papers(ceremony)]}


@router.get(
    "/ceremonies/{ceremony_id}/files/{document_id}",
    summary="Download a signed file",
    **needs("ceremonies:read", **FILE),
)
def download(request: ApiRequest, ceremony_id: UUID, document_id: UUID) -> HttpResponseBase:
    """The final PDF of one document, exactly as sealed. 409 until the request is COMPLETED."""
    ceremony = get_ceremony(request.auth.actor, ceremony_id)
    paper = next((item for item in _final_papers(ceremony) if item.document_id == document_id), None)
    if paper is None:
        raise NotFound
    return send_blob(paper.current_sha256, file_name=_signed_name(paper), media_type="application/pdf")


@router.get(
    "/ceremonies/{ceremony_id}/evidence", response=EvidenceList, summary="List the proofs", **needs("ceremonies:read")
)
def evidence(request: ApiRequest, ceremony_id: UUID) -> Any:
    """One evidence record per signer who answered, as a sealed PDF and as JSON."""
    ceremony = get_ceremony(request.auth.actor, ceremony_id)
    return {"items": [_proof(ceremony, record) for record in _records(ceremony)]}


@router.get(
    "/ceremonies/{ceremony_id}/evidence/{number}", summary="Download a proof", **needs("ceremonies:read", **FILE)
)
def download_evidence(
    request: ApiRequest, ceremony_id: UUID, number: str, format: Literal["pdf", "json"] = "pdf"
) -> HttpResponseBase:
    """The sealed PDF, or with `format=json` the machine-readable record."""
    ceremony = get_ceremony(request.auth.actor, ceremony_id)
    record = next((item for item in _records(ceremony) if item.number == number.upper()), None)
    if record is None:
        raise NotFound
    sha256, media_type = (
        (record.pdf_sha256, "application/pdf") if format == "pdf" else (record.json_sha256, "application/json")
    )
    return send_blob(sha256, file_name=f"preuve {record.number}.{format}", media_type=media_type)


@router.get(
    "/ceremonies/{ceremony_id}/proof.zip", summary="Download the whole proof", **needs("ceremonies:read", **FILE)
)
def download_archive(request: ApiRequest, ceremony_id: UUID) -> HttpResponseBase:
    """Signed files, evidence records, certificates, timestamps and a script that verifies them with `openssl` and
    `pdfsig` alone. 404 until the request has ended with a proof."""
    packed, name = proof_archive(request.auth.actor, ceremony_id)
    return FileResponse(packed, as_attachment=True, filename=name, content_type="application/zip")


def _whole(ceremony: Ceremony) -> dict[str, Any]:
    signers: list[Signer] = signers_of(ceremony)
    return {
        **CeremonyOut.from_orm(ceremony).model_dump(),
        "message": ceremony.message,
        "sender_name": ceremony.sender_name,
        "withdrawal_reason": ceremony.withdrawal_reason,
        "failure_code": ceremony.failure_code,
        "on_refusal": ceremony.on_refusal,
        "may_delegate": ceremony.may_delegate,
        "copies": list(ceremony.copies.order_by("position")),
        "papers": list(ceremony.papers.order_by("position")),
        "signers": signers,
    }


def _final_papers(ceremony: Ceremony) -> list[CeremonyDocument]:
    if ceremony.state != CeremonyState.COMPLETED:
        raise NotCompletedYet
    return list(ceremony.papers.filter(is_annex=False).order_by("position"))


def _signed_name(paper: CeremonyDocument) -> str:
    return f"{paper.file_name.removesuffix('.pdf')} signé.pdf"


def _file(ceremony: Ceremony, paper: CeremonyDocument) -> dict[str, Any]:
    return {
        "document_id": paper.document_id,
        "file_name": _signed_name(paper),
        "size": Blob.objects.get(sha256=paper.current_sha256).size,
        "sha256": paper.current_sha256,
        "url": f"/api/v1/ceremonies/{ceremony.id}/files/{paper.document_id}",
    }


def _records(ceremony: Ceremony) -> list[EvidenceRecord]:
    return list(EvidenceRecord.objects.filter(signer__ceremony=ceremony).order_by("signer__position"))


def _proof(ceremony: Ceremony, record: EvidenceRecord) -> dict[str, Any]:
    url = f"/api/v1/ceremonies/{ceremony.id}/evidence/{record.number}"
    return {
        "number": record.number,
        "signer_id": record.signer_id,
        "made_at": record.made_at,
        "keep_until": record.keep_until,
        "pdf_sha256": record.pdf_sha256,
        "json_sha256": record.json_sha256,
        "pdf_url": url,
        "json_url": f"{url}?format=json",
    }
