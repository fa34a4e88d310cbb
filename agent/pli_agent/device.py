"""The card or USB token (PKCS#11): its certificates, and a signature made inside it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from pkcs11 import Attribute, Mechanism, ObjectClass, exceptions

# The DER of a DigestInfo for SHA-256 (RFC 8017 §9.2, note 1), before the digest itself.
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


class DeviceProblem(Exception):
    """Why the device did not sign: ``pin_wrong``, ``pin_locked``, ``device_absent``, ``key_absent`` or ``other``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _signed(key: Any, digest: bytes, *, is_rsa: bool) -> bytes:
    if is_rsa:
        return bytes(key.sign(_DIGEST_INFO + digest, mechanism=Mechanism.RSA_PKCS))
    raw = bytes(key.sign(digest, mechanism=Mechanism.ECDSA))
    half = len(raw) // 2
    return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


class Device:
    """The token called ``label`` behind a PKCS#11 library."""

    def __init__(self, module: str, label: str) -> None:
        self._module, self._label = module, label

    def certificates(self) -> list[tuple[bytes, x509.Certificate]]:
        """Each certificate on the token with its key's identifier; no PIN is needed.

        :raises DeviceProblem: it is not there.
        """
        found = []
        with self._session() as session:
            for one in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
                found.append((bytes(one[Attribute.ID]), x509.load_der_x509_certificate(bytes(one[Attribute.VALUE]))))
        return found

    def sign(self, pieces: Sequence[bytes], *, key_id: bytes, certificate: x509.Certificate, pin: str) -> list[bytes]:
        """The signature of each piece with SHA-256: PKCS#1 v1.5 for RSA, ECDSA (DER) for elliptic curves. The device is
        open, and the PIN known to it, for these pieces and no longer: all are signed, or none is given back.

        :raises DeviceProblem: saying why not.
        """
        is_rsa = isinstance(certificate.public_key(), rsa.RSAPublicKey)
        with self._session(pin) as session:
            try:
                key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=key_id)
            except (exceptions.NoSuchKey, exceptions.MultipleObjectsReturned) as error:
                raise DeviceProblem("key_absent") from error
            return [_signed(key, hashlib.sha256(piece).digest(), is_rsa=is_rsa) for piece in pieces]

    @contextmanager
    def _session(self, pin: str | None = None) -> Iterator[Any]:
        try:
            token = pkcs11.lib(self._module).get_token(token_label=self._label)
            with token.open(user_pin=pin) as session:
                yield session
        except (exceptions.PinIncorrect, exceptions.PinInvalid, exceptions.PinLenRange) as error:
            raise DeviceProblem("pin_wrong") from error
        except exceptions.PinLocked as error:
            raise DeviceProblem("pin_locked") from error
        except (exceptions.NoSuchToken, exceptions.TokenNotPresent, exceptions.DeviceRemoved) as error:
            raise DeviceProblem("device_absent") from error
        except (exceptions.PKCS11Error, RuntimeError, OSError) as error:
            raise DeviceProblem("other") from error
