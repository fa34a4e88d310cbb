"""One store, one seal and a few documents for the whole room: keys are slow to make and nothing here changes them."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from pli.trust.api import LocalTimestamps, SealIdentity, SealRequest, TrustStore, seal_revision
from pli.trust.verdicts import PdfVerdict
from pli.trust.verify import verify_pdf_here
from tests.trust.specimens import SealMaker, make_mark, make_pdf

ALICE_COMPANY = UUID("01890000-0000-7000-8000-000000000001")


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> TrustStore:
    made = TrustStore(tmp_path_factory.mktemp("home"))
    made.ensure()
    return made


@pytest.fixture(scope="session")
def seal(store: TrustStore) -> SealIdentity:
    return store.ensure_seal(ALICE_COMPANY, name="Atelier Alice", siren="732 829 320")


@pytest.fixture(scope="session")
def timestamps(store: TrustStore) -> LocalTimestamps:
    return LocalTimestamps(store)


@pytest.fixture(scope="session")
def root_file(store: TrustStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("root") / "root.pem"
    path.write_bytes(store.roots()[0].public_bytes(Encoding.PEM))
    return path


@pytest.fixture(scope="session")
def judge(store: TrustStore) -> Callable[[bytes], PdfVerdict]:
    roots = store.roots()
    return lambda content: verify_pdf_here(io.BytesIO(content), roots=roots, at=datetime.now(UTC))


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "contract.pdf"
    path.write_bytes(make_pdf())
    return path


@pytest.fixture(scope="session")
def request_for(seal: SealIdentity, timestamps: LocalTimestamps, store: TrustStore) -> SealMaker:
    def make(**changes: object) -> SealRequest:
        fields: dict[str, object] = {
            "identity": seal,
            "timestamps": timestamps,
            "level": "B-T",
            "field_name": "Signature-1",
            "signed_at": datetime.now(UTC),
            "signer_name": "Alice Martin",
            "reason": "Consentement donné par code",
            "certify": True,
            "mark_pdf": make_mark(),
            "page": 1,
            "box": (300, 60, 500, 140),
            "revocation": store,
        }
        return SealRequest(**{**fields, **changes})  # type: ignore[arg-type]

    return make


@pytest.fixture
def signed(contract: Path, request_for: SealMaker) -> Path:
    target = contract.with_name("signed.pdf")
    seal_revision(contract, target, request_for())
    return target


@pytest.fixture
def signed_twice(signed: Path, request_for: SealMaker) -> Path:
    target = signed.with_name("signed-twice.pdf")
    seal_revision(signed, target, request_for(field_name="Signature-2", box=(60, 60, 260, 140), lock=True))
    return target
