"""Revocation lists of other authorities, fetched where their certificates say (RFC 5280 §4.2.1.13), kept while good.

Lists only: an authority that answers by OCSP alone gives nothing that could be put beside a B-LT signature here.
"""

from __future__ import annotations

import contextlib
import hashlib

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.kit.errors import PlugError
from pli.kit.outgoing import OutgoingPolicy, Resolver, resolve_name, send_request
from pli.trust.key_files import write_private
from pli.trust.store import TrustStore

SERVICE = "listes de révocation"
# The largest lists of public authorities are of some megabytes.
_LARGEST_BYTES = 20 << 20
_MOST_PLACES = 4


class FetchedRevocations:
    """The store's own list for what it issued; for the rest, the lists their authorities publish."""

    def __init__(
        self,
        store: TrustStore,
        *,
        allow_private: bool = False,
        clock: Clock = SYSTEM_CLOCK,
        resolve: Resolver = resolve_name,
    ) -> None:
        self._store, self._clock, self._resolve = store, clock, resolve
        self._folder = store.folder / "crls"
        self._policy = OutgoingPolicy(
            allow_private=allow_private, deadline=20.0, max_response_bytes=_LARGEST_BYTES, max_redirects=2
        )

    def roots(self) -> tuple[x509.Certificate, ...]:
        """The trusted roots."""
        return self._store.roots()

    def crl_for(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
        """The DER revocation list of ``issuer`` that speaks of ``certificate``, fresh and signed by it; empty when none
        of the places the certificate names gives one."""
        own = self._store.crl_for(certificate, issuer)
        if own:
            return own
        for url in _places(certificate)[:_MOST_PLACES]:
            kept = self._folder / f"{hashlib.sha256(url.encode()).hexdigest()}.der"
            with contextlib.suppress(OSError):
                if found := self._fresh(kept.read_bytes(), issuer):
                    return found
            with contextlib.suppress(PlugError):
                answer = send_request("GET", url, service=SERVICE, policy=self._policy, resolve=self._resolve)
                if answer.is_success and (found := self._fresh(answer.content, issuer)):
                    kept.parent.mkdir(mode=0o700, exist_ok=True)
                    write_private(kept, found)
                    return found
        return b""

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


def _places(certificate: x509.Certificate) -> list[str]:
    """The http(s) addresses of a certificate's distribution points, in its order."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    names = [name for point in points for name in point.full_name or ()]
    urls = [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]
    return [url for url in urls if url.startswith(("http://", "https://"))]
