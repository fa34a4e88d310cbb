"""Keys with certificates as other programs export them (openssl, keytool): taken over, or refused in plain words."""

from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pli.trust.api import TrustStore, UnableToImportSeal, seal_revision, verify_pdf
from pli.trust.pkcs12 import read_pkcs12
from tests.trust.conftest import ALICE_COMPANY
from tests.trust.specimens import SealMaker, pdfsig


def _openssl(folder: Path, command: str) -> None:
    subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("p12")
    if shutil.which("openssl") is None:
        pytest.skip("openssl is missing")
    for name, kind in (
        ("rsa", "rsa_keygen_bits:2048"), ("big", "rsa_keygen_bits:4096"), ("short", "rsa_keygen_bits:1024"),
    ):  # fmt: skip
        _openssl(made, f"genpkey -algorithm RSA -pkeyopt {kind} -out {name}.key")
    for name, curve in (("curve", "P-256"), ("odd", "secp256k1")):
        _openssl(made, f"genpkey -algorithm EC -pkeyopt ec_paramgen_curve:{curve} -out {name}.key")
    _openssl(made, "genpkey -algorithm ED25519 -out edwards.key")
    for name in ("rsa", "big", "short", "curve", "odd", "edwards"):
        _openssl(made, f"req -x509 -new -key {name}.key -out {name}.pem -days 300 -subj /CN=Essai-{name}")
    for name, usage in (
        ("web", "extendedKeyUsage=serverAuth"),
        ("locks", "keyUsage=critical,keyEncipherment"),
    ):
        _openssl(made, f"req -x509 -new -key rsa.key -out {name}.pem -days 300 -subj /CN={name} -addext {usage}")
    _openssl(made, "req -new -key curve.key -out leaf.csr -subj /CN=Feuille")
    (made / "leaf.cnf").write_text("basicConstraints = CA:FALSE\nkeyUsage = nonRepudiation\n")
    _openssl(
        made,
        "x509 -req -in leaf.csr -CA rsa.pem -CAkey rsa.key -CAcreateserial -out leaf.pem -days 300 -extfile leaf.cnf",
    )
    return made


def _export(folder: Path, arguments: str) -> bytes:
    _openssl(folder, f"pkcs12 -export -out file.p12 {arguments}")
    return (folder / "file.p12").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "password", "algorithm", "chain"),
    [
        ("-legacy -inkey rsa.key -in rsa.pem -passout pass:été", "été", "RSA-2048 SHA-256", 0),
        (
            "-legacy -certpbe PBE-SHA1-RC2-40 -keypbe PBE-SHA1-3DES -inkey rsa.key -in rsa.pem -passout pass:secret",
            "secret", "RSA-2048 SHA-256", 0,
        ),
        ("-inkey big.key -in big.pem -passout pass:secret", "secret", "RSA-4096 SHA-256", 0),
        ("-inkey curve.key -in curve.pem -passout pass:", "", "ECDSA-P-256 SHA-256", 0),
        ("-inkey curve.key -in leaf.pem -certfile rsa.pem -passout pass:secret", "secret", "ECDSA-P-256 SHA-256", 1),
    ],
)  # fmt: skip
def test_what_openssl_exports_seals(
    folder: Path,
    contract: Path,
    store: TrustStore,
    request_for: SealMaker,
    arguments: str,
    password: str,
    algorithm: str,
    chain: int,
) -> None:
    identity = read_pkcs12(_export(folder, arguments), password, now=datetime.now(UTC))
    assert (identity.algorithm, len(identity.chain)) == (algorithm, chain)
    target = contract.with_name("sealed.pdf")
    seal_revision(contract, target, request_for(identity=identity))
    assert "Signature is Valid." in pdfsig(target)
    roots = [*store.roots(), identity.chain[-1] if chain else identity.certificate]
    assert verify_pdf(target, roots=roots).verdict == "TOTAL_PASSED"


@pytest.mark.parametrize(
    ("arguments", "password", "said"),
    [
        ("-inkey rsa.key -in rsa.pem -passout pass:secret", "faux", "le mot de passe n’est pas celui du fichier"),
        ("-legacy -inkey rsa.key -in rsa.pem -passout pass:été", "ete", "le mot de passe n’est pas celui du fichier"),
        ("-inkey rsa.key -in rsa.pem -passout pass:secret", "", "le mot de passe n’est pas celui du fichier"),
        ("-nokeys -in rsa.pem -passout pass:secret", "secret", "ne contient pas la clé privée"),
        ("-nocerts -inkey rsa.key -passout pass:secret", "secret", "pas son certificat"),
        ("-inkey short.key -in short.pem -passout pass:secret", "secret", "1024 bits est trop courte"),
        ("-inkey odd.key -in odd.pem -passout pass:secret", "secret", "la courbe secp256k1"),
        ("-inkey edwards.key -in edwards.pem -passout pass:secret", "secret", "ce type de clé"),
        ("-inkey rsa.key -in web.pem -passout pass:secret", "secret", "pas prévu pour signer"),
        ("-inkey rsa.key -in locks.pem -passout pass:secret", "secret", "pas prévu pour signer"),
    ],
)
def test_what_openssl_exports_is_refused_in_plain_words(
    folder: Path, store: TrustStore, arguments: str, password: str, said: str
) -> None:
    before = store.seal_for(ALICE_COMPANY) if (store.folder / "seals").exists() else None
    with pytest.raises(UnableToImportSeal, match=said):
        store.import_pkcs12(ALICE_COMPANY, _export(folder, arguments), password)
    assert before is None or store.seal_for(ALICE_COMPANY) == before


def test_out_of_its_time_or_no_such_file(folder: Path) -> None:
    good = _export(folder, "-inkey rsa.key -in rsa.pem -passout pass:secret")
    now = datetime.now(UTC)
    for at, said in ((now + timedelta(days=400), "a expiré le"), (now - timedelta(days=2), "valable qu’à partir du")):
        with pytest.raises(UnableToImportSeal, match=said):
            read_pkcs12(good, "secret", now=at)
    pem = (folder / "rsa.pem").read_bytes() + (folder / "rsa.key").read_bytes()
    for content, said in ((pem, "fichier PEM"), (b"PK\x03\x04", "pas un fichier PKCS#12"), (b"", "pas un fichier")):
        with pytest.raises(UnableToImportSeal, match=said):
            read_pkcs12(content, "secret", now=now)


def test_what_keytool_exports_seals(tmp_path: Path) -> None:
    if shutil.which("keytool") is None:
        pytest.skip("keytool (Java) is missing")
    command = "keytool -genkeypair -alias cachet -keyalg EC -groupname secp256r1 -dname CN=Java -validity 300"
    place = ["-keystore", str(tmp_path / "java.p12"), "-storetype", "PKCS12", "-storepass", "secret123"]
    subprocess.run([*command.split(), *place], check=True, capture_output=True)
    identity = read_pkcs12((tmp_path / "java.p12").read_bytes(), "secret123", now=datetime.now(UTC))
    assert identity.name == "Java"
