"""The installation's keys: its own authority, its timestamp authority, one seal per organisation."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from pli.kit.clock import SYSTEM_CLOCK, Clock
from pli.trust.authority import KeyType, issue_seal, issue_timestamp_identity, make_authority, make_crl
from pli.trust.certificate_state import CertificateState, state_of, unreadable_state
from pli.trust.device_seals import (
    DeviceOffer,
    is_device_file,
    make_offer,
    offer_path,
    read_offer,
    read_seal_file,
    seal_file,
    write_offer,
)
from pli.trust.devices import DeviceAccess, DeviceLibrary, KeyPlace
from pli.trust.errors import NoDevice, NoSeal, UnableToOpenKeys, UnableToReachDevice
from pli.trust.identity import SealIdentity
from pli.trust.key_files import load_identity, locked, make_private_folder, save_identity, write_private
from pli.trust.pkcs12 import read_pkcs12

# A revocation list is remade when older than this: a fresh one for every long-term signature would only be noise.
_CRL_REFRESH = timedelta(days=1)


class TrustStore:
    """The keys under ``home/trust``: folder 0700, files 0600, encrypted when ``passphrase`` is given.

    Every method may be called by several processes and threads at once; a crash at any point leaves either no key
    or a whole one. Keys once loaded stay in memory, and are read again when their file was replaced.
    """

    def __init__(
        self,
        home: Path,
        *,
        passphrase: str = "",
        key_type: KeyType = "rsa-3072",
        clock: Clock = SYSTEM_CLOCK,
        device: DeviceLibrary | None = None,
    ) -> None:
        self.folder = home / "trust"
        self._device = DeviceAccess(device.module, device.pin, self.folder / "devices") if device else None
        self._passphrase = passphrase
        self._key_type: KeyType = key_type
        self._clock = clock
        self._held: dict[Path, tuple[tuple[int, int], SealIdentity]] = {}
        self._guard = Lock()

    @property
    def _authority_file(self) -> Path:
        return self.folder / "authority.pem"

    @property
    def _timestamp_file(self) -> Path:
        return self.folder / "timestamps.pem"

    def _seal_file(self, organisation_id: UUID) -> Path:
        return self.folder / "seals" / f"{organisation_id}.pem"

    def ensure(self) -> None:
        """Make the authority and the timestamp key on first use; do nothing afterwards.

        :raises UnableToOpenKeys: existing keys cannot be read (wrong passphrase, damaged file).
        """
        make_private_folder(self.folder)
        make_private_folder(self.folder / "seals")
        authority = self._make_once(
            self._authority_file, lambda: make_authority(key_type="p-256", now=self._clock.now())
        )
        self._make_once(
            self._timestamp_file,
            lambda: issue_timestamp_identity(authority, key_type="p-256", now=self._clock.now()),
        )

    def renew_timestamps(self, *, before: timedelta) -> bool:
        """Replace the timestamp key when its certificate ends within ``before``; True when it was."""
        self.ensure()
        end = self._clock.now() + before
        if self.timestamp_identity().certificate.not_valid_after_utc >= end:
            return False
        with locked(self.folder):
            # Another process may have been first.
            if self.timestamp_identity().certificate.not_valid_after_utc >= end:
                return False
            identity = issue_timestamp_identity(self.authority(), key_type="p-256", now=self._clock.now())
            save_identity(self._timestamp_file, identity, self._passphrase)
        return True

    def ensure_seal(self, organisation_id: UUID, *, name: str, siren: str) -> SealIdentity:
        """The organisation's seal, made by the own authority when there is none yet (an imported one is kept)."""
        self.ensure()
        return self._make_once(
            self._seal_file(organisation_id),
            lambda: issue_seal(
                self.authority(), name=name, siren=siren, key_type=self._key_type, now=self._clock.now()
            ),
        )

    def renew_seal(self, organisation_id: UUID, *, name: str, siren: str) -> SealIdentity:
        """Replace the organisation's seal by a new one of the own authority (name changed, certificate ending)."""
        self.ensure()
        identity = issue_seal(self.authority(), name=name, siren=siren, key_type=self._key_type, now=self._clock.now())
        return self._replace(organisation_id, identity)

    def import_pkcs12(self, organisation_id: UUID, data: bytes, password: str) -> SealIdentity:
        """Replace the organisation's seal by the key and certificate of a PKCS#12 file.

        :raises UnableToImportSeal: wrong password, unfit key or certificate; the seal in place is kept.
        """
        self.ensure()
        return self._replace(organisation_id, read_pkcs12(data, password, now=self._clock.now()))

    def offer_device(
        self, organisation_id: UUID, place: KeyPlace, certificates: list[x509.Certificate]
    ) -> SealIdentity:
        """Put a device's key at an organisation's disposal, once it has proved itself. For who runs the server.

        :raises UnableToReachDevice: it does not answer; :raises UnableToImportSeal: no certificate is this key's.
        """
        self.ensure()
        offer, identity = make_offer(self.device_access(), place, certificates, now=self._clock.now())
        write_offer(self.folder, organisation_id, offer)
        return identity

    def withdraw_device(self, organisation_id: UUID) -> None:
        """Take the offer back. A seal already in use stays until another is chosen."""
        offer_path(self.folder, organisation_id).unlink(missing_ok=True)

    def offered_device(self, organisation_id: UUID) -> DeviceOffer | None:
        """The device's key the organisation may choose; None when none was offered."""
        try:
            return read_offer(self.folder, organisation_id)
        except NoDevice:
            return None

    def use_device(self, organisation_id: UUID) -> SealIdentity:
        """Seal from now on with the device's key that was offered, once it has signed.

        :raises NoDevice: none was; :raises UnableToReachDevice: it does not answer; the seal in place is kept.
        """
        self.ensure()
        offer = read_offer(self.folder, organisation_id)
        make_offer(self.device_access(), offer.place, list(offer.certificates), now=self._clock.now())
        with locked(self.folder):
            path = self._seal_file(organisation_id)
            write_private(path, seal_file(offer))
            return self._load(path)

    def device_access(self) -> DeviceAccess:
        """The device library of the installation.

        :raises UnableToReachDevice: none is set.
        """
        if self._device is None:
            raise UnableToReachDevice(reason="aucune bibliothèque n’est réglée (PLI_PKCS11_MODULE)", permanent=True)
        return self._device

    def seal_for(self, organisation_id: UUID) -> SealIdentity:
        """The organisation's seal, its key held in memory after the first call.

        :raises NoSeal: none was made or imported.
        """
        try:
            return self._load(self._seal_file(organisation_id))
        except FileNotFoundError:
            raise NoSeal() from None

    def authority(self) -> SealIdentity:
        """The own certificate authority."""
        return self._load(self._authority_file)

    def timestamp_identity(self) -> SealIdentity:
        """The key that signs local timestamps."""
        return self._load(self._timestamp_file)

    def roots(self) -> tuple[x509.Certificate, ...]:
        """The certificates this installation trusts by itself: its own root, and roots added as ``roots/*.pem``."""
        extra: list[x509.Certificate] = []
        for path in sorted((self.folder / "roots").glob("*.pem")):
            extra += x509.load_pem_x509_certificates(path.read_bytes())
        return (self.authority().certificate, *extra)

    def crl(self) -> bytes:
        """The authority's current revocation list (RFC 5280), DER, at most a day old; also kept as ``crl.der``."""
        path = self.folder / "crl.der"
        with locked(self.folder):
            revoked = self._revoked()
            current = x509.load_der_x509_crl(path.read_bytes()) if path.exists() else None
            now = self._clock.now()
            if current is not None:
                made = current.last_update_utc
                known = {entry.serial_number for entry in current}
                if made <= now < made + _CRL_REFRESH and known == set(revoked):
                    return current.public_bytes(Encoding.DER)
            number = 1
            if current is not None:
                number += current.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
            content = make_crl(self.authority(), revoked, number=number, now=now)
            write_private(path, content)
            return content

    def crl_for(self, certificate: x509.Certificate, issuer: x509.Certificate) -> bytes:
        """The own authority's list for the certificates it issued; empty for anybody else's."""
        return self.crl() if issuer == self.authority().certificate else b""

    def ocsp_for(self, _certificate: x509.Certificate, _issuer: x509.Certificate) -> bytes:
        """Nothing: the own authority publishes a list, and nobody else is asked from here."""
        return b""

    def issuer_of(self, _certificate: x509.Certificate) -> x509.Certificate | None:
        """Nothing beyond what is here already."""
        return None

    def revoke(self, serial_number: int) -> None:
        """List a certificate of the own authority as revoked from now on; the second call changes nothing."""
        with locked(self.folder):
            revoked = self._revoked()
            if serial_number in revoked:
                return
            revoked[serial_number] = self._clock.now()
            listed = {str(serial): instant.isoformat() for serial, instant in revoked.items()}
            write_private(self.folder / "revoked.json", json.dumps(listed, indent=1).encode())

    def certificates(self) -> list[CertificateState]:
        """Every certificate of the store with what deserves a look, for « pli doctor ».

        A file that cannot be opened appears as a state with the warning ``unreadable``; modes wider than 0600 as
        ``open_to_others``.
        """
        files: list[tuple[str, Path, UUID | None]] = [
            ("authority", self._authority_file, None),
            ("timestamps", self._timestamp_file, None),
        ]
        files += [("seal", path, UUID(path.stem)) for path in sorted((self.folder / "seals").glob("*.pem"))]
        return [self._state(purpose, path, owner) for purpose, path, owner in files if path.exists()]

    def _state(self, purpose: str, path: Path, organisation_id: UUID | None) -> CertificateState:
        try:
            certificate = self._load(path).certificate
        except UnableToOpenKeys:
            return unreadable_state(path.name, purpose, organisation_id)
        return state_of(certificate, purpose, path, organisation_id, now=self._clock.now())

    def _revoked(self) -> dict[int, datetime]:
        path = self.folder / "revoked.json"
        if not path.exists():
            return {}
        return {
            int(serial): datetime.fromisoformat(instant) for serial, instant in json.loads(path.read_text()).items()
        }

    def _make_once(self, path: Path, make: Callable[[], SealIdentity]) -> SealIdentity:
        try:
            return self._load(path)
        except FileNotFoundError:
            pass
        with locked(self.folder):
            return self._load(path) if path.exists() else self._save(path, make())

    def _replace(self, organisation_id: UUID, identity: SealIdentity) -> SealIdentity:
        with locked(self.folder):
            return self._save(self._seal_file(organisation_id), identity)

    def _save(self, path: Path, identity: SealIdentity) -> SealIdentity:
        """Write it and hold it: reading an RSA key back costs its checks, a seventh of a second."""
        save_identity(path, identity, self._passphrase)
        with self._guard:
            self._held[path] = (_version(path), identity)
        return identity

    def _load(self, path: Path) -> SealIdentity:
        version = _version(path)
        with self._guard:
            held = self._held.get(path)
            if held is None or held[0] != version:
                held = (version, self._read(path))
                self._held[path] = held
            return held[1]

    def _read(self, path: Path) -> SealIdentity:
        content = path.read_bytes()
        if is_device_file(content):
            return read_seal_file(content, self._device)
        return load_identity(path, self._passphrase)


def _version(path: Path) -> tuple[int, int]:
    """What differs once the file was replaced."""
    facts = path.stat()
    return facts.st_ino, facts.st_mtime_ns
