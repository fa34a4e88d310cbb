"""The organisation's seal: what it is, and bringing one's own certificate (PKCS#12)."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any

from ninja import Router, Schema
from pydantic import Field, StringConstraints

from pli.api.schema import Strict
from pli.api.security import ApiRequest, needs
from pli.signing.api import describe_seal, import_seal, make_own_seal
from pli.trust.api import UnableToImportSeal

router = Router(tags=["seal"])
# A mebibyte of file, in base64.
_LARGEST = 1_400_000


class SealOut(Schema):
    name: str = Field(description="the certificate’s name")
    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    algorithm: str
    fingerprint: str = Field(description="SHA-256 of the certificate")
    is_own: bool = Field(description="made by Pli’s own authority")
    is_in_device: bool = Field(description="its key is in a device of the server (PKCS#11)")
    warnings: list[str] = Field(description="expired, expires_soon, not_yet_valid, weak_key")


class SealIn(Strict):
    file: Annotated[str, StringConstraints(max_length=_LARGEST)] = Field(
        description="a PKCS#12 file (.p12, .pfx) in base64: key, certificate, issuers"
    )
    password: Annotated[str, StringConstraints(max_length=500)] = Field(
        "", description="opens the file; used once, kept nowhere"
    )


@router.get("/seal", response=SealOut, summary="The organisation's seal", **needs("seal:read"))
def read_seal(request: ApiRequest) -> Any:
    """The certificate that seals from here on; never its key."""
    return describe_seal(request.auth.actor)


@router.post("/seal/import", response=SealOut, summary="Bring one's own certificate", **needs("seal:write"))
def import_own(request: ApiRequest, body: SealIn) -> Any:
    """Seal with the key of a PKCS#12 file. Administrators only. 422 `TRU-003` says what is wrong with the file; the
    seal in place has then not changed."""
    try:
        content = base64.b64decode(body.file, validate=True)
    except (ValueError, binascii.Error):
        raise UnableToImportSeal(reason="le fichier n’est pas en base64") from None
    return import_seal(request.auth.actor, content, body.password)


@router.post("/seal/own", response=SealOut, summary="A new seal of Pli's own authority", **needs("seal:write"))
def make_own(request: ApiRequest) -> Any:
    """A new key, certified by Pli's own authority. Administrators only; the seal in place is no longer used."""
    return make_own_seal(request.auth.actor)
