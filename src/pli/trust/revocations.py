"""What other authorities say of their certificates, fetched where those say it is, and kept while good.

The responder first (RFC 6960): its answer is small and of this hour. Else the authority's list. The addresses come from
certificates that anybody may have made: they go through the guarded client, which reaches no inner service.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from typing import Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PlugError
from pli.kit.outgoing import OutgoingPolicy, Resolver, resolve_name, send_request
from pli.trust.key_files import write_private
from pli.trust.ocsp import REQUEST_TYPE, ask_about, is_good_answer
from pli.trust.places import issuer_places, list_places, responder_places
from pli.trust.store import TrustStore

SERVICE = "listes de révocation"
RESPONDER = "répondeur OCSP"
# The largest lists of public authorities are of some megabytes; an answer or a certificate is of some kilobytes.
_LARGEST_BYTES = 20 << 20
_LARGEST_ANSWER = 64 << 10
_MOST_PLACES = 4
log = logging.getLogger(__name__)


class FetchedRevocations:
    """The store's own list for what it issued; for the rest, what their authorities answer or publish."""

    def __init__(
        self,
        store: TrustStore,
        *,
        allow_private: bool = False,
        clock: Clock = SYSTEM_CLOCK,
        resolve: Resolver = resolve_name,
    ) -> None:
        self._store, self._clock, self._resolve = store, clock, resolve
        self._policy = OutgoingPolicy(
            allow_private=allow_private, deadline=20.0, max_response_bytes=_LARGEST_BYTES, max_redirects=2
        )
        self._small = OutgoingPolicy(
            allow_private=allow_private, timeout=5.0, deadline=8.0, max_response_bytes=_LARGEST_ANSWER, max_redirects=2
        )

    def roots(self) -> tuple[x509.Certificate, ...]:
        """The trusted roots."""
        return self._store.roots()

    def ocsp_for(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
        """The DER answer of one of the certificate's responders: about it, fresh, signed by its issuer or by whom that
        named for it; empty when none gives one."""
        question = ask_about(certificate, issuer)

        def judge(content: bytes) -> bytes:
            return content if is_good_answer(content, certificate, issuer, now=self._clock.now()) else b""

        for url in responder_places(certificate)[:_MOST_PLACES]:
            if found := self._kept_or_fetched("POST", url, judge, content=question):
                return found
        return b""

    def crl_for(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
        """The DER revocation list of ``issuer`` that speaks of ``certificate``, fresh and signed by it; empty when none
        of the places the certificate names gives one."""
        own = self._store.crl_for(certificate, issuer)
        if own:
            return own
        for url in list_places(certificate)[:_MOST_PLACES]:
            if found := self._kept_or_fetched("GET", url, lambda content: self._fresh(content, issuer)):
                return found
        return b""

    def issuer_of(self, certificate: x509.Certificate) -> x509.Certificate | None:
        """The certificate that issued this one, where it says it is; None when none there did."""

        def judge(content: bytes) -> bytes:
            found = _issuer_among(content, certificate)
            return found.public_bytes(Encoding.DER) if found else b""

        for url in issuer_places(certificate)[:_MOST_PLACES]:
            if found := self._kept_or_fetched("GET", url, judge, is_small=True):
                return x509.load_der_x509_certificate(found)
        return None

    def _kept_or_fetched(
        self,
        method: Literal["GET", "POST"],
        url: str,
        judge: Callable[[bytes], bytes],
        *,
        content: bytes = b"",
        is_small: bool = False,
    ) -> bytes:
        """What ``judge`` makes of what was kept, else of what ``url`` gives; a good one is kept."""
        kept = self._store.folder / "crls" / f"{hashlib.sha256(url.encode() + content).hexdigest()}.der"
        try:
            if found := judge(kept.read_bytes()):
                return found
        except OSError:
            pass
        policy = self._small if content or is_small else self._policy
        headers = {"content-type": REQUEST_TYPE} if content else {}
        service = RESPONDER if content else SERVICE
        try:
            answer = send_request(
                method, url, service=service, headers=headers, content=content, policy=policy, resolve=self._resolve
            )
        except PlugError as error:
            log.warning("%s: %s", service, error.details.get("reason", ""))
            return b""
        found = judge(answer.content) if answer.is_success else b""
        if found:
            kept.parent.mkdir(mode=0o700, exist_ok=True)
            write_private(kept, found)
        return found

    def _fresh(self, content: bytes, issuer: x509.Certificate) -> bytes:
        """``content`` as DER when it is a list of ``issuer``'s own that has not run out; else nothing."""
        try:
            load = x509.load_pem_x509_crl if content.lstrip().startswith(b"-----") else x509.load_der_x509_crl
            crl = load(content)
            ends = crl.next_update_utc
            is_good = crl.issuer == issuer.subject and crl.is_signature_valid(issuer.public_key())  # type: ignore[arg-type]
        except (ValueError, TypeError):
            return b""
        return crl.public_bytes(Encoding.DER) if is_good and ends and self._clock.now() < ends else b""


def _issuer_among(content: bytes, certificate: x509.Certificate) -> x509.Certificate | None:
    """As authorities publish it: one certificate, in DER or PEM, or some in a PKCS#7 envelope."""
    loaders: tuple[Callable[[bytes], list[x509.Certificate]], ...] = (
        lambda data: [x509.load_der_x509_certificate(data)],
        x509.load_pem_x509_certificates,
        pkcs7.load_der_pkcs7_certificates,
    )
    for load in loaders:
        try:
            found = load(content)
        except (ValueError, TypeError):
            continue
        for one in found:
            try:
                certificate.verify_directly_issued_by(one)
            except (ValueError, TypeError, InvalidSignature):
                continue
            return one
    return None
