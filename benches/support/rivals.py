"""pyHanko on its own, doing what Pli's seal does: the floor of ``./bench seal`` and ``./bench ceremony``."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

from asn1crypto import cms, keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSigner
from pyhanko.sign.timestamps.api import TimeStamper
from pyhanko.stamp import StaticStampStyle

from pli.trust.api import SealIdentity, TimestampService

Box = tuple[int, int, int, int]
RESERVED = 16384


class KeptKeySigner(SimpleSigner):
    """Stock pyHanko but for the key, which it would load and check anew at every signature."""

    held: SealIdentity

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:  # noqa: FBT001, FBT002
        return bytes(384) if dry_run else self.held.sign(data)


class SameTimestamps(TimeStamper):
    """pyHanko's door to the timestamp authority that Pli itself asks."""

    def __init__(self, service: TimestampService) -> None:
        super().__init__(include_nonce=False)
        self._service = service

    async def async_timestamp(self, message_digest: bytes, md_algorithm: str) -> cms.ContentInfo:
        return cms.ContentInfo.load(self._service.timestamp(message_digest))


def pyhanko_signature(
    contract: bytes,
    seal: SealIdentity,
    *,
    keeps_key: bool,
    timestamps: TimestampService | None = None,
    mark: Path | None = None,
    box: Box = (100, 100, 300, 180),
) -> Callable[[], object]:
    """A call that signs ``contract`` in memory: PAdES, with a timestamp and a visible mark when they are given.

    ``keeps_key``: the loaded key and a fixed reserved size, the best that can be had from pyHanko; otherwise as its
    documentation shows it, with ``SimpleSigner`` and the size found by a first dry run.
    """
    kind = KeptKeySigner if keeps_key else SimpleSigner
    encoded = seal.key.private_bytes(Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    signer = kind(
        signing_cert=asn1_x509.Certificate.load(seal.certificate_der),
        signing_key=keys.PrivateKeyInfo.load(encoded),
        cert_registry=None,
    )
    if isinstance(signer, KeptKeySigner):
        signer.held = seal
    meta = PdfSignatureMetadata(field_name="S", subfilter=SigSeedSubFilter.PADES, md_algorithm="sha256")
    stamper = SameTimestamps(timestamps) if timestamps else None
    field = SigFieldSpec("S", on_page=0, box=box) if mark else SigFieldSpec("S")

    def sign() -> object:
        # A style is made anew: it belongs to one signer's own mark, as in a ceremony.
        style = StaticStampStyle.from_pdf_file(str(mark), border_width=0) if mark else None
        made = PdfSigner(meta, signer, timestamper=stamper, stamp_style=style, new_field_spec=field)
        writer = IncrementalPdfFileWriter(io.BytesIO(contract))
        return made.sign_pdf(writer, bytes_reserved=RESERVED if keeps_key else None)

    return sign
