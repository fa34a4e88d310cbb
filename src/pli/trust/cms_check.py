"""Checking one CMS signature (RFC 5652, CAdES EN 319 122-1): digest, attributes, certificate binding, signature value.

Trust in the certificate is another question: see ``chains``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from asn1crypto import cms, core, tsp  # tsp registers the timestamp and signing-certificate attributes
from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

from pli.trust.identity import describe_key
from pli.trust.nesting import as_definite, is_well_nested

__all__ = ["BadSignature", "CheckedSigner", "check_signer", "load_signed_data", "tsp"]

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha224": hashes.SHA224,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_LARGEST = 4 << 20


class BadSignature(Exception):
    """The signature does not hold; the argument is a plain code."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class UnsupportedSignature(BadSignature):
    """Neither good nor bad: an algorithm or format this verifier does not know."""


@dataclass(frozen=True)
class CheckedSigner:
    """A signature whose mathematics hold."""

    certificate: x509.Certificate
    others: tuple[x509.Certificate, ...]
    digest_algorithm: str
    algorithm: str
    is_weak: bool
    has_certificate_binding: bool
    signature: bytes
    signed: dict[str, Any]
    unsigned: dict[str, Any]


def load_signed_data(content: bytes) -> tuple[cms.SignedData, int]:
    """The SignedData at the start of ``content`` and its length there.

    :raises BadSignature: not a SignedData.
    """
    if len(content) > _LARGEST:
        raise BadSignature("cms_too_large")
    try:
        written, length = as_definite(content)
        if not is_well_nested(written):
            raise BadSignature("cms_malformed")
        info = cms.ContentInfo.load(written)
        if info["content_type"].native != "signed_data":
            raise BadSignature("not_signed_data")
        data = info["content"]
        if data["version"].native not in ("v1", "v3", "v4", "v5"):
            raise BadSignature("cms_malformed")
        return data, length
    except (ValueError, TypeError, KeyError) as error:
        raise BadSignature("cms_malformed") from error


def check_signer(
    data: cms.SignedData, kind: str, digest_of: Callable[[str], bytes], *, content: bytes | None = None
) -> CheckedSigner:
    """Check the only signer of ``data`` over content of type ``kind`` whose digest ``digest_of(algorithm)`` gives.

    With the ``content`` itself at hand a signature without attributes is judged too (RFC 5652 §5.4): it is over that.

    :raises BadSignature: it does not hold. UnsupportedSignature: it cannot be judged.
    """
    try:
        return _check(data, kind, digest_of, content)
    except BadSignature:
        raise
    except UnsupportedAlgorithm as error:
        raise UnsupportedSignature("unsupported_algorithm") from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise BadSignature("cms_malformed") from error


def _check(data: cms.SignedData, kind: str, digest_of: Callable[[str], bytes], content: bytes | None) -> CheckedSigner:
    if len(data["signer_infos"]) != 1:
        raise UnsupportedSignature("several_signers")
    info = data["signer_infos"][0]
    if info["version"].native not in ("v1", "v3") or data["encap_content_info"]["content_type"].native != kind:
        raise BadSignature("cms_malformed")
    digest_algorithm = info["digest_algorithm"]["algorithm"].native
    if digest_algorithm not in _HASHES:
        raise UnsupportedSignature("unsupported_algorithm")
    if digest_algorithm not in [item["algorithm"].native for item in data["digest_algorithms"]]:
        raise BadSignature("cms_malformed")
    certificate, others = _find_certificate(data, info)
    # Taken as written before anything inside is looked at: asn1crypto may encode anew what it has parsed.
    covered = b"\x31" + info["signed_attrs"].dump()[1:]
    signed = _attributes(info["signed_attrs"])
    if content is not None and isinstance(info["signed_attrs"], core.Void):
        covered = content
    else:
        _check_attributes(signed, kind, digest_of(digest_algorithm))
    binding = _check_binding(signed, certificate)
    mechanism = info["signature_algorithm"]
    _check_parameters(mechanism, info["digest_algorithm"])
    _verify(certificate, mechanism, digest_algorithm, info["signature"].native, covered)
    key = describe_key(certificate)
    return CheckedSigner(
        certificate=certificate,
        others=others,
        digest_algorithm=digest_algorithm,
        algorithm=f"{key} {digest_algorithm.upper().replace('SHA', 'SHA-')}",
        is_weak=digest_algorithm in ("sha1", "sha224") or _is_short(certificate),
        has_certificate_binding=binding,
        signature=info["signature"].native,
        signed=signed,
        unsigned=_attributes(info["unsigned_attrs"]),
    )


def _check_attributes(signed: dict[str, Any], kind: str, digest: bytes) -> None:
    """That the signed attributes name the content's type and its digest (RFC 5652 §11)."""
    if signed.get("content_type") is None or signed["content_type"].native != kind:
        raise BadSignature("content_type_mismatch")
    if signed.get("message_digest") is None or signed["message_digest"].native != digest:
        raise BadSignature("digest_mismatch")


