"""Taking over an organisation's own certificate from a PKCS#12 file (RFC 7292)."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.hazmat.primitives.serialization import pkcs12 as pyca

from pli.kit.errors import Phrase
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
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise UnableToImportSeal(reason="mot de passe faux, ou ce n’est pas un fichier PKCS#12 (.p12, .pfx)") from error
    key, holder = content.key, content.cert
    if key is None or holder is None:
        raise UnableToImportSeal(reason="le fichier ne contient pas à la fois un certificat et sa clé")
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
    """Refuse a certificate that has ended or is not made for signing.

    :raises UnableToImportSeal: saying which.
    """
    if now > certificate.not_valid_after_utc:
        raise UnableToImportSeal(
            reason=Phrase("le certificat a expiré le %(day)s", day=f"{certificate.not_valid_after_utc:%d/%m/%Y}")
        )
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return
    if not (usage.digital_signature or usage.content_commitment):
        raise UnableToImportSeal(reason="le certificat n’est pas prévu pour signer")


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
