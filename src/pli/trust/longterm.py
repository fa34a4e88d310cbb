"""B-LT and B-LTA (EN 319 142-1 §5.4–5.5): what a reader will need in twenty years is put into the file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pli.kit.errors import Phrase
from pli.trust.chains import load_revocation_data
from pli.trust.cms_check import BadSignature, check_signer, load_signed_data
from pli.trust.errors import UnableToSeal
from pli.trust.identity import SealIdentity, subject_name
from pli.trust.ocsp import is_revoked
from pli.trust.pkcs12 import order_chain
from pli.trust.places import issuer_places, list_places, responder_places
from pli.trust.requests import RevocationSource

_LONGEST = 8


@dataclass(frozen=True)
class ValidationMaterial:
    """Certificates, responders' answers and revocation lists (DER) that make a signature B-LT."""

    certificates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    ocsps: tuple[bytes, ...] = ()


def collect_material(identity: SealIdentity, tokens: Iterable[bytes], source: RevocationSource) -> ValidationMaterial:
    """The chains of a seal and of its timestamps, each link with its responder's answer or, without one, its list.

    :raises UnableToSeal: some link has neither (worth another try), or a certificate is revoked (not worth one).
    """
    chains = [(identity.certificate, *identity.chain), *_token_chains(tokens)]
    crls: dict[bytes, None] = {}
    ocsps: dict[bytes, None] = {}
    certificates: dict[bytes, None] = {}
    for chain in (_complete(known, source) for known in chains):
        for certificate, issuer in pairwise(chain):
            if answer := _answer_for(certificate, issuer, source):
                ocsps[answer] = None
            else:
                crls[_crl_for(certificate, issuer, source)] = None
        for certificate in chain:
            certificates[certificate.public_bytes(Encoding.DER)] = None
    return ValidationMaterial(tuple(certificates), tuple(crls), tuple(ocsps))


def check_lasting(identity: SealIdentity, source: RevocationSource) -> None:
    """That a signature by this key could be B-LT now: asked before a person is, since it can't be asked of them twice.

    :raises UnableToSeal: as :func:`collect_material`.
    """
    collect_material(identity, [], source)


def _complete(known: tuple[x509.Certificate, ...], source: RevocationSource) -> tuple[x509.Certificate, ...]:
    """Up to a root: by what is known, the trusted roots, and where the certificates say their issuers are."""
    certificate, others = known[0], [*known[1:], *source.roots()]
    for _ in range(_LONGEST):
        chain = (certificate, *order_chain(certificate, others))
        last = chain[-1]
        if last.issuer == last.subject:
            return chain
        fetched = source.issuer_of(last)
        if fetched is None:
            break
        others.append(fetched)
    raise UnableToSeal(
        reason=Phrase(
            "la chaîne de certification est incomplète : il manque l’émetteur de « %(name)s »", name=subject_name(last)
        ),
        permanent=not issuer_places(last),
    )


def _token_chains(tokens: Iterable[bytes]) -> list[tuple[x509.Certificate, ...]]:
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
        chains.append((signer.certificate, *signer.others))
    return chains


def _digest_of(content: bytes) -> Callable[[str], bytes]:
    return lambda name: hashlib.new(name, content).digest()


def _answer_for(certificate: x509.Certificate, issuer: x509.Certificate, source: RevocationSource) -> bytes:
    answer = source.ocsp_for(certificate, issuer)
    if answer and is_revoked(answer, certificate):
        raise _revoked(certificate)
    return answer


def _crl_for(certificate: x509.Certificate, issuer: x509.Certificate, source: RevocationSource) -> bytes:
    content = source.crl_for(certificate, issuer)
    for crl in load_revocation_data([content] if content else [], []).crls:
        if crl.issuer == issuer.subject and crl.is_signature_valid(issuer.public_key()):  # type: ignore[arg-type]
            if crl.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
                raise _revoked(certificate)
            return content
    raise _missing(certificate)


def _revoked(certificate: x509.Certificate) -> UnableToSeal:
    return UnableToSeal(
        reason=Phrase("le certificat « %(name)s » est révoqué", name=subject_name(certificate)), permanent=True
    )


def _missing(certificate: x509.Certificate) -> UnableToSeal:
    """Says what was asked: whoever runs the server can then look at those addresses."""
    responders = ", ".join(urlsplit(url).netloc for url in responder_places(certificate))
    lists = ", ".join(urlsplit(url).netloc for url in list_places(certificate))
    name = subject_name(certificate)
    if responders and lists:
        reason = Phrase(
            "ni le répondeur OCSP (%(responder)s) ni la liste de révocation (%(list)s) de « %(name)s » n’ont répondu",
            responder=responders,
            list=lists,
            name=name,
        )
    elif responders:
        reason = Phrase(
            "le répondeur OCSP (%(responder)s) de « %(name)s » n’a pas répondu, et il n’y a pas de liste de révocation",
            responder=responders,
            name=name,
        )
    elif lists:
        reason = Phrase(
            "la liste de révocation (%(list)s) de « %(name)s » n’a pas été obtenue, et il n’y a pas de répondeur OCSP",
            list=lists,
            name=name,
        )
    else:
        reason = Phrase("le certificat « %(name)s » ne dit pas où demander s’il est révoqué (OCSP ou liste)", name=name)
    return UnableToSeal(reason=reason, permanent=not responders and not lists)
