"""B-LT and B-LTA (EN 319 142-1 §5.4–5.5): what a reader will need in twenty years is put into the file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pli.kit.errors import Phrase
from pli.trust.chains import load_revocation_data
from pli.trust.cms_check import BadSignature, check_signer, load_signed_data
from pli.trust.errors import UnableToSeal
from pli.trust.identity import SealIdentity
from pli.trust.pkcs12 import order_chain
from pli.trust.requests import RevocationSource


@dataclass(frozen=True)
class ValidationMaterial:
    """Certificates and revocation lists (DER) that make a signature B-LT."""

    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]


def collect_material(identity: SealIdentity, tokens: Iterable[bytes], source: RevocationSource) -> ValidationMaterial:
    """The chains of a seal and of its timestamps, each link with its revocation list.

    :raises UnableToSeal: some link has none at hand (worth another try), or a certificate is revoked (not worth one).
    """
    chains = [_complete(identity, source), *_token_chains(tokens, source)]
    crls: dict[bytes, None] = {}
    certificates: dict[bytes, None] = {}
    for chain in chains:
        if chain[-1].issuer != chain[-1].subject:
            raise UnableToSeal(reason="la chaîne de certification est incomplète", permanent=True)
        for certificate, issuer in pairwise(chain):
            crls[_crl_for(certificate, issuer, source)] = None
        for certificate in chain:
            certificates[certificate.public_bytes(Encoding.DER)] = None
    return ValidationMaterial(tuple(certificates), tuple(crls))


def _complete(identity: SealIdentity, source: RevocationSource) -> tuple[x509.Certificate, ...]:
    known = [*identity.chain, *source.roots()]
    return (identity.certificate, *order_chain(identity.certificate, known))


def _token_chains(tokens: Iterable[bytes], source: RevocationSource) -> list[tuple[x509.Certificate, ...]]:
    chains = []
    for token in tokens:
        try:
            data, _ = load_signed_data(token)
            content = bytes(data["encap_content_info"]["content"])
            signer = check_signer(data, "tst_info", _digest_of(content))
        except BadSignature as error:
            raise UnableToSeal(
                reason=Phrase("jeton d’horodatage illisible (%(code)s)", code=error.code), permanent=False
            ) from error
        known = [*signer.others, *source.roots()]
        chains.append((signer.certificate, *order_chain(signer.certificate, known)))
    return chains


def _digest_of(content: bytes) -> Callable[[str], bytes]:
    return lambda name: hashlib.new(name, content).digest()


def _crl_for(certificate: x509.Certificate, issuer: x509.Certificate, source: RevocationSource) -> bytes:
    content = source.crl_for(certificate, issuer)
    for crl in load_revocation_data([content] if content else [], []).crls:
        if crl.issuer == issuer.subject and crl.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
            if crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
                raise UnableToSeal(reason="un certificat de la chaîne est révoqué", permanent=True)
            return content
    raise UnableToSeal(reason="aucune liste de révocation pour un certificat de la chaîne", permanent=False)