def _check_parameters(mechanism: Any, digest: Any) -> None:
    """Parameters that nobody reads must be none (RFC 4055 §2.1, RFC 5754 §2): else they could say anything."""
    for algorithm in (mechanism, digest):
        if algorithm["algorithm"].native == "rsassa_pss":
            continue
        told = algorithm["parameters"]
        if not isinstance(told, core.Void) and told.dump() not in (b"", b"\x05\x00"):
            raise BadSignature("cms_malformed")


def _is_short(certificate: x509.Certificate) -> bool:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size < 2048
    return isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size < 256


def _attributes(values: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for attribute in () if isinstance(values, core.Void) else values:
        name = attribute["type"].native
        if name in found:
            raise BadSignature("attribute_repeated")
        if len(attribute["values"]) >= 1:
            found[name] = attribute["values"][0]
    return found


def _find_certificate(
    data: cms.SignedData, info: cms.SignerInfo
) -> tuple[x509.Certificate, tuple[x509.Certificate, ...]]:
    wanted = info["sid"]
    chosen: bytes | None = None
    others: list[bytes] = []
    for choice in () if isinstance(data["certificates"], core.Void) else data["certificates"]:
        if choice.name != "certificate":
            continue
        candidate = choice.chosen
        if wanted.name == "issuer_and_serial_number":
            fits = (
                candidate["tbs_certificate"]["issuer"].dump() == wanted.chosen["issuer"].dump()
                and candidate.serial_number == wanted.chosen["serial_number"].native
            )
        else:
            fits = candidate.key_identifier == wanted.chosen.native
        if fits and chosen is None:
            chosen = candidate.dump()
        elif len(others) < 32:
            others.append(candidate.dump())
    if chosen is None:
        raise BadSignature("certificate_missing")
    loaded = []
    for der in others:
        try:
            loaded.append(x509.load_der_x509_certificate(der))
        except (ValueError, x509.InvalidVersion):
            continue
    try:
        return x509.load_der_x509_certificate(chosen), tuple(loaded)
    except (ValueError, x509.InvalidVersion) as error:
        raise BadSignature("certificate_missing") from error


def _check_binding(signed: dict[str, Any], certificate: x509.Certificate) -> bool:
    """Whether the certificate's digest is among the signed attributes (RFC 5035); a wrong one is a substitution."""
    from cryptography.hazmat.primitives.serialization import Encoding

    der = certificate.public_bytes(Encoding.DER)
    second = signed.get("signing_certificate_v2")
    if second is not None:
        identifier = second["certs"][0]
        algorithm = identifier["hash_algorithm"]["algorithm"].native
        if algorithm not in _HASHES:
            raise UnsupportedSignature("unsupported_algorithm")
        if hashlib.new(algorithm, der).digest() != identifier["cert_hash"].native:
            raise BadSignature("certificate_substituted")
        return True
    first = signed.get("signing_certificate")
    if first is not None:
        if hashlib.sha1(der).digest() != first["certs"][0]["cert_hash"].native:  # noqa: S324 — RFC 2634 knows no other
            raise BadSignature("certificate_substituted")
        return True
    return False


def _verify(certificate: x509.Certificate, mechanism: Any, digest: str, signature: bytes, signed: bytes) -> None:
    key = certificate.public_key()
    algorithm = mechanism.signature_algo
    try:
        if isinstance(key, rsa.RSAPublicKey) and algorithm in ("rsassa_pkcs1v15", "rsassa_pss"):
            key.verify(signature, signed, _rsa_padding(mechanism, algorithm, digest), _HASHES[digest]())
        elif isinstance(key, ec.EllipticCurvePublicKey) and algorithm == "ecdsa":
            if mechanism["algorithm"].native != "ecdsa" and mechanism.hash_algo != digest:
                raise BadSignature("digest_algorithm_mismatch")
            key.verify(signature, signed, ec.ECDSA(_HASHES[digest]()))
        elif isinstance(key, ed25519.Ed25519PublicKey | ed448.Ed448PublicKey) and algorithm in ("ed25519", "ed448"):
            key.verify(signature, signed)
        else:
            raise UnsupportedSignature("unsupported_algorithm")
    except InvalidSignature as error:
        raise BadSignature("signature_invalid") from error


def _rsa_padding(mechanism: Any, algorithm: str, digest: str) -> padding.AsymmetricPadding:
    if algorithm == "rsassa_pkcs1v15":
        if mechanism["algorithm"].native != "rsassa_pkcs1v15" and mechanism.hash_algo != digest:
            raise BadSignature("digest_algorithm_mismatch")
        return padding.PKCS1v15()
    parameters = mechanism["parameters"]
    if parameters["hash_algorithm"]["algorithm"].native != digest:
        raise BadSignature("digest_algorithm_mismatch")
    mask = parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native
    if mask not in _HASHES:
        raise UnsupportedSignature("unsupported_algorithm")
    return padding.PSS(padding.MGF1(_HASHES[mask]()), parameters["salt_length"].native)
