"""Where a certificate says things about it can be had: its responders, its lists, its issuer's own certificate."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID


def responder_places(certificate: x509.Certificate) -> list[str]:
    """The http(s) addresses of a certificate's OCSP responders, in its order."""
    return _access_places(certificate, AuthorityInformationAccessOID.OCSP)


def issuer_places(certificate: x509.Certificate) -> list[str]:
    """Where its issuer's own certificate can be fetched (RFC 5280 §4.2.2.1)."""
    return _access_places(certificate, AuthorityInformationAccessOID.CA_ISSUERS)


def list_places(certificate: x509.Certificate) -> list[str]:
    """The http(s) addresses of its distribution points (RFC 5280 §4.2.1.13), in its order."""
    try:
        points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return _urls([name for point in points for name in point.full_name or ()])


def _access_places(certificate: x509.Certificate, method: x509.ObjectIdentifier) -> list[str]:
    try:
        access = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return _urls([one.access_location for one in access if one.access_method == method])


def _urls(names: list[x509.GeneralName]) -> list[str]:
    urls = [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]
    return [url for url in urls if url.startswith(("http://", "https://"))]
