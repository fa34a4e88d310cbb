"""The secret of a printer's address: looked up by digest, kept sealed so that it can be shown again.

An address is typed once a workstation, over months: one shown only once would have to be renewed, and every
workstation set up again, at each new computer. So it is kept, encrypted by a key outside the database, and shown to
those it serves.
"""

from __future__ import annotations

import base64
from pathlib import Path
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from pli.capture.errors import AddressLost
from pli.kit.ids import digest_token, new_token
from pli.kit.keyfile import read_or_make_key

PATH = "/ipp/print/"


def new_address(printer_id: UUID) -> tuple[str, bytes]:
    """The digest and the sealed form of a new secret."""
    secret = new_token()
    return digest_token(secret), _box().encrypt(f"{printer_id}:{secret}".encode())


def open_address(printer_id: UUID, sealed: bytes | memoryview) -> str:
    """The printer's address, secret included.

    :raises AddressLost: when the key is another one, or the sealed secret another printer's.
    """
    try:
        owner, _, secret = _box().decrypt(bytes(sealed)).decode().partition(":")
    except InvalidToken:
        raise AddressLost from None
    if owner != str(printer_id):
        raise AddressLost
    return f"{settings.PLI_IPP_URL}{PATH}{secret}"


def _box() -> Fernet:
    key = read_or_make_key(Path(settings.PLI_HOME) / "keys" / "printers.key")
    return Fernet(base64.urlsafe_b64encode(key))
