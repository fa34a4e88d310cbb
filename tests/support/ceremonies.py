"""A request for signature in a few lines: papers filed, people asked, links and codes read from the local outbox."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from PIL import Image, ImageDraw

from pli.documents.api import Document, create_document, store_bytes
from pli.kit.clock import SYSTEM_CLOCK, Clock, paris_day
from pli.notifications.api import local_outbox
from pli.signing.api import (
    Answer,
    Ceremony,
    CeremonyRequest,
    Signer,
    SignerRequest,
    SignerSession,
    Spot,
    awaited_channel,
    check_code,
    enter,
    open_link,
    papers_digest,
    papers_shown,
    send_ceremony,
    send_code,
    sign,
)
from tests.pdf import samples
from tests.support.people import House

JULIE = SignerRequest("Julie Martin", "julie@client.example")
PAUL = SignerRequest("Paul Durand", "paul@client.example", mobile="+33612345678")


def file_contract(house: House, content: bytes | None = None, *, title: str = "Contrat d’entretien") -> Document:
    """A contract of three pages, filed at the client's."""
    pdf = content if content is not None else samples.simple_contract(pages=3)
    stored = store_bytes([pdf])
    return create_document(
        house.chloe,
        kind_slug="contract",
        stored=stored,
        file_name="contrat.pdf",
        title=title,
        party_id=house.dupont.id,
        page_count=3,
    )


def file_quote(house: House, *, title: str = "Devis 2026-041", facts: dict[str, str] | None = None) -> Document:
    """A quote filed at the client's."""
    return create_document(
        house.chloe, kind_slug="quote", stored=store_bytes([samples.simple_contract(pages=2)]), file_name="devis.pdf",
        title=title, party_id=house.dupont.id, page_count=2, facts=facts,
    )  # fmt: skip


def ask(
    house: House,
    *people: SignerRequest,
    documents: Sequence[Document] = (),
    is_in_order: bool = True,
    level: str = "B-T",
    clock: Clock = SYSTEM_CLOCK,
    days: int = 14,
    **others: Any,
) -> Ceremony:
    """Send a request to ``people`` (Julie when nobody is named)."""
    papers = documents or [file_contract(house)]
    request = CeremonyRequest(
        document_ids=tuple(document.id for document in papers),
        signers=people or (JULIE,),
        deadline=paris_day(clock.now()) + timedelta(days=days),
        sender_name="Chloé Petit",
        sender_email="chloe@mercier.example",
        message="Merci de signer avant la fin du mois.",
        is_in_order=is_in_order,
        level=level,
        **others,
    )
    return send_ceremony(house.chloe, request, clock=clock)


def last_link(house: House, email: str) -> str:
    """The token of the last link sent to an address."""
    for message in local_outbox(house.alice):
        found = re.search(r"/s/([A-Za-z0-9_-]{43})", message.text)
        if message.to == email and found:
            return found.group(1)
    raise AssertionError(f"no link for {email}")


def last_code(house: House, address: str) -> str:
    """The last code sent to an address or a mobile."""
    for message in local_outbox(house.alice):
        found = re.search(r"\b(\d{6})\b", message.text)
        if message.to == address and found and "/s/" not in message.text:
            return found.group(1)
    raise AssertionError(f"no code for {address}")


def drawn_signature() -> bytes:
    """A PNG with a few strokes of ink."""
    image = Image.new("RGB", (400, 160), "white")
    pen = ImageDraw.Draw(image)
    pen.line([(20, 120), (80, 30), (130, 130), (200, 50), (260, 110), (380, 70)], fill="#14213d", width=6)
    written = io.BytesIO()
    image.save(written, "PNG")
    return written.getvalue()


def answer_of(signer: Signer, *, page: int = 1, x: float = 300, y: float = 650, typed: str = "") -> Answer:
    """A complete answer: consent, a mark, one place on the first paper."""
    paper = papers_shown(signer)[0][0]
    return Answer(
        has_consented=True,
        papers_digest=papers_digest(signer),
        mark_kind="typed" if typed else "drawn",
        mark_text=typed,
        mark_image=b"" if typed else drawn_signature(),
        spots={paper.id: Spot(page, x, y, 170, 68)},
    )


def reach(
    house: House,
    email: str,
    run_jobs: object,
    *,
    clock: Clock = SYSTEM_CLOCK,
    keep_device: Callable[[str], object] = lambda device: None,
) -> SignerSession:
    """Open the last link of an address and type the code: ready to sign. The device token goes to ``keep_device``."""
    run_jobs()  # type: ignore[operator]
    token = last_link(house, email)
    signer, device = open_link(token, clock=clock)
    keep_device(device)
    session = enter(token, device)
    for _ in range(2 if signer.code_channel == "BOTH" else 1):
        by_sms = awaited_channel(signer, clock=clock) == "SMS"
        send_code(session, clock=clock)
        run_jobs()  # type: ignore[operator]
        check_code(session, last_code(house, signer.mobile if by_sms else email), clock=clock)
        signer.refresh_from_db()
    return session


def sign_as(
    house: House,
    email: str,
    run_jobs: object,
    *,
    clock: Clock = SYSTEM_CLOCK,
    keep_device: Callable[[str], object] = lambda device: None,
) -> UUID:
    """The whole way of one signer, to the signature."""
    session = reach(house, email, run_jobs, clock=clock, keep_device=keep_device)
    signer = Signer.objects.get(id=session.signer_id)
    sign(session, answer_of(signer), clock=clock)
    return signer.id
