"""Keys in a device: the organisation's seal signs inside it, from many threads, and says what is wrong in words."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pikepdf
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pli.trust.api import (
    DeviceAccess,
    DeviceLibrary,
    KeyPlace,
    NoDevice,
    SealRequest,
    TrustStore,
    UnableToImportSeal,
    UnableToReachDevice,
    seal_bytes,
    seal_revision,
    tokens,
    verify_pdf,
)
from pli.trust.devices import device
from tests.pdf.samples import simple_contract
from tests.trust.softhsm import SoftToken, make_token, put_certificate

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def soft() -> SoftToken:
    return make_token()


@pytest.fixture
def store(soft: SoftToken, tmp_path: Path) -> TrustStore:
    return TrustStore(tmp_path / "home", device=DeviceLibrary(soft.module, soft.pin))


def sealed(store: TrustStore, organisation: object, folder: Path) -> Path:
    request = SealRequest(
        identity=store.seal_for(organisation),  # type: ignore[arg-type]
        timestamps=None,
        level="B-B",
        field_name="Cachet",
        signed_at=NOW,
    )
    content, told = seal_bytes(pikepdf.open(io.BytesIO(simple_contract(1))), request)
    assert told.certificate_fingerprint == request.identity.fingerprint
    path = folder / f"{uuid4()}.pdf"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("label", ["rsa", "ec"])
def test_a_seal_is_made_inside_the_device(store: TrustStore, soft: SoftToken, tmp_path: Path, label: str) -> None:
    organisation = uuid4()
    store.ensure_seal(organisation, name="Durand", siren="")
    store.offer_device(organisation, KeyPlace(soft.token, label), [soft.certificates[label]])
    assert store.seal_for(organisation).is_in_device is False
    identity = store.use_device(organisation)
    assert identity.is_in_device and identity.certificate == soft.certificates[label]
    path = sealed(store, organisation, tmp_path)
    verdict = verify_pdf(path, roots=[soft.certificates[label]])
    assert verdict.verdict == "TOTAL_PASSED", verdict
    if shutil.which("pdfsig"):
        told = subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, check=False).stdout
        assert "Signature Validation: Signature is Valid." in told


def test_a_ceremony_is_sealed_by_the_device_too(store: TrustStore, soft: SoftToken, tmp_path: Path) -> None:
    organisation = uuid4()
    store.offer_device(organisation, KeyPlace(soft.token, "rsa", "01"), [soft.certificates["rsa"]])
    identity = store.use_device(organisation)
    (tmp_path / "in.pdf").write_bytes(simple_contract(1))
    request = SealRequest(identity=identity, timestamps=None, level="B-B", field_name="S1", signed_at=NOW)
    seal_revision(tmp_path / "in.pdf", tmp_path / "out.pdf", request)
    assert verify_pdf(tmp_path / "out.pdf", roots=[soft.certificates["rsa"]]).verdict == "TOTAL_PASSED"


def test_the_key_is_nowhere_on_disk_and_another_process_finds_the_seal(store: TrustStore, soft: SoftToken) -> None:
    organisation = uuid4()
    store.offer_device(organisation, KeyPlace(soft.token, "ec"), [soft.certificates["ec"]])
    store.use_device(organisation)
    written = (store.folder / "seals" / f"{organisation}.pem").read_bytes()
    assert b"PRIVATE" not in written and soft.pin.encode() not in written
    again = TrustStore(store.folder.parent, device=DeviceLibrary(soft.module, soft.pin))
    assert again.seal_for(organisation).sign(b"x")
    states = {state.organisation_id: state for state in again.certificates()}
    assert states[organisation].warnings == ()


def test_many_threads_share_the_session(store: TrustStore, soft: SoftToken) -> None:
    organisation = uuid4()
    store.offer_device(organisation, KeyPlace(soft.token, "rsa"), [soft.certificates["rsa"]])
    identity = store.use_device(organisation)
    with ThreadPoolExecutor(12) as pool:
        signatures = list(pool.map(lambda rank: identity.sign(b"%d" % (rank % 5)), range(60)))
    assert len(set(signatures)) == 5


def test_a_forked_process_signs_as_well(store: TrustStore, soft: SoftToken) -> None:
    organisation = uuid4()
    store.offer_device(organisation, KeyPlace(soft.token, "rsa"), [soft.certificates["rsa"]])
    identity = store.use_device(organisation)
    expected = identity.sign(b"x")
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writing, identity.sign(b"x"))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        assert stream.read() == expected
    os.waitpid(child, 0)
    assert identity.sign(b"x") == expected


def test_a_lost_session_is_opened_again(store: TrustStore, soft: SoftToken) -> None:
    organisation = uuid4()
    store.offer_device(organisation, KeyPlace(soft.token, "ec"), [soft.certificates["ec"]])
    identity = store.use_device(organisation)
    lent = device(store.device_access(), soft.token)
    with lent.session() as session:
        session.opened.close()
    assert identity.sign(b"x")


def test_the_certificate_may_be_on_the_token(store: TrustStore, soft: SoftToken) -> None:
    organisation = uuid4()
    with pytest.raises(UnableToImportSeal, match="TRU-003"):
        store.offer_device(organisation, KeyPlace(soft.token, "rsa"), [])
    put_certificate(soft, "rsa", "01")
    identity = store.offer_device(organisation, KeyPlace(soft.token, "rsa", "01"), [])
    assert identity.certificate == soft.certificates["rsa"]


def test_what_is_not_this_keys_certificate_is_refused(store: TrustStore, soft: SoftToken) -> None:
    with pytest.raises(UnableToImportSeal):
        store.offer_device(uuid4(), KeyPlace(soft.token, "ec"), [soft.certificates["rsa"]])


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (KeyPlace("Absent", "rsa"), "pas branché"),
        (KeyPlace("Cachets", "absente"), "pas de clé"),
    ],
)
def test_an_absent_device_or_key_is_told(store: TrustStore, soft: SoftToken, place: KeyPlace, said: str) -> None:
    with pytest.raises(UnableToReachDevice) as refusal:
        store.offer_device(uuid4(), place, [soft.certificates["rsa"]])
    assert said in str(refusal.value)


def test_an_organisation_uses_only_what_it_was_offered(store: TrustStore, soft: SoftToken) -> None:
    organisation = uuid4()
    with pytest.raises(NoDevice):
        store.use_device(organisation)
    assert store.offered_device(organisation) is None
    store.offer_device(uuid4(), KeyPlace(soft.token, "rsa"), [soft.certificates["rsa"]])
    with pytest.raises(NoDevice):
        store.use_device(organisation)


def test_an_offer_can_be_taken_back_and_the_own_seal_taken_again(store: TrustStore, soft: SoftToken) -> None:
    organisation = uuid4()
    store.offer_device(organisation, KeyPlace(soft.token, "rsa"), [soft.certificates["rsa"]])
    store.use_device(organisation)
    store.withdraw_device(organisation)
    assert store.offered_device(organisation) is None
    assert store.seal_for(organisation).is_in_device
    assert not store.renew_seal(organisation, name="Durand", siren="").is_in_device


def test_a_wrong_pin_is_tried_once_by_the_whole_installation(soft: SoftToken, tmp_path: Path) -> None:
    """In a process of its own: being logged in belongs to the whole process."""
    program = """
