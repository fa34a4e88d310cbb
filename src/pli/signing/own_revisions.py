"""What a workstation signed goes into its file: the same request, made again from its row, and the value."""

from __future__ import annotations

import tempfile
from pathlib import Path

from cryptography import x509

from pli.documents.api import StoredBytes, existing_blob_path, store_file
from pli.parties.api import Organisation
from pli.signing.keys import revocations, timestamps_of
from pli.signing.models import CeremonyDocument, Signer
from pli.signing.own_key_models import KeyAgent, OwnSignature, OwnSignatureState
from pli.signing.revisions import NewRevision
from pli.trust.api import (
    AwaitedSignature,
    SealIdentity,
    SealRequest,
    UnableToSeal,
    check_lasting,
    end_revision,
    outside_identity,
)
from pli.trust.api import SealedRevision as SealFacts


def certificates_of(agent: KeyAgent) -> list[x509.Certificate]:
    """The certificate of a workstation's key, then its issuers."""
    return x509.load_pem_x509_certificates(agent.certificates.encode())


def identity_of(agent: KeyAgent) -> SealIdentity:
    """Whose key a workstation reaches; the key itself is out of reach."""
    return outside_identity(certificates_of(agent))


def check_own_key(agent: KeyAgent, level: str) -> None:
    """Before anybody is asked for a PIN: that the level can be reached with this key's certificates.

    :raises UnableToSeal: revoked, or nobody answers for it now.
    """
    if level in ("B-LT", "B-LTA"):
        check_lasting(identity_of(agent), revocations())


def request_of(row: OwnSignature) -> SealRequest:
    """The same whenever it is made for the same row: what was signed must be found again."""
    organisation = Organisation.objects.get(id=row.organisation_id)
    identity = identity_of(row.agent)
    return SealRequest(
        identity=identity,
        timestamps=None if row.level == "B-B" else timestamps_of(organisation),
        level=row.level,  # type: ignore[arg-type]
        field_name=row.field_name or f"Cle_{row.id.hex}",
        signed_at=row.asked_at,
        signer_name=identity.name,
        reason=row.reason,
        revocation=revocations(),
    )


def put_in_value(row: OwnSignature) -> tuple[StoredBytes, SealFacts]:
    """The file that waited, with the value the workstation gave and what the level asks.

    :raises PlugError: the timestamp service failed; :raises UnableToSeal: it cannot be put in, for now or for good.
    """
    awaited = AwaitedSignature(row.start, row.end, row.digest, bytes(row.to_sign))
    with tempfile.TemporaryDirectory(prefix="pli-own-") as folder:
        target = Path(folder) / "signed.pdf"
        waiting = existing_blob_path(row.waiting_sha256)
        facts = end_revision(waiting, target, request_of(row), awaited, bytes(row.value))
        return store_file(target), facts


def put_in_own_key(paper: CeremonyDocument, signer: Signer) -> NewRevision:
    """The next version of ``paper``, with what the signer's workstation signed.

    :raises PlugError, UnableToSeal: as :func:`put_in_value`.
    """
    row = OwnSignature.objects.select_related("agent").get(signer=signer, paper=paper, state=OwnSignatureState.GIVEN)
    if row.source_sha256 != paper.current_sha256:
        raise UnableToSeal(reason="une autre signature vient d’être ajoutée", permanent=True)
    stored, facts = put_in_value(row)
    return NewRevision(paper, signer, stored, facts, paper.revisions.count() + 1, row.is_last)
