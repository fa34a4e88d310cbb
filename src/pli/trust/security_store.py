"""Writing a document security store: the sandbox's side of B-LT (see ``longterm``)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from pyhanko.sign.validation.dss import DocumentSecurityStore

from pli.trust.revision import explained, open_for_append


def write_validation_data(
    stream: BinaryIO, *, certificates: Sequence[bytes], crls: Sequence[bytes], ocsps: Sequence[bytes]
) -> None:
    """Append a revision with a document security store (ISO 32000-2 §12.8.4.3)."""
    writer = open_for_append(stream)
    with explained("les données de validation n’ont pas pu être ajoutées"):
        DocumentSecurityStore.supply_dss_in_writer(
            writer,
            None,
            certs=[asn1_x509.Certificate.load(der) for der in certificates],
            crls=[asn1_crl.CertificateList.load(der) for der in crls],
            ocsps=[asn1_ocsp.OCSPResponse.load(der) for der in ocsps],
        )
        writer.write_in_place()  # type: ignore[no-untyped-call]
    stream.flush()
