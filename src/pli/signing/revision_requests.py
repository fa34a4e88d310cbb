"""What each signature of a ceremony is asked to be: key, place, mark, what the signer filled in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal, cast

from pli.documents.api import existing_blob_path
from pli.pdf.api import MarkContent, draw_field, draw_mark
from pli.signing.keys import revocations, seal_of, timestamps_of
from pli.signing.models import Ceremony, CeremonyDocument, Placement, Signer, SignerField
from pli.signing.roles import FieldKind
from pli.trust.api import Fill, SealIdentity, SealRequest

_CLOSING = ("Toutes les personnes demandées ont répondu.", "Everybody who was asked has answered.")
_DRAWN_AS: dict[str, Literal["initials", "check", "number"]] = {
    FieldKind.INITIALS: "initials", FieldKind.CHECKBOX: "check", FieldKind.GIVEN: "number",
}  # fmt: skip


def closing_request(ceremony: Ceremony, paper: CeremonyDocument, *, number: int, at: datetime) -> SealRequest:
    """The organisation's own signature, invisible, that locks a paper whose last signature could not."""
    organisation = ceremony.organisation
    return SealRequest(
        identity=seal_of(organisation),
        timestamps=None if ceremony.level == "B-B" else timestamps_of(organisation),
        level=ceremony.level,  # type: ignore[arg-type]
        field_name=f"Pli_{number}_{paper.id.hex[:12]}",
        signed_at=at,
        signer_name=organisation.name,
        reason=f"{_CLOSING[organisation.language == 'en']} [{ceremony.id}]",
        lock=True,
        revocation=revocations(),
    )


def signer_request(
    ceremony: Ceremony,
    paper: CeremonyDocument,
    signer: Signer,
    *,
    number: int,
    is_last: bool,
    at: datetime,
    consent: str,
    own_key: SealIdentity | None = None,
) -> SealRequest:
    """A person's signature on one paper, as of ``at``: by the organisation's key, or by their ``own_key``."""
    spot = Placement.objects.filter(signer=signer, paper=paper).first()
    organisation = ceremony.organisation
    place = _box(paper, spot) if spot else (0.0, 0.0, 0.0, 0.0)
    fields = list(signer.fields.order_by("position"))
    return SealRequest(
        identity=own_key or seal_of(organisation),
        timestamps=None if ceremony.level == "B-B" else timestamps_of(organisation),
        level=ceremony.level,  # type: ignore[arg-type]
        field_name=f"Pli_{number}_{signer.evidence_number}",
        signed_at=at,
        signer_name=own_key.name if own_key else signer.name,
        reason=f"{consent} [{signer.evidence_number}]",
        location="",
        # Not the signer's own address: the others hold this file too.
        contact=ceremony.sender_email,
        certify=paper.is_certifiable and number == 1,
        lock=is_last,
        mark_pdf=_mark(ceremony, signer, spot, at, fields, own_key) if spot else None,
        page=spot.page if spot else 1,
        box=place,
        revocation=revocations(),
        fills=_fills(paper, fields, at),
    )


def _fills(paper: CeremonyDocument, fields: Sequence[SignerField], at: datetime) -> tuple[Fill, ...]:
    """What the signer filled into fields of this paper."""
    filled = [one for one in fields if one.paper_id == paper.id and one.field_name and one.value]
    return tuple(
        Fill(
            one.field_name,
            one.value,
            draw_field(
                one.value,
                kind=_DRAWN_AS.get(one.kind, "text"),
                width=one.width or 0,
                height=one.height or 0,
                made_at=at,
            ),
        )
        for one in filled
    )


def _box(paper: CeremonyDocument, spot: Placement) -> tuple[float, float, float, float]:
    """From the screen's corner (top left) to the page's (bottom left)."""
    height = float(paper.page_sizes[spot.page - 1][1])
    return (spot.x, height - spot.y - spot.height, spot.x + spot.width, height - spot.y)


def _mark(
    ceremony: Ceremony,
    signer: Signer,
    spot: Placement,
    at: datetime,
    fields: Sequence[SignerField],
    own_key: SealIdentity | None,
) -> bytes:
    image = existing_blob_path(signer.mark_sha256).read_bytes() if signer.mark_sha256 else None
    content = MarkContent(
        kind=cast(Literal["drawn", "typed", "image"], signer.mark_kind),
        image_png=image,
        typed_text=signer.mark_text or None,
        signer_name=signer.name,
        signed_at=at,
        organisation_name=ceremony.organisation.name,
        evidence_number=signer.evidence_number,
        language=signer.language,
        notes=(*_notes(signer, fields), *_key_note(signer, own_key)),
    )
    places = (one for one in fields if one.kind == FieldKind.MARK and one.paper_id == spot.paper_id)
    cover = next((one.cover for one in places if one.cover), None)
    hidden = (float(cover[0]), float(cover[1]), float(cover[2]), float(cover[3])) if cover else None
    return draw_mark(content, width=spot.width, height=spot.height, cover=hidden)


def _notes(signer: Signer, fields: Sequence[SignerField]) -> Iterator[str]:
    """What was typed and has no place of its own: it stands in the mark."""
    for one in fields:
        if one.paper_id is not None or not one.value:
            continue
        if one.kind == FieldKind.PHRASE:
            yield one.value
        elif one.kind == FieldKind.CHECKBOX:
            yield f"☒ {one.label}"
        else:
            yield f"{one.label} : {one.value}" if signer.language == "fr" else f"{one.label}: {one.value}"


def _key_note(signer: Signer, own_key: SealIdentity | None) -> Iterator[str]:
    """The mark says whose certificate signs, where it is not the organisation's."""
    if own_key:
        yield f"Clé personnelle : {own_key.name}" if signer.language == "fr" else f"Own key: {own_key.name}"
