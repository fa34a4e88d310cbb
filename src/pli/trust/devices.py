"""Keys that never leave a device (PKCS#11: a security module, a smart card, SoftHSM): one session kept, in turns.

Which library speaks to the device, and its PIN, are the server administrator's settings; see :class:`DeviceAccess`.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote_from_bytes, unquote_to_bytes

from pli.trust.errors import UnableToReachDevice

if TYPE_CHECKING:
    import pkcs11

_PREFIX = "pkcs11:"


@dataclass(frozen=True)
class KeyPlace:
    """Where a key is: the token's label, the key's label, and its identifier (hexadecimal) when labels do not do."""

    token: str
    label: str
    key_id: str = ""

    def uri(self) -> str:
        """As RFC 7512 writes it."""
        parts = {"token": self.token.encode(), "object": self.label.encode(), "id": bytes.fromhex(self.key_id)}
        return _PREFIX + ";".join(
            f"{name}={quote_from_bytes(value, safe='')}" for name, value in parts.items() if value
        )

    @classmethod
    def from_uri(cls, uri: str) -> KeyPlace:
        """The other way.

        :raises ValueError: it is no such address.
        """
        if not uri.startswith(_PREFIX):
            raise ValueError(uri)
        parts = dict(part.partition("=")[::2] for part in uri.removeprefix(_PREFIX).split(";"))
        values = {name: unquote_to_bytes(value) for name, value in parts.items()}
        label = values.get("object", b"").decode()
        return cls(values.get("token", b"").decode(), label, values.get("id", b"").hex())


@dataclass(frozen=True)
class DeviceLibrary:
    """The PKCS#11 library of the server's device, and the PIN that opens it."""

    module: Path
    pin: str


def device_library(module: str, pin: str) -> DeviceLibrary | None:
    """The library the settings name; None when they name none."""
    return DeviceLibrary(Path(module), pin) if module else None


@dataclass(frozen=True)
class DeviceAccess:
    """The library of the device and the PIN that opens it; ``folder`` remembers a PIN that was refused.

    A device locks itself for good after a few wrong PINs: one refusal is remembered by every process, and nobody tries
    again before :meth:`forget_refusal`.
    """

    module: Path
    pin: str
    folder: Path

    @property
    def _refusal(self) -> Path:
        return self.folder / "pin-refused"

    def check(self) -> None:
        """Refuse to try a PIN that was refused.

        :raises UnableToReachDevice: it was.
        """
        if self._refusal.exists():
            raise UnableToReachDevice(reason="son code PIN a été refusé, et il n’est plus essayé", permanent=True)

    def remember_refusal(self) -> None:
        """No process tries this PIN again."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._refusal.touch(mode=0o600)

    def forget_refusal(self) -> None:
        """The PIN was corrected: it may be tried again."""
        self._refusal.unlink(missing_ok=True)


class Session:
    """An open session, logged in, and the keys found in it."""

    def __init__(self, opened: pkcs11.Session) -> None:
        self.opened = opened
        self.keys: dict[KeyPlace, Any] = {}


class Device:
    """One token of one process: logged in once, its session kept and lent to one thread at a time.

    The Python binding opens libraries without their own locks (``C_Initialize(NULL)``), so no two threads of a process
    may be inside one at once; the processes of an installation work side by side.
    """

    def __init__(self, access: DeviceAccess, token: str) -> None:
        self._access, self._token = access, token
        self._kept: Session | None = None
        self._pid = 0

    @contextmanager
    def session(self) -> Iterator[Session]:
        """The session, one's own until the end of the block.

        :raises UnableToReachDevice: absent, locked, or its PIN is refused.
        """
        with _turn:
            if self._kept is None or self._pid != os.getpid():
                self._kept, self._pid = self._open(), os.getpid()
            yield self._kept

    def forget(self) -> None:
        """Drop the session: the device was unplugged, or restarted."""
        from pkcs11 import exceptions

        with _turn:
            kept, self._kept = self._kept, None
            if kept is not None and self._pid == os.getpid():
                with suppress(exceptions.PKCS11Error, RuntimeError):
                    kept.opened.close()

    def _open(self) -> Session:
        from pkcs11 import exceptions

        self._access.check()
        try:
            token = _library(self._access.module).get_token(token_label=self._token)
            return Session(token.open(user_pin=self._access.pin))
        except (exceptions.PinIncorrect, exceptions.PinInvalid, exceptions.PinLenRange, exceptions.PinLocked) as error:
            self._access.remember_refusal()
            raise UnableToReachDevice(reason="son code PIN est refusé", permanent=True) from error
        except exceptions.NoSuchToken as error:
            raise UnableToReachDevice(reason="il n’est pas branché, ou ne porte pas ce nom", permanent=False) from error
        except (exceptions.PKCS11Error, RuntimeError, OSError) as error:
            raise UnableToReachDevice(reason="il ne répond pas", permanent=False) from error


_turn = threading.RLock()
_libraries: dict[Path, tuple[int, Any]] = {}
_devices: dict[tuple[Path, str], Device] = {}


def _after_fork() -> None:
    """A forked copy has none of the threads that held the turn."""
    global _turn
    _turn = threading.RLock()


os.register_at_fork(after_in_child=_after_fork)


def _library(path: Path) -> Any:
    """The loaded library, begun anew in a forked process, as PKCS#11 asks (v2.40 §5.1)."""
    import pkcs11

    known = _libraries.get(path)
    if known is None:
        known = (os.getpid(), pkcs11.lib(str(path)))
    elif known[0] != os.getpid():
        known[1].reinitialize()
        known = (os.getpid(), known[1])
    _libraries[path] = known
    return known[1]


def device(access: DeviceAccess, token: str) -> Device:
    """The token called ``token``; one for the whole process."""
    with _turn:
        return _devices.setdefault((access.module, token), Device(access, token))


def tokens(access: DeviceAccess) -> list[Mapping[str, str]]:
    """The tokens that are plugged in: label, manufacturer, model, serial number.

    :raises UnableToReachDevice: the library does not answer.
    """
    import pkcs11

    try:
        with _turn:
            found = [slot.get_token() for slot in _library(access.module).get_slots(token_present=True)]
    except (pkcs11.PKCS11Error, RuntimeError, OSError) as error:
        raise UnableToReachDevice(reason="il ne répond pas", permanent=False) from error
    return [
        {"label": one.label, "maker": str(one.manufacturer_id), "model": str(one.model), "serial": _text(one.serial)}
        for one in found
        if one.label
    ]


def _text(value: object) -> str:
    return value.decode("ascii", "replace").strip() if isinstance(value, bytes) else str(value).strip()
