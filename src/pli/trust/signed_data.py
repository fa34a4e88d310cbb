"""CMS SignedData (RFC 5652) as PAdES (EN 319 142-1) and RFC 3161 want it, written straight as DER.

What never changes for an identity (certificates, algorithm, who signed) is encoded once and kept.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from pli.trust.der import NULL, integer, object_identifier, octets, sequence, set_of, tlv
from pli.trust.identity import SealIdentity

_SHA256 = sequence(object_identifier("2.16.840.1.101.3.4.2.1"))
_RSA_SHA256 = sequence(object_identifier("1.2.840.113549.1.1.11"), NULL)
_ECDSA_SHA256 = sequence(object_identifier("1.2.840.10045.4.3.2"))
_SIGNED_DATA = object_identifier("1.2.840.113549.1.7.2")
DATA = object_identifier("1.2.840.113549.1.7.1")
TST_INFO = object_identifier("1.2.840.113549.1.9.16.1.4")
_CONTENT_TYPE = object_identifier("1.2.840.113549.1.9.3")
_MESSAGE_DIGEST = object_identifier("1.2.840.113549.1.9.4")
_SIGNING_CERTIFICATE_V2 = object_identifier("1.2.840.113549.1.9.16.2.47")
_TIMESTAMP_TOKEN = object_identifier("1.2.840.113549.1.9.16.2.14")
_ONE = integer(1)
_THREE = integer(3)


@dataclass(frozen=True)
class _Constant:
    certificates: bytes
    signer: bytes
    algorithm: bytes
    certificate_attribute: bytes


_constants: WeakKeyDictionary[SealIdentity, _Constant] = WeakKeyDictionary()


def _constant(identity: SealIdentity) -> _Constant:
    found = _constants.get(identity)
    if found is None:
        found = _encode_constant(identity)
        _constants[identity] = found
    return found


def _encode_constant(identity: SealIdentity) -> _Constant:
    certificate = identity.certificate_der
    tbs = asn1_x509.Certificate.load(certificate)["tbs_certificate"]
    issuer, serial = tbs["issuer"].dump(), tbs["serial_number"].dump()
    # The root is left out: trust in it comes from the reader, and nothing unauthenticated should ride in the file.
    issuers = [item.public_bytes(Encoding.DER) for item in identity.chain if item.issuer != item.subject]
    # ESSCertIDv2 with the default SHA-256 and the issuer and serial (RFC 5035 §4).
    name = sequence(tlv(0xA4, issuer))
    identifier = sequence(octets(hashlib.sha256(certificate).digest()), sequence(name, serial))
    return _Constant(
        certificates=set_of([certificate, *issuers], tag=0xA0),
        signer=sequence(issuer, serial),
        algorithm=_RSA_SHA256 if identity.is_rsa else _ECDSA_SHA256,
        certificate_attribute=_attribute(_SIGNING_CERTIFICATE_V2, sequence(sequence(identifier))),
    )


def _attribute(kind: bytes, *values: bytes) -> bytes:
    return sequence(kind, set_of(values))


@lru_cache(maxsize=8)
def _content_type(kind: bytes) -> bytes:
    return _attribute(_CONTENT_TYPE, kind)


@dataclass(frozen=True)
class Signature:
    """One computed signature, ready to be wrapped: the raw signature value is what a timestamp covers."""

    identity: SealIdentity
    attributes: bytes
    value: bytes

    def value_digest(self) -> bytes:
        """SHA-256 of the signature value: the imprint of a signature timestamp (EN 319 122-1 §5.3)."""
        return hashlib.sha256(self.value).digest()


def sign_digest(
    identity: SealIdentity, digest: bytes, *, kind: bytes = DATA, more: tuple[bytes, ...] = ()
) -> Signature:
    """Sign the CAdES attributes of content whose SHA-256 is ``digest``; ``more`` are further encoded attributes."""
    attributes = signed_attributes(identity, digest, kind=kind, more=more)
    return Signature(identity, attributes, identity.sign(attributes))


def signed_attributes(
    identity: SealIdentity, digest: bytes, *, kind: bytes = DATA, more: tuple[bytes, ...] = ()
) -> bytes:
    """What a key signs for content whose SHA-256 is ``digest``: its CAdES attributes, encoded."""
    return set_of(
        [
            _content_type(kind),
            _attribute(_MESSAGE_DIGEST, octets(digest)),
            _constant(identity).certificate_attribute,
            *more,
        ]
    )


def wrap(
    signature: Signature,
    *,
    timestamp_token: bytes = b"",
    content: bytes | None = None,
    with_certificates: bool = True,
) -> bytes:
    """The DER ContentInfo of ``signature``: detached when ``content`` is None, else carrying a TSTInfo."""
    constant = _constant(signature.identity)
    unsigned = set_of([_attribute(_TIMESTAMP_TOKEN, timestamp_token)], tag=0xA1) if timestamp_token else b""
    signer_info = sequence(
        _ONE,
        constant.signer,
        _SHA256,
        b"\xa0" + signature.attributes[1:],
        constant.algorithm,
        octets(signature.value),
        unsigned,
    )
    if content is None:
        version, encapsulated = _ONE, sequence(DATA)
    else:
        version, encapsulated = _THREE, sequence(TST_INFO, tlv(0xA0, octets(content)))
    certificates = constant.certificates if with_certificates else b""
    signed_data = sequence(version, set_of([_SHA256]), encapsulated, certificates, set_of([signer_info]))
    return sequence(_SIGNED_DATA, tlv(0xA0, signed_data))


def largest_size(identity: SealIdentity) -> int:
    """An upper bound, in bytes, of what :func:`wrap` yields for a detached signature without its timestamp."""
    constant = _constant(identity)
    public = identity.certificate.public_key()
    value = public.key_size // 8 if isinstance(public, rsa.RSAPublicKey) else 160
    return len(constant.certificates) + len(constant.signer) + len(constant.certificate_attribute) + value + 512
