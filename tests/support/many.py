"""Many documents and requests at once, written as rows: for tests and benches that ask what a list costs."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.contrib.postgres.search import SearchVector
from django.db.models import Value

from pli.documents.api import Document, folder_of_party, keep_blob, store_bytes
from pli.documents.models import DocumentKind, PageText, Rendition, RenditionRole
from pli.kit.clock import SYSTEM_CLOCK
from pli.parties.api import Party, PartyKind
from pli.signing.api import Ceremony, CeremonyState, Signer, SignerState
from pli.signing.models import CeremonyDocument
from tests.pdf import samples
from tests.support.people import House

_WORDS = [
    *("contrat", "entretien", "chaudière", "bail", "commercial", "facture", "acompte", "devis", "travaux", "toiture"),
    *("avenant", "mission", "annexe", "livraison", "garantie", "résiliation", "loyer", "charges", "assurance"),
    *("chantier", "réception", "réserve", "pénalité", "délai", "indexation"),
]
_STATES = (
    (CeremonyState.IN_PROGRESS, SignerState.INVITED),
    (CeremonyState.COMPLETED, SignerState.SIGNED),
    (CeremonyState.REFUSED, SignerState.REFUSED),
)
_CHUNK = 2000


def make_parties(house: House, count: int) -> list[Party]:
    """Clients without contacts."""
    rows = [
        Party(organisation=house.organisation, kind=PartyKind.CLIENT, code=f"M{n:05}", name=f"Client {n}")
        for n in range(count)
    ]
    return Party.objects.bulk_create(rows, batch_size=_CHUNK)


def make_documents(house: House, count: int, *, parties: list[Party] | None = None) -> list[Document]:
    """Filed, read and published documents of one small PDF, one a minute back in time, each with its words."""
    stored = store_bytes([samples.simple_contract(pages=1)])
    blob = keep_blob(stored, "application/pdf")
    kinds = list(DocumentKind.objects.filter(organisation=house.organisation))
    clients = parties or [house.dupont]
    folders = {client.id: folder_of_party(client) for client in clients}
    dice, now = random.Random(4), SYSTEM_CLOCK.now()  # noqa: S311 - the same rows at each run
    rows = []
    for number in range(count):
        client = clients[number % len(clients)]
        title = f"{' '.join(dice.sample(_WORDS, 3))} {number}"
        rows.append(
            Document(
                organisation=house.organisation, kind=kinds[number % len(kinds)], folder=folders[client.id],
                party=client, title=title, page_count=1, is_published=True, is_read=True, created_by="system:many",
                created_at=now - timedelta(minutes=number),
            )
        )  # fmt: skip
    Document.objects.bulk_create(rows, batch_size=_CHUNK)
    Rendition.objects.bulk_create(_renditions(rows, blob.sha256, now), batch_size=_CHUNK)
    texts = [PageText(document=row, number=1, text=" ".join(dice.choices(_WORDS, k=60))) for row in rows]
    PageText.objects.bulk_create(texts, batch_size=_CHUNK)
    for row, text in zip(rows, texts, strict=True) if count <= _CHUNK else ():
        Document.objects.filter(id=row.id).update(
            search=SearchVector(Value(f"{row.title} {text.text}"), config="pli_french")
        )
    return rows


def _renditions(rows: list[Document], sha256: str, now: datetime) -> Iterator[Rendition]:
    for row in rows:
        yield Rendition(
            document=row, blob_id=sha256, role=RenditionRole.ORIGINAL, file_name="contrat.pdf",
            made_by="system:many", created_at=now,
        )  # fmt: skip


def make_ceremonies(house: House, documents: list[Document]) -> list[Ceremony]:
    """One request a document, of two signers, in each state in turn."""
    now = SYSTEM_CLOCK.now()
    rows, papers, signers = [], [], []
    for number, document in enumerate(documents):
        state, answer = _STATES[number % len(_STATES)]
        sent = now - timedelta(minutes=number)
        ceremony = Ceremony(
            organisation=house.organisation, party=document.party, state=state, title=document.title,
            policy_digest="0" * 64, created_by=house.chloe.reference, sender_name="Chloé Petit",
            sender_email="chloe@mercier.example", created_at=sent, sent_at=sent, expires_at=now + timedelta(days=14),
            ended_at=None if state == CeremonyState.IN_PROGRESS else now,
        )  # fmt: skip
        rows.append(ceremony)
        papers.append(_paper(ceremony, document))
        signers += [_signer(ceremony, position, answer, number) for position in (1, 2)]
    Ceremony.objects.bulk_create(rows, batch_size=_CHUNK)
    CeremonyDocument.objects.bulk_create(papers, batch_size=_CHUNK)
    Signer.objects.bulk_create(signers, batch_size=_CHUNK)
    return rows


def _paper(ceremony: Ceremony, document: Document) -> CeremonyDocument:
    return CeremonyDocument(
        ceremony=ceremony, document=document, position=1, title=document.title, file_name="contrat.pdf", page_count=1,
        page_sizes=[[595, 842]], source_sha256="0" * 64, current_sha256="0" * 64, is_certifiable=True,
        original_sha256="0" * 64,
    )  # fmt: skip


def _signer(ceremony: Ceremony, position: int, state: str, number: int) -> Signer:
    return Signer(
        ceremony=ceremony, position=position, name=f"Signataire {number}", email=f"s{number}@client.example",
        origin="typed", state=state, evidence_number=f"PLI-{ceremony.id.hex[:20]}-{position}",
    )  # fmt: skip
