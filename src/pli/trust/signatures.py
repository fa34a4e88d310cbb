"""One signature of a PDF: coverage, mathematics, certificate, timestamp, level."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, BinaryIO

from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader

from pli.trust.chains import ChainVerdict, RevocationData, check_chain, load_revocation_data, may_sign_documents
from pli.trust.cms_check import BadSignature, CheckedSigner, UnsupportedSignature, check_signer, load_signed_data
from pli.trust.coverage import Coverage, FoundSignature, digest_ranges, read_coverage
from pli.trust.dictionary import instant_of, is_locking, text_of, transform_of
from pli.trust.identity import subject_name
from pli.trust.objects import raw, resolved
from pli.trust.tokens import TimestampVerdict, verify_timestamp
from pli.trust.verdicts import SignatureVerdict

_PADES = "/ETSI.CAdES.detached"
_PKCS7 = "/adbe.pkcs7.detached"
# The oldest form (ISO 32000-1 §12.8.3.3.1): the CMS carries a SHA-1 digest of the ranges as its content.
_PKCS7_SHA1 = "/adbe.pkcs7.sha1"
_TIMESTAMP = "/ETSI.RFC3161"


@dataclass(frozen=True)
class ValidationData:
    """The document's security store: certificates and revocation data put there for the far future."""

    certificates: tuple[x509.Certificate, ...]
    revocation: RevocationData

    @classmethod
    def read(cls, reader: PdfFileReader, *, limit: int) -> ValidationData:
        """What can be read of /DSS, at most ``limit`` entries of each sort."""
        store = resolved(raw(reader.root, "/DSS"))
        certificates = []
        for der in _streams(store, "/Certs", limit):
            try:
                certificates.append(x509.load_der_x509_certificate(der))
            except ValueError:
                continue
        data = load_revocation_data(_streams(store, "/CRLs", limit), _streams(store, "/OCSPs", limit))
        return cls(tuple(certificates), data)


def _streams(store: Any, name: str, limit: int) -> list[bytes]:
    found = []
    entries = resolved(raw(store, name))
    for entry in list(entries)[:limit] if isinstance(entries, list) else ():
        content = resolved(entry)
        if isinstance(content, generic.StreamObject):
            # One that is damaged proves nothing; the others do.
            with suppress(PdfError, zlib.error, ValueError):
                found.append(bytes(content.data))
    return found


@dataclass(frozen=True)
class CheckedSignature:
    """A signature's own verdict, before the rest of the file is looked at."""

    found: FoundSignature
    coverage: Coverage | None
    verdict: SignatureVerdict
    is_unsupported: bool = False
    is_revoked: bool = False


def check_signature(
    reader: PdfFileReader,
    stream: BinaryIO,
    found: FoundSignature,
    roots: Sequence[x509.Certificate],
    data: ValidationData,
    at: datetime,
) -> CheckedSignature:
    """Judge one signature; never raises for a bad one."""
    value = found.value
    is_timestamp = value.get("/SubFilter") == _TIMESTAMP
    verdict = SignatureVerdict(
        number=0,
        kind="timestamp" if is_timestamp else "signature",
        field_name=found.field_name,
        is_intact=False,
        is_trusted=False,
        claimed_name=text_of(value, "/Name"),
        stated_reason=text_of(value, "/Reason"),
        signing_time=instant_of(value),
        is_certification=transform_of(value, "/DocMDP") is not None,
        is_locking=is_locking(value),
    )
    coverage: Coverage | None = None
    try:
        coverage = read_coverage(reader, stream, found)
        verdict = replace(
            verdict,
            revision=coverage.revision + 1,
            signed_size=coverage.end,
            covers_whole_file=coverage.covers_whole_file,
            sha256=_hash_start(stream, coverage.end),
        )
        if is_timestamp:
            return _check_timestamp(stream, found, coverage, verdict, roots, data)
        return _check_seal(stream, found, coverage, verdict, roots, data, at)
    except UnsupportedSignature as error:
        return CheckedSignature(found, coverage, replace(verdict, reason=error.code), is_unsupported=True)
    except BadSignature as error:
        return CheckedSignature(found, coverage, replace(verdict, reason=error.code))


def _check_seal(
    stream: BinaryIO,
    found: FoundSignature,
    coverage: Coverage,
    verdict: SignatureVerdict,
    roots: Sequence[x509.Certificate],
    data: ValidationData,
    at: datetime,
) -> CheckedSignature:
    subfilter = found.value.get("/SubFilter")
    if subfilter not in (_PADES, _PKCS7, _PKCS7_SHA1):
        raise UnsupportedSignature("unsupported_format")
    signed, length = load_signed_data(coverage.contents)
    if any(coverage.contents[length:]):
        raise BadSignature("contents_padded")
    signer = _check_signer(signed, stream, coverage, carries_digest=subfilter == _PKCS7_SHA1)
    if subfilter == _PADES and not signer.has_certificate_binding:
        raise BadSignature("certificate_not_bound")
    others = [*signer.others, *data.certificates]
    stamp = _signature_timestamp(signer, roots, others, data.revocation)
    proven = stamp is not None and stamp.is_trusted
    moment = stamp.time if stamp is not None and proven and stamp.time is not None else at
    chain = check_chain(signer.certificate, others, roots, moment, data.revocation)
    reason = _doubt(signer, chain, stamp)
    return CheckedSignature(
        found,
        coverage,
        replace(
            verdict,
            is_intact=True,
            is_trusted=not reason or reason == "timestamp_invalid",
            reason=reason,
            **_signer_facts(signer),
            timestamp_time=stamp.time if stamp is not None else None,
            timestamp_authority=stamp.authority if stamp is not None else "",
            is_timestamp_trusted=proven,
            level=_level(chain, stamp),
        ),
        is_revoked=chain.is_revoked,
    )


