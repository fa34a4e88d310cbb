"""Whether a certificate leads to a trusted root at an instant (RFC 5280 §6), and whether it was revoked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise

from cryptography import x509
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store, VerificationError


@dataclass(frozen=True)
class ChainVerdict:
    """The path from a certificate to a trusted root; ``chain`` starts at the certificate, empty when there is none."""

    is_trusted: bool
    chain: tuple[x509.Certificate, ...] = ()
    is_revoked: bool = False
    # Every certificate but the root has revocation data among what was given: what B-LT needs.
    has_revocation_data: bool = False


@dataclass(frozen=True)
class RevocationData:
    """Revocation lists and OCSP responses at hand (from the file and from the store); unreadable ones are left out."""

    crls: tuple[x509.CertificateRevocationList, ...] = ()
    ocsps: tuple[ocsp.OCSPResponse, ...] = ()


NO_REVOCATION_DATA = RevocationData()


def load_revocation_data(crls: Iterable[bytes], ocsps: Iterable[bytes]) -> RevocationData:
    """Parse what can be parsed."""
    lists, answers = [], []
    for der in crls:
        try:
            lists.append(x509.load_der_x509_crl(der))
        except ValueError:
            continue
    for der in ocsps:
        try:
            answer = ocsp.load_der_ocsp_response(der)
        except ValueError:
            continue
        if answer.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL:
            answers.append(answer)
    return RevocationData(tuple(lists), tuple(answers))


def _is_authority(_policy: object, _certificate: x509.Certificate, value: x509.BasicConstraints) -> None:
    if not value.ca:
        raise ValueError("not a certificate authority")


def _may_certify(_policy: object, _certificate: x509.Certificate, value: x509.KeyUsage | None) -> None:
    if value is not None and not value.key_cert_sign:
        raise ValueError("not allowed to issue certificates")


_AUTHORITIES = (
    ExtensionPolicy.permit_all()
    .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, _is_authority)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _may_certify)
)


def check_chain(
    certificate: x509.Certificate,
    others: Iterable[x509.Certificate],
    roots: Sequence[x509.Certificate],
    at: datetime,
    revocation: RevocationData = NO_REVOCATION_DATA,
) -> ChainVerdict:
    """Follow ``certificate`` through ``others`` to one of ``roots``, all valid at ``at``."""
    if not roots:
        return ChainVerdict(is_trusted=False)
    verifier = (
        PolicyBuilder()
        .store(Store(list(roots)))
        .time(at.astimezone(UTC).replace(tzinfo=None))
        .max_chain_depth(6)
        .extension_policies(ca_policy=_AUTHORITIES, ee_policy=ExtensionPolicy.permit_all())
        .build_client_verifier()
    )
    try:
        chain = tuple(verifier.verify(certificate, list(others)).chain)
    except (VerificationError, ValueError, TypeError):
        return ChainVerdict(is_trusted=False)
    links = list(pairwise(chain))
    states = [_revocation_state(item, issuer, at, revocation) for item, issuer in links]
    return ChainVerdict(
        is_trusted=not any(state == "revoked" for state in states),
        chain=chain,
        is_revoked=any(state == "revoked" for state in states),
        has_revocation_data=bool(links) and all(state != "unknown" for state in states),
    )


def _revocation_state(
    certificate: x509.Certificate, issuer: x509.Certificate, at: datetime, data: RevocationData
) -> str:
    known = "unknown"
    for crl in data.crls:
        if crl.issuer != issuer.subject or not crl.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
            continue
        entry = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
        if entry is not None and entry.revocation_date_utc <= at:
            return "revoked"
        known = "good"
    for answer in data.ocsps:
        for one in answers_about(answer, certificate):
            if not is_answer_from(answer, issuer):
                continue
            if one.certificate_status == ocsp.OCSPCertStatus.REVOKED:
                when = one.revocation_time_utc
                if when is not None and when <= at:
                    return "revoked"
            elif one.certificate_status == ocsp.OCSPCertStatus.GOOD:
                known = "good"
    return known


def answers_about(answer: ocsp.OCSPResponse, certificate: x509.Certificate) -> list[ocsp.OCSPSingleResponse]:
    """What a successful response says of a certificate; it may speak of several."""
    try:
        return [one for one in answer.responses if one.serial_number == certificate.serial_number]
    except ValueError:
        return []


def is_answer_from(answer: ocsp.OCSPResponse, issuer: x509.Certificate) -> bool:
    """Whether the response is signed by ``issuer`` or by a responder it delegated (RFC 6960 §4.2.2.2)."""
    candidates = [issuer]
    for item in answer.certificates:
        try:
            item.verify_directly_issued_by(issuer)
            usage = item.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
            is_valid = item.not_valid_before_utc <= answer.produced_at_utc <= item.not_valid_after_utc
        except Exception:  # noqa: BLE001, S112 — any doubt: not a delegated responder
            continue
        if is_valid and ExtendedKeyUsageOID.OCSP_SIGNING in usage:
            candidates.append(item)
    return any(_signed_by(answer, candidate) for candidate in candidates)


def _signed_by(answer: ocsp.OCSPResponse, certificate: x509.Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    key, algorithm = certificate.public_key(), answer.signature_hash_algorithm
    if algorithm is None:
        return False
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), algorithm)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(answer.signature, answer.tbs_response_bytes, ec.ECDSA(algorithm))
        else:
            return False
    except InvalidSignature:
        return False
    return True


_NOT_FOR_DOCUMENTS = frozenset(
    (
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.CODE_SIGNING,
        ExtendedKeyUsageOID.TIME_STAMPING,
        ExtendedKeyUsageOID.OCSP_SIGNING,
    )
)


def may_sign_documents(certificate: x509.Certificate) -> bool:
    """Whether a certificate is one for signatures: a web server's of the same authority must not seal contracts."""
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
        if not (usage.digital_signature or usage.content_commitment):
            return False
    except x509.ExtensionNotFound:
        pass
    except ValueError:
        return False
    try:
        purposes = set(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    except x509.ExtensionNotFound:
        return True
    return not purposes <= _NOT_FOR_DOCUMENTS


def is_timestamp_certificate(certificate: x509.Certificate) -> bool:
    """Whether timeStamping is its only extended key usage, and critical (RFC 3161 §2.3)."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except (x509.ExtensionNotFound, ValueError):
        return False
    return extension.critical and list(extension.value) == [ExtendedKeyUsageOID.TIME_STAMPING]
