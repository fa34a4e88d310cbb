"""B-LT with a seal of somebody else's authority: its list is fetched where the certificate says, checked, kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from pli.kit.clock import FrozenClock
from pli.trust.api import FetchedRevocations, TrustStore, UnableToSeal, seal_revision, verify_pdf
from pli.trust.authority import make_crl
from pli.trust.identity import SealIdentity
from tests.trust.specimens import SealMaker

NOW = datetime.now(UTC)


class Lists(BaseHTTPRequestHandler):
    """Serves whatever the test put there, and counts."""

    served: bytes = b""
    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.served)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def place() -> Iterator[str]:
    Lists.served, Lists.asked = b"", 0
    with ThreadingHTTPServer(("127.0.0.1", 0), Lists) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/autorite.crl"
        server.shutdown()


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, issuer: SealIdentity | None, place: str
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is not None:
        point = x509.DistributionPoint([x509.UniformResourceIdentifier(place)], None, None, None)
        builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
    return builder.sign(issuer.key if issuer else key, hashes.SHA256())


@pytest.fixture
def authority() -> SealIdentity:
    key = ec.generate_private_key(ec.SECP256R1())
    return SealIdentity(certificate=_certificate("Autorité étrangère", key, None, ""), chain=(), key=key)


@pytest.fixture
def foreign(authority: SealIdentity, place: str) -> SealIdentity:
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate("Société acheteuse", key, authority, place)
    return SealIdentity(certificate=certificate, chain=(authority.certificate,), key=key)


def test_the_list_is_fetched_once_and_makes_the_signature_last(
    contract: Path, request_for: SealMaker, store: TrustStore, authority: SealIdentity, foreign: SealIdentity
) -> None:
    Lists.served = make_crl(authority, {}, number=1, now=NOW)
    source = FetchedRevocations(store, allow_private=True)
    for name in ("first", "second"):
        target = contract.with_name(f"{name}.pdf")
        seal_revision(contract, target, request_for(identity=foreign, level="B-LT", revocation=source))
        verdict = verify_pdf(target, roots=(*store.roots(), authority.certificate))
        assert (verdict.verdict, verdict.signatures[0].level) == ("TOTAL_PASSED", "B-LT")
    assert Lists.asked == 1
    later = FetchedRevocations(store, allow_private=True, clock=FrozenClock(NOW + timedelta(days=4000)))
    assert later.crl_for(foreign.certificate, authority.certificate) == b"", "a list that ran out is none"
    assert Lists.asked == 2


@pytest.mark.parametrize("served", ["nothing", "garbage", "another's", "revoked"])
def test_a_list_that_is_not_good_is_none(
    contract: Path,
    request_for: SealMaker,
    store: TrustStore,
    authority: SealIdentity,
    foreign: SealIdentity,
    served: str,
) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    impostor = SealIdentity(certificate=authority.certificate, chain=(), key=other)
    Lists.served = {
        "nothing": b"",
        "garbage": b"-----BEGIN X509 CRL-----\nAAAA",
        "another's": make_crl(impostor, {}, number=1, now=NOW),
        "revoked": make_crl(authority, {foreign.certificate.serial_number: NOW}, number=2, now=NOW),
    }[served]
    source, target = FetchedRevocations(store, allow_private=True), contract.with_name("no.pdf")
    with pytest.raises(UnableToSeal) as refused:
        seal_revision(contract, target, request_for(identity=foreign, level="B-LT", revocation=source))
    assert refused.value.permanent == (served == "revoked")
    assert not target.exists()


def test_an_inner_address_is_never_asked(store: TrustStore, authority: SealIdentity, foreign: SealIdentity) -> None:
    Lists.served = make_crl(authority, {}, number=1, now=NOW)
    assert FetchedRevocations(store).crl_for(foreign.certificate, authority.certificate) == b""
    assert Lists.asked == 0