def _check_signer(
    signed: cms.SignedData, stream: BinaryIO, coverage: Coverage, *, carries_digest: bool
) -> CheckedSigner:
    content = bytes(signed["encap_content_info"]["content"] or b"")
    if not carries_digest:
        if content:
            raise BadSignature("cms_malformed")
        return check_signer(signed, "data", lambda name: digest_ranges(stream, coverage, name))
    if content != digest_ranges(stream, coverage, "sha1"):
        raise BadSignature("digest_mismatch")
    signer = check_signer(signed, "data", lambda name: hashlib.new(name, content).digest(), content=content)
    # Whatever the signer's own digest is, the file hangs on SHA-1 (EN 319 102-1: CRYPTO_CONSTRAINTS_FAILURE).
    return replace(signer, is_weak=True)


def _signer_facts(signer: CheckedSigner) -> dict[str, Any]:
    certificate = signer.certificate
    issuer = certificate.issuer.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    return {
        "signer_name": subject_name(certificate),
        "certificate_fingerprint": hashlib.sha256(certificate.public_bytes(Encoding.DER)).hexdigest(),
        "certificate_not_after": certificate.not_valid_after_utc,
        "issuer_name": str(issuer[0].value) if issuer else certificate.issuer.rfc4514_string(),
        "algorithm": signer.algorithm,
    }


def _signature_timestamp(
    signer: CheckedSigner, roots: Sequence[x509.Certificate], others: list[x509.Certificate], data: RevocationData
) -> TimestampVerdict | None:
    token = signer.unsigned.get("signature_time_stamp_token")
    if token is None:
        return None
    return _stamp_over(token.dump(), lambda name: hashlib.new(name, signer.signature).digest(), roots, others, data)


def _stamp_over(
    token: bytes,
    digest_of: Any,
    roots: Sequence[x509.Certificate],
    others: list[x509.Certificate],
    data: RevocationData,
) -> TimestampVerdict:
    verdict = verify_timestamp(token, digest_of("sha256"), roots, others=others, revocation=data)
    for name in ("sha384", "sha512"):
        if verdict.is_intact or verdict.reason != "timestamp_of_something_else":
            break
        verdict = verify_timestamp(token, digest_of(name), roots, others=others, revocation=data)
    return verdict


def _check_timestamp(
    stream: BinaryIO,
    found: FoundSignature,
    coverage: Coverage,
    verdict: SignatureVerdict,
    roots: Sequence[x509.Certificate],
    data: ValidationData,
) -> CheckedSignature:
    _, length = load_signed_data(coverage.contents)
    if any(coverage.contents[length:]):
        raise BadSignature("contents_padded")
    token = coverage.contents[:length]
    stamp = _stamp_over(
        token, lambda name: digest_ranges(stream, coverage, name), roots, list(data.certificates), data.revocation
    )
    judged = replace(
        verdict,
        is_intact=stamp.is_intact,
        is_trusted=stamp.is_trusted,
        reason=stamp.reason,
        signer_name=stamp.authority,
        timestamp_time=stamp.time,
        timestamp_authority=stamp.authority,
        is_timestamp_trusted=stamp.is_trusted,
        algorithm=stamp.algorithm,
    )
    return CheckedSignature(found, coverage, judged, is_revoked=stamp.chain is not None and stamp.chain.is_revoked)


def _doubt(signer: CheckedSigner, chain: ChainVerdict, stamp: TimestampVerdict | None) -> str:
    if chain.is_revoked:
        return "certificate_revoked"
    if signer.is_weak:
        return "weak_algorithm"
    if not chain.is_trusted:
        return "certificate_unknown"
    if not may_sign_documents(signer.certificate):
        return "certificate_not_for_signing"
    if stamp is not None and not stamp.is_intact:
        return "timestamp_invalid"
    # Nothing protects what stands there. PAdES knows the timestamp alone (EN 319 142-1 §6.3); a damaged one is none.
    if signer.unsigned.keys() - {"signature_time_stamp_token"}:
        return "attribute_unknown"
    return ""


def _level(chain: ChainVerdict, stamp: TimestampVerdict | None) -> Any:
    if stamp is None or not stamp.is_trusted:
        return "B-B"
    has_all = chain.has_revocation_data and stamp.chain is not None and stamp.chain.has_revocation_data
    return "B-LT" if has_all else "B-T"


def _hash_start(stream: BinaryIO, end: int) -> str:
    digest = hashlib.sha256()
    stream.seek(0)
    while end > 0 and (block := stream.read(min(end, 1 << 20))):
        digest.update(block)
        end -= len(block)
    return digest.hexdigest()
