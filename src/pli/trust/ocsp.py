"""Asking a certificate's responder whether it was revoked (RFC 6960): the question, and whether an answer is good."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from pli.trust.chains import answers_about, is_answer_from

REQUEST_TYPE = "application/ocsp-request"
# For answers that name no end, and for clocks that differ.
_LIFE = timedelta(days=1)
_SKEW = timedelta(minutes=5)


def ask_about(certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
    """The request, in DER. SHA-1 names the issuer here as every responder expects; nothing rests on its strength."""
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA1())  # noqa: S303
    return builder.build().public_bytes(Encoding.DER)


def is_good_answer(content: bytes, certificate: x509.Certificate, issuer: x509.Certificate, *, now: datetime) -> bool:
    """Whether ``content`` says of this certificate « good » or « revoked », fresh, and signed by whom it should be.

    « Unknown », « try later », another's, an old one or no answer at all are all none.
    """
    try:
        answer = ocsp.load_der_ocsp_response(content)
    except ValueError:
        return False
    if answer.response_status != ocsp.OCSPResponseStatus.SUCCESSFUL or not is_answer_from(answer, issuer):
        return False
    for one in answers_about(answer, certificate):
        ends = one.next_update_utc or one.this_update_utc + _LIFE
        is_fresh = one.this_update_utc - _SKEW <= now < ends
        if is_fresh and one.certificate_status != ocsp.OCSPCertStatus.UNKNOWN:
            return True
    return False


def is_revoked(content: bytes, certificate: x509.Certificate) -> bool:
    """Whether a good answer says « revoked »."""
    answer = ocsp.load_der_ocsp_response(content)
    return any(one.certificate_status == ocsp.OCSPCertStatus.REVOKED for one in answers_about(answer, certificate))
