"""A small foreign authority with a real responder, lists and issuers' certificates over HTTP, as a test says."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
DAY = timedelta(days=1)


class Authority:
    """Root, intermediate, a responder the intermediate delegates to. ``answers`` and ``lists`` say how it behaves:
    good, revoked, unknown, later, garbage, impostor, undelegated, old, broken, slow, none."""

    def __init__(self, address: str) -> None:
        self.address, self.now = address, datetime.now(UTC)
        self.answers, self.lists, self.issuers = "good", "good", "good"
        self.asked: list[str] = []
        self.root_key, self.key, self.responder_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(3))
        self.root = self._issue("Racine d’essai", self.root_key, None)
        self.certificate = self._issue("Autorité d’essai", self.key, (self.root, self.root_key), is_authority=True)
        self.responder = self._issue(
            "Répondeur", self.responder_key, (self.certificate, self.key), usage=ExtendedKeyUsageOID.OCSP_SIGNING
        )
        self.stranger = self._issue("Site", self.responder_key, (self.certificate, self.key))

    def person(self, name: str, key: Key, *, has_responder: bool = True, has_list: bool = True) -> x509.Certificate:
        """Somebody's certificate, naming what it is told to name."""
        return self._issue(name, key, (self.certificate, self.key), has_responder=has_responder, has_list=has_list)

    def _issue(
        self,
        name: str,
        key: Key,
        issuer: tuple[x509.Certificate, Key] | None,
        *,
        is_authority: bool = False,
        usage: x509.ObjectIdentifier | None = None,
        has_responder: bool = True,
        has_list: bool = True,
    ) -> x509.Certificate:
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer[0].subject if issuer else subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self.now - DAY)
            .not_valid_after(self.now + 365 * DAY)
            .add_extension(x509.BasicConstraints(ca=issuer is None or is_authority, path_length=None), critical=True)
        )
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
            builder = builder.add_extension(x509.OCSPNoCheck(), critical=False)
        if issuer:
            # The intermediate is spoken for by a list of the root's alone; people by a responder and a list.
            path = "root" if is_authority else "people"
            access = [(AuthorityInformationAccessOID.CA_ISSUERS, f"{self.address}/{path}.cer")]
            if has_responder and not is_authority:
                access.insert(0, (AuthorityInformationAccessOID.OCSP, f"{self.address}/ocsp"))
            told = [x509.AccessDescription(how, x509.UniformResourceIdentifier(where)) for how, where in access]
            builder = builder.add_extension(x509.AuthorityInformationAccess(told), critical=False)
            if has_list:
                where = x509.UniformResourceIdentifier(f"{self.address}/{path}.crl")
                point = x509.DistributionPoint([where], None, None, None)
                builder = builder.add_extension(x509.CRLDistributionPoints([point]), critical=False)
        return builder.sign(issuer[1] if issuer else key, hashes.SHA256())

    def published(self, path: str) -> bytes | None:
        """What a GET gives; None for nothing."""
        if path.endswith(".cer"):
            found = self.root if path == "/root.cer" else self.certificate
            return found.public_bytes(Encoding.DER) if self.issuers == "good" else None
        if path == "/root.crl":
            return self._list(self.root, self.root_key)
        return self._list(self.certificate, self.key) if self.lists == "good" else None

    def _list(self, issuer: x509.Certificate, key: Key) -> bytes:
        builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.subject)
        builder = builder.last_update(self.now - DAY).next_update(self.now + 7 * DAY)
        return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)

    def answered(self, question: bytes) -> bytes | None:
        """What the responder says."""
        if self.answers in ("broken", "none"):
            return None
        if self.answers == "garbage":
            return b"<html>503</html>"
        if self.answers == "later":
            return ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER).public_bytes(
                Encoding.DER
            )
        if self.answers == "slow":
            time.sleep(1)
        asked = ocsp.load_der_ocsp_request(question)
        status = {"revoked": ocsp.OCSPCertStatus.REVOKED, "unknown": ocsp.OCSPCertStatus.UNKNOWN}.get(
            self.answers, ocsp.OCSPCertStatus.GOOD
        )
        is_revoked = status == ocsp.OCSPCertStatus.REVOKED
        at = self.now - (30 * DAY if self.answers == "old" else timedelta(minutes=1))
        certificate, key = self.responder, self.responder_key
        if self.answers == "undelegated":
            certificate = self.stranger
        if self.answers == "impostor":
            key = ec.generate_private_key(ec.SECP256R1())
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            issuer_name_hash=asked.issuer_name_hash,
            issuer_key_hash=asked.issuer_key_hash,
            serial_number=asked.serial_number,
            algorithm=asked.hash_algorithm,
            cert_status=status,
            this_update=at,
            next_update=at + DAY,
            revocation_time=self.now - DAY if is_revoked else None,
            revocation_reason=x509.ReasonFlags.key_compromise if is_revoked else None,
        )
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, certificate).certificates([certificate])
        return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


@contextmanager
def running_authority() -> Iterator[Authority]:
    """An authority whose addresses answer."""
    holder: list[Authority] = []

    class Door(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            holder[0].asked.append(self.path)
            self._say(holder[0].published(self.path))

        def do_POST(self) -> None:
            holder[0].asked.append(self.path)
            assert self.headers["Content-Type"] == "application/ocsp-request"
            self._say(holder[0].answered(self.rfile.read(int(self.headers["Content-Length"]))))

        def _say(self, content: bytes | None) -> None:
            self.send_response(503 if content is None else 200)
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        holder.append(Authority(f"http://127.0.0.1:{server.server_port}"))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield holder[0]
        server.shutdown()
