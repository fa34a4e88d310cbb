"""B-LT and B-LTA, end to end, with a member's own key and an imported seal of a foreign authority that runs here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12

from pli.documents.api import best_rendition, existing_blob_path
from pli.parties.api import Account
from pli.signing.api import (
    Ceremony,
    CeremonyState,
    OwnSignature,
    OwnSignatureState,
    Signer,
    SignerState,
    ask_own_signature,
    import_seal,
    save_level,
    seal_ceremony,
)
from pli.signing.keys import trust_store
from pli.trust.api import UnableToSeal, verify_pdf
from tests.agent.workstation import HeldKey, member
from tests.support.ceremonies import JULIE, ask, file_contract, reach, sign_as
from tests.support.people import make_house
from tests.support.queue import RunJobs
from tests.trust.pki import Authority, running_authority
from tests.trust.specimens import pdfsig

pytestmark = pytest.mark.django_db


@pytest.fixture
def authority(settings: Any) -> Iterator[Authority]:
    settings.PLI_ALLOW_PRIVATE_PKI = True
    with running_authority() as made:
        yield made


def _forget() -> None:
    for kept in (trust_store().folder / "crls").glob("*.der"):
        kept.unlink()


def _judged(document_id: Any, authority: Authority) -> tuple[str, list[tuple[str, str]]]:
    signed = existing_blob_path(best_rendition(document_id).blob_id)
    judged = verify_pdf(signed, roots=[*trust_store().roots(), authority.root])
    found = [(one.signer_name, one.level) for one in judged.signatures if one.kind == "signature"]
    return judged.verdict, found


def test_own_key_and_seal_last(authority: Authority, run_jobs: RunJobs, tmp_path: Path) -> None:
    house = make_house()
    key = ec.generate_private_key(ec.SECP256R1())
    seal = authority.person("Cachet Mercier", key)
    packed = pkcs12.serialize_key_and_certificates(b"c", key, seal, None, BestAvailableEncryption(b"secret"))
    import_seal(house.alice, packed, "secret")
    chloe = HeldKey(house.chloe, "Chloé Petit", authority)
    email = Account.objects.get(id=house.chloe.account_id).email
    ceremony = ask(house, member(house.chloe), JULIE, level="B-LTA")
    session = reach(house, email, run_jobs)
    _forget()
    authority.answers = authority.lists = "none"
    with pytest.raises(UnableToSeal, match="ni le répondeur OCSP"):
        chloe.ask(session)
    assert Signer.objects.get(id=session.signer_id).state == SignerState.VERIFIED
    assert not OwnSignature.objects.exists()
    authority.answers = authority.lists = "good"
    [row] = chloe.ask(session)
    chloe.sign(row)
    # Nobody answers when it is put in: it waits, at the level asked.
    _forget()
    authority.answers = authority.lists = "none"
    seal_ceremony(ceremony.id)
    waiting = Ceremony.objects.get(id=ceremony.id)
    assert (waiting.state, waiting.failure_code) == (CeremonyState.IN_PROGRESS, "TRU-001")
    assert "Chloé Petit" in waiting.failure
    authority.answers = authority.lists = "good"
    run_jobs(scheduled=True)
    sign_as(house, JULIE.email, run_jobs)
    run_jobs()
    assert Ceremony.objects.get(id=ceremony.id).state == CeremonyState.COMPLETED
    assert _judged(row.document_id, authority) == (
        "TOTAL_PASSED",
        [("Chloé Petit", "B-LTA"), ("Cachet Mercier", "B-LTA")],
    )
    signed = tmp_path / "signed.pdf"
    signed.write_bytes(existing_blob_path(best_rendition(row.document_id).blob_id).read_bytes())
    assert pdfsig(signed).count("Signature is Valid.") >= 2

    save_level(house.alice, "B-LT")
    document = file_contract(house, title="Seul")
    alone = ask_own_signature(house.chloe, document.id)
    chloe.sign(alone)
    run_jobs()
    alone.refresh_from_db()
    assert (alone.state, alone.level) == (OwnSignatureState.SIGNED, "B-LT"), alone.failure
    assert _judged(document.id, authority) == ("TOTAL_PASSED", [("Chloé Petit", "B-LT")])
