"""Taking over an organisation's own certificate from a PKCS#12 file (RFC 7292)."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.hazmat.primitives.serialization import pkcs12 as pyca

from pli.kit.errors import Phrase
from pli.trust.chains import may_sign_documents
from pli.trust.errors import UnableToImportSeal
from pli.trust.identity import SealIdentity

_CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)
# A PKCS#12 file is a few kilobytes; a huge one is an accident or an attack.
_LARGEST = 1 << 20


def read_pkcs12(data: bytes, password: str, *, now: datetime) -> SealIdentity:
    """The key and certificates of ``data``, checked fit for sealing.

    A key of RSA 2048–3071 bits is accepted (``SealIdentity.warnings`` says ``weak_key``), a smaller one is not.

    :raises UnableToImportSeal: wrong password, no key, unfit key, certificate expired or not made for signing.
    """
    if len(data) > _LARGEST:
        raise UnableToImportSeal(reason="le fichier est trop gros pour un certificat")
    try:
        content = pyca.load_pkcs12(data, password.encode() if password else None)
    except UnsupportedAlgorithm as error:
        raise UnableToImportSeal(
            reason="le fichier est protégé d’une façon que Pli ne connaît pas : exportez-le de nouveau, en AES-256"
        ) from error
    except (ValueError, TypeError) as error:
        raise _unreadable(data) from error
    key, holder = content.key, content.cert
    if key is None:
        raise UnableToImportSeal(reason="le fichier ne contient pas la clé privée : exportez le certificat avec sa clé")
    if holder is None:
        raise UnableToImportSeal(reason="le fichier contient une clé, mais pas son certificat")
    certificate = holder.certificate
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise UnableToImportSeal(reason="ce type de clé n’est pas pris en charge")
    check_public_key(key.public_key())
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if certificate.public_key().public_bytes(*spki) != key.public_key().public_bytes(*spki):
        raise UnableToImportSeal(reason="la clé ne correspond pas au certificat")
    check_certificate(certificate, now)
    return SealIdentity(
        certificate, order_chain(certificate, [extra.certificate for extra in content.additional_certs]), key
    )


def _unreadable(data: bytes) -> UnableToImportSeal:
    """Another kind of file, or a wrong password: whoever exported it mends these differently."""
    if data.lstrip().startswith(b"-----BEGIN"):
        return UnableToImportSeal(
            reason="c’est un fichier PEM : réunissez la clé et le certificat dans un fichier PKCS#12 (.p12, .pfx)"
        )
    # RFC 7292 §4: a SEQUENCE that begins with version 3.
    if data[:1] == b"\x30" and b"\x02\x01\x03" in data[2:9]:
        return UnableToImportSeal(reason="le mot de passe n’est pas celui du fichier, ou le fichier est abîmé")
    return UnableToImportSeal(reason="ce n’est pas un fichier PKCS#12 (.p12, .pfx)")


def check_public_key(key: object) -> None:
    """Refuse a key unfit for sealing.

    :raises UnableToImportSeal: RSA under 2048 bits, a curve nobody checks, another kind of key.
    """
    if not isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise UnableToImportSeal(reason="ce type de clé n’est pas pris en charge")
    if isinstance(key, rsa.RSAPublicKey):
        if key.key_size < 2048:
            raise UnableToImportSeal(reason=Phrase("la clé RSA de %(bits)s bits est trop courte", bits=key.key_size))
    elif not isinstance(key.curve, _CURVES):
        raise UnableToImportSeal(reason=Phrase("la courbe %(curve)s n’est pas prise en charge", curve=key.curve.name))


def check_certificate(certificate: x509.Certificate, now: datetime) -> None:
    """Refuse a certificate that has ended, has not begun, or is for something else: a web server, a code, a list.

    :raises UnableToImportSeal: saying which.
    """
    if now > certificate.not_valid_after_utc:
        raise UnableToImportSeal(
            reason=Phrase("le certificat a expiré le %(day)s", day=f"{certificate.not_valid_after_utc:%d/%m/%Y}")
        )
    if now < certificate.not_valid_before_utc:
        raise UnableToImportSeal(
            reason=Phrase(
                "le certificat n’est valable qu’à partir du %(day)s", day=f"{certificate.not_valid_before_utc:%d/%m/%Y}"
            )
        )
    if not may_sign_documents(certificate):
        raise UnableToImportSeal(reason="le certificat n’est pas prévu pour signer des documents")


def order_chain(certificate: x509.Certificate, others: list[x509.Certificate]) -> tuple[x509.Certificate, ...]:
    """The issuers of ``certificate`` found among ``others``, nearest first; strangers are left out."""
    chain: list[x509.Certificate] = []
    current = certificate
    while current.issuer != current.subject and len(chain) < 8:
        for candidate in others:
            try:
                current.verify_directly_issued_by(candidate)
            except (ValueError, TypeError, InvalidSignature):
                continue
            chain.append(candidate)
            current = candidate
            break
        else:
            break
    return tuple(chain)
