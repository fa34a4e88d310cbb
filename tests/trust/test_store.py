"""Keys on disk: modes, races, crashes, imports."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from pli.kit.clock import FrozenClock
from pli.trust.api import NoSeal, SealIdentity, TrustStore, UnableToImportSeal, UnableToOpenKeys
from pli.trust.authority import KeyType, make_key
from pli.trust.key_files import save_identity

BOB_COMPANY = UUID("01890000-0000-7000-8000-000000000002")


def modes(folder: Path) -> set[int]:
    return {path.stat().st_mode & 0o777 for path in folder.rglob("*") if path.is_file()}


def test_files_are_private_and_made_once(tmp_path: Path) -> None:
    store = TrustStore(tmp_path, key_type="p-256")
    store.ensure()
    seal = store.ensure_seal(BOB_COMPANY, name="Bob & Fils", siren="732829320")
    root = store.roots()[0]
    store.ensure()
    assert TrustStore(tmp_path).roots()[0] == root
    assert TrustStore(tmp_path).ensure_seal(BOB_COMPANY, name="Autre", siren="").fingerprint == seal.fingerprint
    assert modes(tmp_path) == {0o600}
    assert (tmp_path / "trust").stat().st_mode & 0o777 == 0o700
    assert "key=" not in repr(seal)
    with pytest.raises(NoSeal):
        store.seal_for(uuid4())


def test_certificates_say_what_they_are_for(store: TrustStore, seal: SealIdentity) -> None:
    usage = seal.certificate.extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical and usage.value.digital_signature and usage.value.content_commitment
    assert not usage.value.key_cert_sign
    subject = {item.oid: item.value for item in seal.certificate.subject}
    assert subject[NameOID.ORGANIZATION_NAME] == "Atelier Alice"
    assert subject[NameOID.ORGANIZATION_IDENTIFIER] == "NTRFR-732829320"
    assert isinstance(seal.key, rsa.RSAPrivateKey) and seal.key.key_size == 3072
    assert seal.algorithm == "RSA-3072 SHA-256"
    purpose = store.timestamp_identity().certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    assert purpose.critical and list(purpose.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
    assert [state.purpose for state in store.certificates()] == ["authority", "timestamps", "seal"]
    assert all(state.warnings == () for state in store.certificates())


def test_long_and_odd_names_fit(tmp_path: Path) -> None:
    store = TrustStore(tmp_path, key_type="p-256")
    for name in ("É" * 300, "  ", "Ω–λ «Société» & Cie\n\t", "株式会社"):
        assert store.ensure_seal(uuid4(), name=name, siren="").certificate.subject


def test_processes_race_to_one_authority(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from pli.trust.store import TrustStore; s = TrustStore(pathlib.Path(sys.argv[1]),"
        " key_type='p-256'); s.ensure(); print(s.authority().fingerprint)"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE) for _ in range(4)]
    assert len({run.communicate()[0] for run in runs}) == 1


def test_threads_race_to_one_seal(tmp_path: Path) -> None:
    store = TrustStore(tmp_path, key_type="p-256")
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: store.ensure_seal(BOB_COMPANY, name="Bob", siren=""), range(16)))
    assert len({seal.fingerprint for seal in made}) == 1


def test_crash_before_rename_leaves_no_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise OSError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", crash)
        with pytest.raises(OSError, match="killed"):
            TrustStore(tmp_path, key_type="p-256").ensure()
    assert not list((tmp_path / "trust").glob("*.pem"))
    TrustStore(tmp_path, key_type="p-256").ensure()


def test_passphrase_encrypts_and_is_needed(tmp_path: Path) -> None:
    TrustStore(tmp_path, passphrase="cheval", key_type="p-256").ensure_seal(BOB_COMPANY, name="Bob", siren="")
    for path in (tmp_path / "trust").rglob("*.pem"):
        assert b"ENCRYPTED" in path.read_bytes()
    assert TrustStore(tmp_path, passphrase="cheval").seal_for(BOB_COMPANY).name == "Bob"
    for wrong in ("", "ane"):
        store = TrustStore(tmp_path, passphrase=wrong)
        with pytest.raises(UnableToOpenKeys):
            store.seal_for(BOB_COMPANY)
        assert {state.warnings for state in store.certificates()} == {("unreadable",)}


def test_doctor_sees_ends_and_open_files(tmp_path: Path) -> None:
    clock = FrozenClock(datetime(2026, 1, 1, tzinfo=UTC))
    store = TrustStore(tmp_path, key_type="p-256", clock=clock)
    store.ensure_seal(BOB_COMPANY, name="Bob", siren="")
    clock.advance(days=365 * 10 - 30)
    path = tmp_path / "trust" / "seals" / f"{BOB_COMPANY}.pem"
    path.chmod(0o644)
    assert store.certificates()[2].warnings == ("expires_soon", "open_to_others")
    clock.advance(days=60)
    assert "expired" in store.certificates()[2].warnings
    assert store.certificates()[0].warnings == ()


def test_crl_is_kept_a_day_and_lists_the_revoked(tmp_path: Path) -> None:
    clock = FrozenClock(datetime(2026, 1, 1, tzinfo=UTC))
    store = TrustStore(tmp_path, key_type="p-256", clock=clock)
    seal = store.ensure_seal(BOB_COMPANY, name="Bob", siren="")
    first = store.crl()
    clock.advance(hours=5)
    assert store.crl() == first
    store.revoke(seal.certificate.serial_number)
    store.revoke(seal.certificate.serial_number)
    second = x509.load_der_x509_crl(store.crl())
    assert second.get_revoked_certificate_by_serial_number(seal.certificate.serial_number) is not None
    assert second.is_signature_valid(store.roots()[0].public_key())  # type: ignore[arg-type]
    clock.advance(days=2)
    third = x509.load_der_x509_crl(store.crl())
    numbers = [crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number for crl in (second, third)]
    assert numbers == [2, 3]


def bundle(key: object, *, days: int = 100, password: bytes = b"secret", sign_only: bool = True) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Charlie SA")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())  # type: ignore[attr-defined]
        .serial_number(7)
        .not_valid_before(now - timedelta(days=200))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(
            x509.KeyUsage(sign_only, sign_only, not sign_only, False, False, False, False, False, False), critical=True
        )
        .sign(key, hashes.SHA256())  # type: ignore[arg-type]
    )
    return serialize_key_and_certificates(b"seal", key, certificate, None, BestAvailableEncryption(password))  # type: ignore[arg-type]


def test_pkcs12_is_taken_over_and_warned_about(tmp_path: Path) -> None:
    store = TrustStore(tmp_path, key_type="p-256")
    own = store.ensure_seal(BOB_COMPANY, name="Bob", siren="")
    key = rsa.generate_private_key(65537, 2048)
    imported = store.import_pkcs12(BOB_COMPANY, bundle(key), "secret")
    assert imported.name == "Charlie SA"
    assert imported.warnings(datetime.now(UTC)) == ("weak_key",)
    assert store.seal_for(BOB_COMPANY).fingerprint == imported.fingerprint != own.fingerprint
    other = TrustStore(tmp_path)
    assert other.seal_for(BOB_COMPANY).fingerprint == imported.fingerprint
    renewed = store.renew_seal(BOB_COMPANY, name="Bob", siren="")
    # The other process sees the new file without being told.
    assert other.seal_for(BOB_COMPANY).fingerprint == renewed.fingerprint


def test_pkcs12_refusals_keep_the_seal(tmp_path: Path) -> None:
    store = TrustStore(tmp_path, key_type="p-256")
    own = store.ensure_seal(BOB_COMPANY, name="Bob", siren="")
    curve = ec.generate_private_key(ec.SECP256R1())
    for data, password in (
        (b"", "secret"),
        (b"garbage" * 100, "secret"),
        (bundle(curve), "faux"),
        (bundle(curve), ""),
        (bundle(rsa.generate_private_key(65537, 1024)), "secret"),  # noqa: S505
        (bundle(ec.generate_private_key(ec.SECP192R1())), "secret"),
        (bundle(curve, days=-10), "secret"),
        (bundle(curve, sign_only=False), "secret"),
        (b"0" * (2 << 20), "secret"),
    ):
        with pytest.raises(UnableToImportSeal):
            store.import_pkcs12(BOB_COMPANY, data, password)
    assert store.seal_for(BOB_COMPANY).fingerprint == own.fingerprint


def test_damaged_file_is_said(tmp_path: Path, seal: SealIdentity) -> None:
    store = TrustStore(tmp_path)
    (tmp_path / "trust" / "seals").mkdir(parents=True)
    path = tmp_path / "trust" / "seals" / f"{BOB_COMPANY}.pem"
    save_identity(path, seal, "")
    content = path.read_bytes()
    for damaged in (
        b"",
        content[:500],
        content.replace(b"PRIVATE", b"PRIVAT"),
        content[: content.index(b"BEGIN CERT")],
    ):
        path.write_bytes(damaged)
        with pytest.raises(UnableToOpenKeys):
            store.seal_for(BOB_COMPANY)


@pytest.mark.parametrize("key_type", ["rsa-3072", "p-256"])
def test_no_key_is_made_twice(key_type: KeyType) -> None:
    first, second = (make_key(key_type).public_key().public_numbers() for _ in range(2))
    assert first != second


def test_a_seal_just_made_is_the_one_that_is_read_back(tmp_path: Path) -> None:
    store = TrustStore(tmp_path)
    made = store.ensure_seal(BOB_COMPANY, name="Bob", siren="")
    renewed = store.renew_seal(BOB_COMPANY, name="Robert", siren="")
    assert store.seal_for(BOB_COMPANY).fingerprint == renewed.fingerprint != made.fingerprint
    read = TrustStore(tmp_path).seal_for(BOB_COMPANY)
    assert (read.certificate, read.chain) == (renewed.certificate, renewed.chain)
    assert read.loaded_key.public_key() == renewed.loaded_key.public_key() != made.loaded_key.public_key()
