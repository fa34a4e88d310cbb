"""One signature of a PDF: coverage, mathematics, certificate, timestamp, level."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, BinaryIO

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.generic import parse_pdf_date
from pyhanko.pdf_utils.reader import PdfFileReader

from pli.trust.chains import ChainVerdict, RevocationData, check_chain, load_revocation_data, may_sign_documents
from pli.trust.cms_check import BadSignature, CheckedSigner, UnsupportedSignature, check_signer, load_signed_data
from pli.trust.coverage import Coverage, FoundSignature, digest_ranges, read_coverage
from pli.trust.identity import subject_name
from pli.trust.objects import raw, resolved
from pli.trust.tokens import TimestampVerdict, verify_timestamp
from pli.trust.verdicts import SignatureVerdict

_PADES = "/ETSI.CAdES.detached"
_PKCS7 = "/adbe.pkcs7.detached"
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
        claimed_name=_text(value, "/Name"),
        stated_reason=_text(value, "/Reason"),
        signing_time=_instant(value),
        is_certification=_transform(value, "/DocMDP") is not None,
        is_locking=_is_locking(value),
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
    if subfilter not in (_PADES, _PKCS7):
        raise UnsupportedSignature("unsupported_format")
    signed, length = load_signed_data(coverage.contents)
    if any(coverage.contents[length:]):
        raise BadSignature("contents_padded")
    if bytes(signed["encap_content_info"]["content"] or b""):
        raise BadSignature("cms_malformed")
    signer = check_signer(signed, "data", lambda name: digest_ranges(stream, coverage, name))
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


def _text(value: generic.DictionaryObject, key: str) -> str:
    found = value.get(key)
    return str(found)[:500] if isinstance(found, str) else ""


def _instant(value: generic.DictionaryObject) -> datetime | None:
    found = value.get("/M")
    if not isinstance(found, str):
        return None
    try:
        instant = parse_pdf_date(str(found), strict=False)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def _transform(value: generic.DictionaryObject, method: str) -> generic.DictionaryObject | None:
    """The parameters of a transform method (DocMDP, FieldMDP) of the signature, if it has it."""
    references = resolved(raw(value, "/Reference"))
    for entry in references if isinstance(references, list) else ():
        reference = resolved(entry)
        if isinstance(reference, generic.DictionaryObject) and reference.get("/TransformMethod") == method:
            parameters = reference.get("/TransformParams")
            return parameters if isinstance(parameters, generic.DictionaryObject) else generic.DictionaryObject()
    return None


def _is_locking(value: generic.DictionaryObject) -> bool:
    """Whether the signature forbids further ones: DocMDP or FieldMDP with P=1."""
    for method in ("/DocMDP", "/FieldMDP"):
        parameters = _transform(value, method)
        if parameters is not None and parameters.get("/P") == 1:
            return True
    return False
