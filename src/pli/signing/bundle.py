"""Everything about a finished request in one archive that proves itself: files, proofs, certificates, timestamps, and a
script that needs nothing but ``openssl`` and ``pdfsig``.

What signers joined is not in it: that is for the sender's eyes; the proofs carry its digests.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO
from uuid import UUID

from django.db.models import QuerySet

from pli.documents.api import existing_blob_path
from pli.kit.errors import NotFound
from pli.parties.api import Actor
from pli.signing.models import Ceremony, EvidenceRecord, SealedRevision
from pli.signing.queries import get_ceremony
from pli.signing.renewals import proved_papers, renewal_files
from pli.signing.seals import roots_pem
from pli.signing.states import CEREMONY

_SCRIPT = Path(__file__).parent / "verifier.sh"
_README = """Ce que contient cette archive / What this archive holds

documents/    les fichiers signés, tels que scellés / the signed files, exactly as sealed
annexes/      ce qui a été lu et non signé / what was read and not signed
preuves/      un fichier de preuve par personne, en PDF scellé et en JSON / one evidence record a person
certificats/  l'autorité et la chaîne du cachet, les clés personnelles / the authority and the seal's chain, own keys
horodatages/  les jetons RFC 3161, un par signature / the timestamp tokens, one a signature
renouvellements/  ce qui date de nouveau les preuves / later timestamps over the proofs
empreintes.sha256  l'empreinte de chaque fichier / the digest of each file

Pour tout vérifier sans Pli / To verify all of it without Pli:   sh verifier.sh
"""


def proof_archive(actor: Actor, ceremony_id: UUID) -> tuple[IO[bytes], str]:
    """The archive of a request that has ended, open for reading, and its name.

    :raises NotFound: for a request the actor does not see, or one that has no proof yet.
    """
    ceremony = get_ceremony(actor, ceremony_id)
    if ceremony.state not in CEREMONY.final or not EvidenceRecord.objects.filter(signer__ceremony=ceremony).exists():
        raise NotFound
    return _packed(_parts(ceremony)), f"preuve {_plain(ceremony.title)}.zip"


def statements_archive(labels: Sequence[str]) -> IO[bytes]:
    """The archive of statements that another room made and signing keeps proving, open for reading.

    :raises NotFound: when none is kept under these labels.
    """
    proofs = EvidenceRecord.objects.filter(number__in=list(labels), signer=None).order_by("made_at")
    if not proofs:
        raise NotFound
    return _packed(_statement_parts(proofs))


def _packed(parts: Iterable[tuple[str, Path | bytes]]) -> IO[bytes]:
    # No name but the temporary file's own, gone once it is closed.
    archive = tempfile.TemporaryFile(prefix="pli-proof-")  # noqa: SIM115 - the caller reads it
    digests = []
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, source in parts:
            content = source.read_bytes() if isinstance(source, Path) else source
            packed.writestr(name, content)
            digests.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
        packed.writestr("empreintes.sha256", "".join(digests))
        packed.writestr("verifier.sh", _SCRIPT.read_bytes())
        packed.writestr("LISEZ-MOI.txt", _README)
    archive.seek(0)
    return archive


def _statement_parts(proofs: QuerySet[EvidenceRecord]) -> Iterator[tuple[str, Path | bytes]]:
    for one in proofs:
        yield f"preuves/{one.number}.pdf", existing_blob_path(one.pdf_sha256)
        yield f"preuves/{one.number}.json", existing_blob_path(one.json_sha256)
    yield "certificats/autorite.pem", roots_pem()
    yield from renewal_files(proofs)


def _parts(ceremony: Ceremony) -> Iterator[tuple[str, Path | bytes]]:
    for paper in proved_papers(ceremony.id):
        folder = "annexes" if paper.is_annex else "documents"
        yield f"{folder}/{paper.position:02} {_plain(paper.title)}.pdf", existing_blob_path(paper.current_sha256)
    chain: dict[str, bytes] = {}
    own: dict[str, bytes] = {}
    for record in EvidenceRecord.objects.filter(signer__ceremony=ceremony).order_by("signer__position"):
        text = existing_blob_path(record.json_sha256).read_bytes()
        yield f"preuves/{record.number}.pdf", existing_blob_path(record.pdf_sha256)
        yield f"preuves/{record.number}.json", text
        told = json.loads(text)
        for keys, certificates in ((chain, told.get("certificates")), (own, told.get("own_key"))):
            for one in (certificates or {}).get("chain", ()):
                keys[str(one["der"])] = base64.b64decode(one["der"])
    yield "certificats/autorite.pem", roots_pem()
    yield "certificats/cachet.pem", b"".join(_pem(der) for der in chain.values())
    if own:
        yield "certificats/cles-personnelles.pem", b"".join(_pem(der) for der in own.values())
    revisions = SealedRevision.objects.filter(paper__ceremony=ceremony).select_related("paper")
    for revision in revisions.order_by("paper__position", "number"):
        token = base64.b64decode(str(revision.facts.get("timestamp_token") or ""))
        if token:
            yield f"horodatages/{revision.paper.position:02} signature {revision.number}.tst", token
    yield from renewal_files(EvidenceRecord.objects.filter(signer__ceremony=ceremony))


def _pem(der: bytes) -> bytes:
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n"


def _plain(title: str) -> str:
    """A title as part of a file's name: letters, digits, spaces and a few marks, whoever wrote it."""
    return " ".join(re.sub(r"[^\w .,()'’-]+", " ", title).split()).strip(" .-")[:80] or "document"