import sys
from pathlib import Path
from uuid import uuid4
from pli.trust.api import DeviceLibrary, KeyPlace, TrustStore, UnableToReachDevice
store = TrustStore(Path(sys.argv[2]), device=DeviceLibrary(Path(sys.argv[1]), "000000"))
for _ in range(5):
    try:
        store.offer_device(uuid4(), KeyPlace("Cachets", "rsa"), [])
    except UnableToReachDevice as refusal:
        print(refusal.details["reason"], refusal.permanent)
"""
    said = subprocess.run(
        [sys.executable, "-c", program, str(soft.module), str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert said[0] == "son code PIN est refusé True"
    assert set(said[1:]) == {"son code PIN a été refusé, et il n’est plus essayé True"}
    access = DeviceAccess(soft.module, soft.pin, tmp_path / "trust" / "devices")
    access.forget_refusal()
    access.check()


def test_without_a_library_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnableToReachDevice, match="TRU-006"):
        TrustStore(tmp_path).offer_device(uuid4(), KeyPlace("a", "b"), [])


def test_tokens_are_listed(store: TrustStore, soft: SoftToken) -> None:
    assert soft.token in [one["label"] for one in tokens(store.device_access())]


@given(st.text(max_size=20), st.text(max_size=20), st.binary(max_size=8))
def test_an_address_comes_back_as_it_was(token: str, label: str, key_id: bytes) -> None:
    place = KeyPlace(token, label, key_id.hex())
    assert KeyPlace.from_uri(place.uri()) == place
