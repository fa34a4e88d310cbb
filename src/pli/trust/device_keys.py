"""A key of a device as a seal's key: the digest is signed inside, the certificate comes from the token or a file."""

from __future__ import annotations

import hashlib
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from pli.trust.devices import DeviceAccess, KeyPlace, device
from pli.trust.errors import UnableToReachDevice

# The DER of a DigestInfo for SHA-256 (RFC 8017 §9.2, note 1), before the digest itself.
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")


class DeviceKey:
    """A private key one can only use. Thread safe."""

    def __init__(self, access: DeviceAccess, place: KeyPlace, *, is_rsa: bool) -> None:
        self._access, self.place, self._is_rsa = access, place, is_rsa

    def __repr__(self) -> str:
        return f"DeviceKey({self.place.uri()})"

    def sign(self, data: bytes) -> bytes:
        """The signature of ``data`` with SHA-256: PKCS#1 v1.5 for RSA, ECDSA (DER) for elliptic curves.

        A session that was lost (the device restarted) is opened again once.

        :raises UnableToReachDevice: it does not answer, its PIN is refused, or the key is no longer there.
        """
        digest = hashlib.sha256(data).digest()
        try:
            return self._sign(digest)
        except _SessionLost:
            device(self._access, self.place.token).forget()
            try:
                return self._sign(digest)
            except _SessionLost as error:
                raise UnableToReachDevice(reason="il ne répond pas", permanent=False) from error

    def is_rsa(self) -> bool:
        """Whether the device says it is an RSA key.

        :raises UnableToReachDevice: as :meth:`sign`.
        """
        import pkcs11

        try:
            with device(self._access, self.place.token).session() as session:
                return bool(_find_key(session.opened, self.place).key_type == pkcs11.KeyType.RSA)
        except pkcs11.PKCS11Error as error:
            raise UnableToReachDevice(reason="il ne répond pas", permanent=False) from error

    def _sign(self, digest: bytes) -> bytes:
        import pkcs11

        try:
            with device(self._access, self.place.token).session() as session:
                key = session.keys.get(self.place)
                if key is None:
                    key = session.keys[self.place] = _find_key(session.opened, self.place)
                if self._is_rsa:
                    return bytes(key.sign(_DIGEST_INFO + digest, mechanism=pkcs11.Mechanism.RSA_PKCS))
                raw = bytes(key.sign(digest, mechanism=pkcs11.Mechanism.ECDSA))
        except pkcs11.PKCS11Error as error:
            raise _SessionLost from error
        half = len(raw) // 2
        return encode_dss_signature(int.from_bytes(raw[:half], "big"), int.from_bytes(raw[half:], "big"))


class _SessionLost(Exception):
    """The device refused an operation it should know: worth one new session."""


def _find_key(session: Any, place: KeyPlace) -> Any:
    import pkcs11

    wanted: dict[str, Any] = {"object_class": pkcs11.ObjectClass.PRIVATE_KEY}
    if place.label:
        wanted["label"] = place.label
    if place.key_id:
        wanted["id"] = bytes.fromhex(place.key_id)
    try:
        return session.get_key(**wanted)
    except pkcs11.NoSuchKey as error:
        raise UnableToReachDevice(reason="il n’a pas de clé de ce nom", permanent=True) from error
    except pkcs11.MultipleObjectsReturned as error:
        raise UnableToReachDevice(
            reason="plusieurs clés y portent ce nom : indiquez son identifiant", permanent=True
        ) from error


def read_certificates(access: DeviceAccess, place: KeyPlace) -> list[x509.Certificate]:
    """Every certificate the token holds, the key's own first when labels or identifiers tell it.

    :raises UnableToReachDevice: it does not answer.
    """
    import pkcs11
    from pkcs11 import Attribute, ObjectClass

    found: list[tuple[bool, x509.Certificate]] = []
    try:
        with device(access, place.token).session() as session:
            for one in session.opened.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
                own = bool(place.key_id) and bytes(one[Attribute.ID]).hex() == place.key_id
                own = own or (bool(place.label) and one[Attribute.LABEL] == place.label)
                try:
                    found.append((own, x509.load_der_x509_certificate(bytes(one[Attribute.VALUE]))))
                except ValueError:
                    continue
    except pkcs11.PKCS11Error as error:
        raise UnableToReachDevice(reason="il ne répond pas", permanent=False) from error
    return [certificate for _, certificate in sorted(found, key=lambda item: not item[0])]


def is_key_of(key: DeviceKey, certificate: x509.Certificate) -> bool:
    """Whether ``certificate`` is this key's, found by signing with the one and verifying with the other."""
    proof = b"pli: is this certificate this key's?"
    public = certificate.public_key()
    if key.is_rsa() != isinstance(public, rsa.RSAPublicKey):
        return False
    signature = key.sign(proof)
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signature, proof, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(public, ec.EllipticCurvePublicKey):
            public.verify(signature, proof, ec.ECDSA(hashes.SHA256()))
        else:
            return False
    except InvalidSignature:
        return False
    return True
